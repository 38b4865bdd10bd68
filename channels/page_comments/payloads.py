"""The fields of a Page's feed, mention and ratings changes that we read.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from pydantic import BaseModel, ConfigDict, Field


class Author(BaseModel):
    """Who did it. Absent without Advanced Access, and where privacy forbids."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str | None = None
    name: str | None = None


class Change(BaseModel):
    """A change's value. Older bodies have sender_* instead of `from`, ratings have reviewer_*."""

    # Ids come as numbers in older bodies.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    item: str = ""
    verb: str = ""
    comment_id: str | None = None
    post_id: str | None = None
    parent_id: str | None = None
    author: Author | None = Field(default=None, validation_alias="from")
    sender_id: str | None = None
    sender_name: str | None = None
    reviewer_id: str | None = None
    reviewer_name: str | None = None
    message: str | None = None
    review_text: str | None = None
    rating: str | None = None
    recommendation_type: str | None = None
    reaction_type: str | None = None
    photo: str | None = None
    video: str | None = None
    created_time: object = None
    edited_time: object = None
