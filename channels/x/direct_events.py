"""Turns what happened in private into one of our events."""

from dataclasses import dataclass
from datetime import datetime

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    DeliveryReceipt,
    EchoedReply,
    EventFields,
    InboundMessage,
    Surface,
)
from channels.webhook import Unreadable, digest, moment
from channels.x import payloads, words
from channels.x.body import Item, instant

LISTED = "dm_events"

_MESSAGES = frozenset({"dm.received", "dm.sent", "direct_message_events"})
_READ = frozenset({"dm.read", "direct_message_mark_read_events"})
_TYPING = frozenset({"dm.indicate_typing", "direct_message_indicate_typing_events"})
_ENCRYPTED = frozenset({"chat.received", "chat.sent"})
_NOTICES = {
    "follow.follow": "user.follow",
    "follow.unfollow": "user.unfollow",
    "block.block": "user.block",
    "block.unblock": "user.unblock",
    "oauth.revoke": "account.revoked",
    "user_event": "account.revoked",
}
_OLDER_NOTICES = {
    ("follow_events", "follow"): "user.follow",
    ("follow_events", "unfollow"): "user.unfollow",
    ("block_events", "block"): "user.block",
    ("block_events", "unblock"): "user.unblock",
}
_MEDIA = {"photo": "image", "video": "video", "animated_gif": "video"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose webhook is read, and when. *ours* is the account's user id where it is known."""

    channel: str
    account: str
    ours: str | None
    received_at: datetime

    def event(self, item: Item) -> ChannelEvent:
        """The event that *item* tells of; raise ValidationError or Unreadable if it tells none."""
        match item.kind:
            case kind if kind in _MESSAGES:
                return self._message(item)
            case kind if kind == LISTED:
                return self._listed(item)
            case kind if kind in _READ:
                return self._read(item)
            case kind if kind in _TYPING:
                sign = payloads.Sign.model_validate(item.value)
                return self._notice(item, "dm.typing", thread=sign.sender_id)
            case kind if kind in _ENCRYPTED:
                return self._encrypted(item)
            case kind:
                type_ = item.value.get("type") if isinstance(item.value, dict) else None
                found = _NOTICES.get(kind) or _OLDER_NOTICES.get((kind, str(type_)))
                return self._notice(item, found or "ignore")

    def unreadable(self, item: Item, reason: str) -> ChannelNotice:
        """A line for the log about an *item* that broke X's own rules."""
        return self._notice(item, "ignore", detail=f"unreadable: {reason}")

    def own(self, user: str, item: Item) -> bool:
        """Whether *user* is the account whose events these are."""
        return user in {self.ours, item.owner} - {None}

    def foreign(self, item: Item) -> str | None:
        """Why what *item* tells is not for us to answer."""
        if item.owner is None and self.ours is None:
            return "unknown account"
        if self.ours is not None and item.owner != self.ours:
            return "another account"
        return None

    def _message(self, item: Item) -> ChannelEvent:
        told = payloads.DirectEvent.model_validate(item.value)
        created = told.message_create
        if told.type != "message_create":
            return self._notice(item, "ignore", detail=told.type)
        if created is None:
            raise Unreadable("message_create: missing")
        said = created.message_data
        media = said.attachment.media if said.attachment else None
        chosen = said.quick_reply_response
        return _Told(
            reading=self,
            item=item,
            id=told.id,
            sender=created.sender_id,
            recipient=created.target.recipient_id,
            sent_at=moment(told.created_timestamp, per_second=1000),
            text=said.text,
            entities=said.entities,
            media=media,
            hidden=_shown_at(item.value),
            payload=chosen.metadata if chosen else None,
        ).event()

    def _listed(self, item: Item) -> ChannelEvent:
        told = payloads.ListedDirect.model_validate(item.value)
        if told.event_type != "MessageCreate":
            return self._notice(item, "ignore", detail=told.event_type)
        keys = told.attachments.media_keys if told.attachments else []
        return _Told(
            reading=self,
            item=item,
            id=told.id,
            sender=told.sender_id,
            recipient=_other(told.dm_conversation_id, than=told.sender_id, apart="-"),
            sent_at=instant(told.created_at),
            text=told.text,
            entities=told.entities,
            media=next((item.media[key] for key in keys if key in item.media), None),
        ).event()

    def _read(self, item: Item) -> ChannelEvent:
        sign = payloads.Sign.model_validate(item.value)
        if self.own(sign.sender_id, item):
            return self._notice(item, "dm.read")
        until = moment(sign.created_timestamp, per_second=1000) or self.received_at
        key = f"dm.read:{digest(item.value)}"
        fields = self.fields("dm.read", key, thread=sign.sender_id, at=until)
        return DeliveryReceipt(**fields, until=until)

    def _encrypted(self, item: Item) -> ChannelEvent:
        """Cipher text: who and when is all that can be told, and that somebody waits."""
        told = payloads.Encrypted.model_validate(item.value)
        at = moment(told.created_at_msec, per_second=1000)
        if item.kind == "chat.sent" or self.own(told.sender_id, item):
            thread = _other(told.conversation_id, than=told.sender_id, apart=":")
            fields = self.fields("dm.echo", told.id, thread=thread, at=at)
            return EchoedReply(**fields, id=told.id)
        fields = self.fields("dm.encrypted", told.id, thread=told.sender_id, at=at)
        return InboundMessage(
            **fields,
            id=told.id,
            contact=contact(told.sender_id, item),
            unanswerable=self.foreign(item) or "encrypted",
        )

    def _notice(
        self, item: Item, kind: str, *, thread: str = "", detail: str | None = None
    ) -> ChannelNotice:
        fields = self.fields(kind, f"{kind}:{digest([item.kind, item.value])}", thread=thread)
        person = contact(thread, item) if thread else None
        return ChannelNotice(**fields, contact=person, detail=(detail or item.kind)[:200])

    def fields(
        self, kind: str, key: str, *, thread: str, at: datetime | None = None
    ) -> EventFields:
        """What every event of this body carries."""
        return {
            "event_id": key,
            "kind": kind,
            "channel": self.channel,
            "account": self.account,
            "thread": thread,
            "surface": Surface.DIRECT,
            "sent_at": min(at or self.received_at, self.received_at),
            "received_at": self.received_at,
        }


def contact(user: str, item: Item) -> Contact:
    """Who *user* is, as far as the body tells."""
    known = item.users.get(user)
    return Contact(
        id=user,
        name=known.name if known else None,
        username=known.username if known else None,
    )


def attachment(media: payloads.Media) -> Attachment:
    """A picture or video."""
    return Attachment(
        type=_MEDIA.get(media.type, "file"),
        url=media.https or media.url,
        id=media.id or media.media_key,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: Reading
    item: Item
    id: str
    sender: str
    recipient: str
    sent_at: datetime | None
    text: str | None
    entities: payloads.Entities | None
    media: payloads.Media | None
    hidden: tuple[str, ...] = ()
    payload: str | None = None

    def event(self) -> ChannelEvent:
        reading, item = self.reading, self.item
        if item.kind == "dm.sent" or reading.own(self.sender, item):
            fields = reading.fields("dm.echo", self.id, thread=self.recipient, at=self.sent_at)
            return EchoedReply(**fields, id=self.id, text=self._text)
        fields = reading.fields(self._kind, self.id, thread=self.sender, at=self.sent_at)
        return InboundMessage(
            **fields,
            id=self.id,
            contact=contact(self.sender, item),
            text=self._text,
            payload=self.payload,
            attachments=(attachment(self.media),) if self.media else (),
            unanswerable=reading.foreign(item) or self._astray,
        )

    @property
    def _kind(self) -> str:
        if self.payload is not None:
            return "dm.quick_reply"
        return f"dm.{attachment(self.media).type}" if self.media else "dm.text"

    @property
    def _text(self) -> str | None:
        links = words.behind(self.entities.urls if self.entities else ())
        return words.plain(self.text or "", {**links, **dict.fromkeys(self.hidden, "")}) or None

    @property
    def _astray(self) -> str | None:
        to_us = self.reading.own(self.recipient, self.item)
        return None if to_us or self.item.kind == LISTED else "another account"


def _shown_at(value: object) -> tuple[str, ...]:
    """The t.co address that stands in the text for what is attached."""
    for step in ("message_create", "message_data", "attachment", "media", "url"):
        value = value.get(step) if isinstance(value, dict) else None
    return (value,) if isinstance(value, str) and words.is_short(value) else ()


def _other(conversation: str, *, than: str, apart: str) -> str:
    """The one of the two in *conversation* who is not *than*."""
    both = [user for user in conversation.split(apart) if user.isdecimal() and user != than]
    if len(both) != 1:
        raise Unreadable("conversation: not of two")
    return both[0]
