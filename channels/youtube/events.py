"""Turns one comment of a list into one of our events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    EventFields,
    InboundMessage,
    MessageEdited,
    Surface,
)
from channels.webhook import Unreadable, ignored
from channels.youtube.payloads import Comment, Piece, instant, told

_HIDDEN = frozenset({"heldForReview", "likelySpam", "rejected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose list is read, and when. *own* is the brand's channel, *handle* its @name.

    *known* are threads that we have told of before: a reply of the brand's there may be ours, and
    says nothing of who else still waits. *answered* is when the brand last spoke in a thread.
    """

    channel: str
    account: str
    own: str
    handle: str | None
    received_at: datetime
    known: frozenset[str] = frozenset()
    answered: Mapping[str, datetime] = field(default_factory=dict)

    def aware_of(self, pieces: Sequence[Piece]) -> Self:
        """The same reading, aware of what the brand said in *pieces*."""
        answered: dict[str, datetime] = {}
        for piece in pieces:
            at = instant(told(piece.comment, "snippet", "publishedAt"))
            if at is not None and self.is_own(piece):
                thread = thread_of(piece)
                answered[thread] = max(at, answered.get(thread, at))
        return replace(self, answered=answered)

    def is_own(self, piece: Piece) -> bool:
        """Whether the brand wrote it."""
        return bool(told(piece.comment, "snippet", "authorChannelId", "value") == self.own)

    def event(self, piece: Piece) -> ChannelEvent:
        """The event that *piece* tells of; raise ValidationError or Unreadable if it tells none."""
        return self._told(piece).event()

    def edit(self, piece: Piece) -> MessageEdited:
        """What *piece* reads now; raises like `event`."""
        return self._told(piece).edited()

    def unreadable(self, piece: Piece, reason: str) -> ChannelNotice:
        """A line for the log about a *piece* that broke YouTube's own rules."""
        return ignored(
            piece.comment,
            reason,
            channel=self.channel,
            account=self.account,
            received_at=self.received_at,
            surface=Surface.COMMENT,
        )

    def _told(self, piece: Piece) -> "_Told":
        return _Told(reading=self, piece=piece, comment=Comment.model_validate(piece.comment))


def thread_of(piece: Piece) -> str:
    """The thread's id, which is its top comment's; a reply's own id begins with it."""
    named = told(piece.thread, "id") or told(piece.comment, "snippet", "parentId")
    own = told(piece.comment, "id")
    return next((id for id in _words(named, own)), "").partition(".")[0]


def is_hidden(piece: Piece) -> bool:
    """Whether only the channel's owner sees it, until they publish it."""
    private = told(piece.thread, "snippet", "isPublic") is False
    status = told(piece.comment, "snippet", "moderationStatus")
    return private or (isinstance(status, str) and status in _HIDDEN)


def _words(*values: object) -> Iterable[str]:
    return (value for value in values if isinstance(value, str) and value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: Reading
    piece: Piece
    comment: Comment

    def event(self) -> ChannelEvent:
        if self.reading.is_own(self.piece):
            fields = self._fields("comment.echo", self.comment.id, self._published_at)
            return EchoedReply(**fields, id=self.comment.id, text=self._text, reply_to=self._parent)
        # What is held is told again once it is published: then it may be answered.
        key = f"{self.comment.id}:held" if is_hidden(self.piece) else self.comment.id
        return InboundMessage(
            **self._fields("comment.add", key, self._published_at),
            id=self.comment.id,
            contact=self._contact,
            text=self._text,
            attachments=self._attachments,
            post=self._post,
            parent=self._parent,
            root=self._thread,
            reply_to=self._parent,
            unanswerable=self._unanswerable,
        )

    def edited(self) -> MessageEdited:
        at = self.comment.snippet.updatedAt or self._published_at
        key = f"{self.comment.id}:edited:{at.isoformat()}"
        fields = self._fields("comment.edit", key, at)
        return MessageEdited(**fields, id=self.comment.id, text=self._text)

    def _fields(self, kind: str, event_id: str, sent_at: datetime) -> EventFields:
        reading = self.reading
        return {
            "event_id": event_id,
            "kind": kind,
            "channel": reading.channel,
            "account": reading.account,
            "thread": self._thread,
            "surface": Surface.COMMENT,
            "sent_at": min(sent_at, reading.received_at),
            "received_at": reading.received_at,
        }

    @property
    def _published_at(self) -> datetime:
        at = self.comment.snippet.publishedAt
        if at is None:
            raise Unreadable("publishedAt: missing")
        return at

    @property
    def _thread(self) -> str:
        thread = thread_of(self.piece)
        if not thread:
            raise Unreadable("id: empty")
        return thread

    @property
    def _post(self) -> str | None:
        """The video; None for what is said about the channel as a whole."""
        named = told(self.piece.thread, "snippet", "videoId")
        return next(iter(_words(named, self.comment.snippet.videoId)), None)

    @property
    def _parent(self) -> str | None:
        return None if self._thread == self.comment.id else self._thread

    @property
    def _text(self) -> str | None:
        snippet = self.comment.snippet
        text = snippet.textDisplay if snippet.textOriginal is None else snippet.textOriginal
        return self._unaddressed(text or "") or None

    def _unaddressed(self, text: str) -> str:
        """Without our own @name in front, which YouTube puts there in a reply to our reply."""
        handle, bare = self.reading.handle, text.lstrip("\u200b\u00a0 ")
        if handle is None or not bare.lower().startswith(handle.lower()):
            return text
        rest = bare[len(handle) :]
        cut = not rest or not (rest[0].isalnum() or rest[0] in "_-.")
        return rest.lstrip("\u200b\u00a0 ,，:：") if cut else text

    @property
    def _contact(self) -> Contact:
        snippet = self.comment.snippet
        author = snippet.authorChannelId.value if snippet.authorChannelId else None
        name = snippet.authorDisplayName
        username = name[1:] if name and name.startswith("@") else None
        return Contact(id=author or f"author-of:{self.comment.id}", name=name, username=username)

    @property
    def _attachments(self) -> tuple[Attachment, ...]:
        url = self.comment.snippet.imageUrl
        return (Attachment(type="image", url=url),) if url else ()

    @property
    def _unanswerable(self) -> str | None:
        snippet, reading = self.comment.snippet, self.reading
        if is_hidden(self.piece):
            return "held for review"
        if not (snippet.authorChannelId and snippet.authorChannelId.value):
            # It may be our own: an answer could start a loop.
            return "unknown author"
        if told(self.piece.thread, "snippet", "canReply") is False:
            return "closed to replies"
        last = reading.answered.get(self._thread)
        if last is not None and self._thread not in reading.known and last >= self._published_at:
            return "answered before we saw it"
        return None
