"""Turns one change of a Page into one of our events."""

from dataclasses import dataclass

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    EventFields,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
)
from channels.meta import Item, Reading
from channels.page_comments.payloads import Change
from channels.webhook import Unreadable, digest, moment

FIELDS = frozenset({"feed", "mention", "ratings"})

_POSTS = frozenset({"post", "status", "photo", "video", "album"})
_REACTIONS = {"add": "reaction.add", "edit": "reaction.edit", "remove": "reaction.remove"}
_VISIBILITY = {"hide": "comment.hide", "unhide": "comment.unhide"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReading(Reading):
    """Reads the comments of one Page."""

    def event(self, item: Item) -> ChannelEvent:
        """The event that *item* tells of; raise ValidationError or Unreadable if it tells none."""
        if item.value is None:
            return self.ignored(item, f"{item.section} without its value")
        return _Told(reading=self, item=item, change=Change.model_validate(item.value)).event()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: CommentReading
    item: Item
    change: Change

    def event(self) -> ChannelEvent:
        change = self.change
        match self.item.section, change.item, change.verb:
            case "feed", "comment", _:
                return self._comment()
            case "mention", "comment", "add":
                return self._spoken("comment.mention")
            case "mention", "post", "add":
                return self._notice("post.mention", change.message)
            case "ratings", "rating", "add":
                return self._notice("rating.add", change.review_text or change.recommendation_type)
            case "feed", "share", "add":
                return self._notice("post.share", change.message)
            case "feed", _, "add" if change.item in _POSTS:
                return self._notice("post.add", change.message)
            case "feed", "reaction" | "like", _ if change.verb in _REACTIONS:
                return self._notice(_REACTIONS[change.verb], change.reaction_type or change.item)
            case _:
                return self._ignored()

    def _comment(self) -> ChannelEvent:
        match self.change.verb:
            case "add":
                return self._spoken("comment.add")
            case "edited":
                return self._edited()
            case "remove":
                fields = self._fields("comment.remove", f"{self._id}:remove")
                return MessageDeleted(**fields, id=self._id)
            case "hide" | "unhide" as verb:
                return self._notice(_VISIBILITY[verb], None, thread=self._thread)
            case _:
                return self._ignored()

    def _spoken(self, kind: str) -> ChannelEvent:
        own = self.reading.is_own(self.item, self._author_id)
        return self._echo() if own else self._added(kind)

    def _added(self, kind: str) -> InboundMessage:
        # A comment under our own post that also mentions us is told twice; one key makes it one.
        fields = self._fields(kind, f"{self._id}:add", at=self.change.created_time)
        nobody = Contact(id=f"author-of:{self._id}")
        return InboundMessage(
            **fields,
            id=self._id,
            contact=self._contact or nobody,
            text=self.change.message or None,
            attachments=self._attachments,
            post=self._post,
            parent=None if self._root == self._id else self._root,
            root=self._root,
            reply_to=None if self._root == self._id else self._root,
            unanswerable=self._unanswerable,
        )

    def _echo(self) -> EchoedReply:
        return EchoedReply(
            **self._fields("comment.echo", f"{self._id}:add", at=self.change.created_time),
            id=self._id,
            text=self.change.message or None,
            reply_to=None if self._root == self._id else self._root,
        )

    def _edited(self) -> MessageEdited:
        # created_time stays the comment's, so an edit is told from the next by when or by its text.
        edited_at = self.change.edited_time
        version = digest([edited_at or self.change.message])
        return MessageEdited(
            **self._fields("comment.edit", f"{self._id}:edited:{version}", at=edited_at),
            id=self._id,
            text=self.change.message,
        )

    def _notice(self, kind: str, detail: str | None, *, thread: str = "") -> ChannelNotice:
        key = f"{kind}:{digest([self.item.page, self.item.value])}"
        at = self.change.created_time if kind.endswith(".add") else None
        return ChannelNotice(
            **self._fields(kind, key, thread=thread, at=at), contact=self._contact, detail=detail
        )

    def _ignored(self) -> ChannelNotice:
        return self.reading.ignored(self.item, f"{self.change.item} {self.change.verb}")

    def _fields(
        self, kind: str, event_id: str, *, thread: str | None = None, at: object = None
    ) -> EventFields:
        told_at = moment(at, per_second=1) or moment(self.item.time, per_second=1)
        thread = self._thread if thread is None else thread
        return self.reading.fields(kind, event_id, thread=thread, sent_at=told_at)

    @property
    def _id(self) -> str:
        if not self.change.comment_id:
            raise Unreadable("comment_id: missing")
        return self.change.comment_id

    @property
    def _post(self) -> str:
        return self.change.post_id or f"{self.item.page}_{self._id.partition('_')[0]}"

    @property
    def _root(self) -> str:
        parent = self.change.parent_id
        top = not parent or parent in {self._post, self._post.rpartition("_")[2]}
        return self._id if top or not parent else parent

    @property
    def _thread(self) -> str:
        return f"{self._post}/{self._root}"

    @property
    def _author_id(self) -> str | None:
        change = self.change
        told = change.author.id if change.author else None
        return told or change.sender_id or change.reviewer_id

    @property
    def _contact(self) -> Contact | None:
        change, author_id = self.change, self._author_id
        named = change.author.name if change.author else None
        name = named or change.sender_name or change.reviewer_name
        return Contact(id=author_id, name=name) if author_id else None

    @property
    def _attachments(self) -> tuple[Attachment, ...]:
        found = (("image", self.change.photo), ("video", self.change.video))
        return tuple(Attachment(type=kind, url=url) for kind, url in found if url)

    @property
    def _unanswerable(self) -> str | None:
        if self.item.page == "0":
            return "test event"
        if (elsewhere := self.reading.elsewhere(self.item)) is not None:
            return elsewhere
        # It may be our own: an answer could start a loop. A mention elsewhere cannot be ours.
        if self._author_id is None and self.item.section == "feed":
            return "unknown author"
        return None
