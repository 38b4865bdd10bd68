"""Turns one change of an Instagram account into one of our events.

https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram
"""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from channels.messages import (
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    EventFields,
    InboundMessage,
)
from channels.meta import Item, Reading
from channels.webhook import Unreadable, moment

FIELDS = frozenset({"comments", "live_comments", "mentions"})
MENTION = "mention"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReading(Reading):
    """Reads the comments of one account. Instagram tells of no edit and no deletion."""

    def event(self, item: Item) -> ChannelEvent:
        """The event that *item* tells of; raise ValidationError or Unreadable if it tells none."""
        if item.value is None:
            return self.ignored(item, f"{item.section} without its value")
        return _Told(reading=self, item=item, told=_Value.model_validate(item.value)).event()


# The fields we read. Meta adds others without notice.


class _Author(BaseModel):
    # The account's own comments carry self_ig_scoped_id.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str | None = None
    username: str | None = None
    self_ig_scoped_id: str | None = None


class _Media(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str | None = None


class _Value(BaseModel):
    """A change's value. With Facebook Login the comment's id is called comment_id."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str | None = None
    comment_id: str | None = None
    media_id: str | None = None
    parent_id: str | None = None
    text: str | None = None
    author: _Author | None = Field(default=None, validation_alias="from")
    media: _Media | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: CommentReading
    item: Item
    told: _Value

    def event(self) -> ChannelEvent:
        mention = self.item.section == "mentions"
        if mention and not self._comment:
            return self._caption()
        if self._is_own:
            return self._echo()
        return self._added("comment.mention" if mention else "comment.add")

    def _added(self, kind: str) -> InboundMessage:
        author, nested = self.told.author, self._root != self._id
        id = author.id if author else None
        return InboundMessage(
            **self._fields(kind, f"{self._id}:add"),
            id=self._id,
            contact=Contact(
                id=id or f"author-of:{self._id}", username=author.username if author else None
            ),
            text=self.told.text or None,
            post=self._media,
            parent=self._root if nested else None,
            root=self._root,
            reply_to=self._root if nested else None,
            unanswerable=self._unanswerable,
        )

    def _echo(self) -> EchoedReply:
        return EchoedReply(
            **self._fields("comment.echo", f"{self._id}:add"),
            id=self._id,
            text=self.told.text or None,
            reply_to=self._root if self._root != self._id else None,
        )

    def _caption(self) -> ChannelNotice:
        if not self._media:
            raise Unreadable("media_id: missing")
        fields = self._fields("post.mention", f"post.mention:{self._media}", thread="")
        return ChannelNotice(**fields, detail=self._media)

    def _fields(self, kind: str, event_id: str, *, thread: str | None = None) -> EventFields:
        # The entry's time is the only one.
        told_at = moment(self.item.time, per_second=1)
        thread = self._thread if thread is None else thread
        return self.reading.fields(kind, event_id, thread=thread, sent_at=told_at)

    @property
    def _comment(self) -> str | None:
        return self.told.id or self.told.comment_id

    @property
    def _id(self) -> str:
        if not self._comment:
            raise Unreadable("id: missing")
        return self._comment

    @property
    def _root(self) -> str:
        return self.told.parent_id or self._id

    @property
    def _media(self) -> str | None:
        return (self.told.media.id if self.told.media else None) or self.told.media_id

    @property
    def _thread(self) -> str:
        place = f"{self._media or ''}/{self._root}"
        return f"{MENTION}/{place}" if self.item.section == "mentions" else place

    @property
    def _is_own(self) -> bool:
        author = self.told.author
        if author is None:
            return False
        marked = author.self_ig_scoped_id
        own = self.reading.is_own(self.item, author.id)
        return own or (marked is not None and author.id in (None, marked))

    @property
    def _unanswerable(self) -> str | None:
        if (elsewhere := self.reading.elsewhere(self.item)) is not None:
            return "test event" if self.item.page == "0" else elsewhere
        # It may be our own reply: an answer could start a loop. At the top level none of ours is.
        known = self.told.author is not None and self.told.author.id
        return None if known or self._root == self._id else "unknown author"
