"""The fields of X's webhooks and lists that we read.

https://docs.x.com/x-api/activity/event-payloads. Account Activity, which is older, writes ids as
numbers too large for JSON beside the same as text: the text counts.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

_EXACT = 2**53
_DIGITS = re.compile(r"[0-9]{1,20}")


def _id(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _EXACT:
        return str(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return value
    raise ValueError("not an exact id")


def _filled(value: object) -> object:
    """Somebody who is named; X may wrap them in `data`."""
    inner = value.get("data") if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else value


Id = Annotated[str, BeforeValidator(_id)]


def _either(name: str) -> AliasChoices:
    return AliasChoices(f"{name}_str", name)


class Link(BaseModel):
    """A t.co address in a text, and what stands behind it."""

    url: str = ""
    expanded_url: str | None = None
    media_key: str | None = None


class Named(BaseModel):
    """Somebody named with an @ in a text."""

    id: Id | None = Field(default=None, validation_alias=_either("id"))
    username: str = Field(default="", validation_alias=AliasChoices("username", "screen_name"))


class Media(BaseModel):
    """A photo, video or animated_gif."""

    id: Id | None = Field(default=None, validation_alias="id_str")
    media_key: str | None = None
    type: str = ""
    url: str | None = None
    https: str | None = Field(default=None, validation_alias="media_url_https")


class Entities(BaseModel):
    """What X found in a text."""

    urls: list[Link] = []
    mentions: list[Named] = Field(
        default=[], validation_alias=AliasChoices("mentions", "user_mentions")
    )
    media: list[Media] = []


class Person(BaseModel):
    """A user."""

    id: Id = Field(validation_alias=_either("id"))
    name: str | None = None
    username: str | None = Field(
        default=None, validation_alias=AliasChoices("username", "screen_name")
    )


class Reference(BaseModel):
    """Another post: replied_to, quoted or retweeted."""

    type: str = ""
    id: Id


class Keys(BaseModel):
    """What is attached, by its keys among the includes."""

    media_keys: list[str] = []


class LongText(BaseModel):
    """The whole text of a long post."""

    text: str | None = None
    entities: Entities | None = None


class Post(BaseModel):
    """A post as X API v2 writes it."""

    id: Id
    author_id: Id
    text: str = ""
    created_at: object = None
    conversation_id: Id | None = None
    in_reply_to_user_id: Id | None = None
    references: list[Reference] = Field(
        default=[], validation_alias=AliasChoices("referenced_tweets", "referenced_posts")
    )
    history: list[Id] = Field(
        default=[], validation_alias=AliasChoices("edit_history_tweet_ids", "edit_history_post_ids")
    )
    entities: Entities | None = None
    attachments: Keys | None = None
    whole: LongText | None = Field(
        default=None, validation_alias=AliasChoices("note_tweet", "note_post")
    )


class LongTweet(BaseModel):
    """The whole text of a tweet that is cut."""

    full_text: str | None = None
    entities: Entities | None = None
    extended_entities: Entities | None = None


class Tweet(BaseModel):
    """A post as Account Activity writes it."""

    id: Id = Field(validation_alias=_either("id"))
    user: Annotated[Person, BeforeValidator(_filled)]
    text: str = ""
    created_at: object = None
    timestamp_ms: object = None
    parent: Id | None = Field(default=None, validation_alias=_either("in_reply_to_status_id"))
    parent_author: Id | None = Field(default=None, validation_alias=_either("in_reply_to_user_id"))
    quote: bool = Field(default=False, validation_alias="is_quote_status")
    retweeted: object = Field(default=None, validation_alias="retweeted_status")
    entities: Entities | None = None
    extended_entities: Entities | None = None
    whole: LongTweet | None = Field(default=None, validation_alias="extended_tweet")


class Deleted(BaseModel):
    """A post that is gone."""

    id: Id = Field(validation_alias=_either("id"))
    author_id: Id | None = Field(
        default=None, validation_alias=AliasChoices("author_id", "user_id_str", "user_id")
    )


class DeletedTweet(BaseModel):
    """Account Activity's word of a post that is gone."""

    status: Deleted
    timestamp_ms: object = None


class Target(BaseModel):
    """Whom a direct message goes to."""

    recipient_id: Id


class Attached(BaseModel):
    """What a direct message carries."""

    media: Media | None = None


class Chosen(BaseModel):
    """A tapped quick reply."""

    metadata: str | None = None


class Words(BaseModel):
    """What a direct message says."""

    text: str | None = None
    entities: Entities | None = None
    attachment: Attached | None = None
    quick_reply_response: Chosen | None = None


class Created(BaseModel):
    """Who wrote what to whom."""

    target: Target
    sender_id: Id
    message_data: Words


class DirectEvent(BaseModel):
    """One direct message of a webhook."""

    type: str
    id: Id = Field(validation_alias=_either("id"))
    created_timestamp: object = None
    message_create: Created | None = None


class ListedDirect(BaseModel):
    """One direct message of the list GET /2/dm_events."""

    id: Id
    event_type: str = ""
    text: str | None = None
    created_at: object = None
    sender_id: Id
    dm_conversation_id: str = ""
    entities: Entities | None = None
    attachments: Keys | None = None


class Sign(BaseModel):
    """Somebody read our messages, or is typing."""

    sender_id: Id
    created_timestamp: object = None


class Encrypted(BaseModel):
    """A message of an encrypted chat, which only the two in it can read."""

    id: str
    sender_id: Id
    conversation_id: str = ""
    created_at_msec: object = None


class Filter(BaseModel):
    """What a subscription is for."""

    user_id: Id | None = None


class Envelope(BaseModel):
    """One event of the X Activity API."""

    event_type: str
    event_uuid: str | int | None = None
    filter: Filter = Filter()
    payload: object = None
    includes: object = None
