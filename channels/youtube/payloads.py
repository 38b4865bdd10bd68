"""The fields of YouTube's comments and threads that we read.

https://developers.google.com/youtube/v3/docs/comments#resource
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator


def instant(value: object) -> datetime | None:
    """The UTC time that YouTube writes as *value*; None if it is none."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if _zoned(value) else None  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None


def _zoned(value: object) -> bool:
    return isinstance(value, str) and "T" in value and ("Z" in value or "+" in value[10:])


_Instant = Annotated[datetime | None, BeforeValidator(instant)]


class Author(BaseModel):
    """The author's channel. Absent where the author has none."""

    value: str | None = None


class Snippet(BaseModel):
    """What is said. *textOriginal* is for the author and the channel's owner only."""

    # YouTube's own names.
    parentId: str | None = None
    videoId: str | None = None
    textOriginal: str | None = None
    textDisplay: str | None = None
    authorDisplayName: str | None = None
    authorChannelId: Author | None = None
    imageUrl: str | None = None
    publishedAt: _Instant = None
    updatedAt: _Instant = None


class Comment(BaseModel):
    """One comment."""

    id: str
    snippet: Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One comment as YouTube lists it, within its *thread* where the list tells of that."""

    comment: object
    thread: object = None


def pieces(item: object) -> Iterator[Piece]:
    """The comments of a list's *item*: of a thread the top one and those replies it comes with."""
    top = told(item, "snippet", "topLevelComment")
    if top is None:
        yield Piece(comment=item)
        return
    yield Piece(comment=top, thread=item)
    replies = told(item, "replies", "comments")
    for reply in replies if isinstance(replies, list) else ():
        yield Piece(comment=reply, thread=item)


def told(value: Any, *path: str) -> Any:
    """What stands at *path* inside *value*; None where nothing does."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
