"""Turns one LINE webhook event into one of our events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.line import payloads
from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EventFields,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Surface,
)
from channels.webhook import Unreadable, digest, ignored, told_at

# A reply token lives a minute from receipt; our call may take ten seconds. An event delivered once
# more brings a fresh token, but none is good for longer than 20 minutes after the event.
# https://developers.line.biz/en/reference/messaging-api/#send-reply-message
_TOKEN_LIFE = timedelta(seconds=50)
_TOKEN_LIFE_REDELIVERED = timedelta(minutes=20)

_CONTENT = {"image", "video", "audio", "file"}
_NOTICES = {
    "follow": "user.follow",
    "unfollow": "user.unfollow",
    "join": "group.join",
    "leave": "group.leave",
    "memberJoined": "group.member",
    "memberLeft": "group.member",
    "accountLink": "dm.account_link",
}
_LEAVES = ("user.unfollow", "group.leave")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose webhook is read, and when. *foreign*: it was meant for another bot."""

    channel: str
    account: str
    foreign: bool
    received_at: datetime

    def event(self, value: object) -> ChannelEvent:
        """The event that *value* tells of; raise ValidationError or Unreadable if it tells none."""
        told = payloads.Event.model_validate(value)
        return _Told(reading=self, told=told, value=value).event()

    def unreadable(self, value: object, reason: str) -> ChannelNotice:
        """A line for the log about an event that broke LINE's own rules."""
        return ignored(
            value,
            reason,
            channel=self.channel,
            account=self.account,
            received_at=self.received_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: Reading
    told: payloads.Event
    value: object

    def event(self) -> ChannelEvent:
        match self.told:
            case payloads.Event(type="message", message=payloads.Message() as message):
                return self._message(message)
            case payloads.Event(type="postback", postback=payloads.Postback() as postback):
                return self._postback(postback)
            case payloads.Event(type="messageEdited", message=payloads.Message() as message):
                fields = self._fields("dm.edit")
                return MessageEdited(**fields, id=message.id, text=message.text)
            case payloads.Event(type="unsend", unsend=payloads.Unsend() as unsend):
                return MessageDeleted(**self._fields("dm.delete"), id=unsend.message)
            case payloads.Event(type="message" | "postback" | "messageEdited" | "unsend" as kind):
                raise Unreadable(f"{kind}: without its content")
            case _:
                return self._notice()

    def _message(self, message: payloads.Message) -> InboundMessage:
        found = _attachment(message)
        kind = "text" if message.type == "text" else found.type if found else "unsupported"
        token, until = self._reply_token
        return InboundMessage(
            **self._fields(f"dm.{kind}"),
            id=message.id,
            contact=self._contact,
            text=(message.text or None) if message.type == "text" else None,
            attachments=(found,) if found else (),
            reply_to=message.quoted,
            reply_token=token,
            reply_token_until=until,
            unanswerable=self._unanswerable(message),
        )

    def _postback(self, postback: payloads.Postback) -> InboundMessage:
        picked = postback.params
        token, until = self._reply_token
        return InboundMessage(
            **self._fields("dm.postback"),
            id=self._event_id,
            contact=self._contact,
            text=(picked.datetime or picked.date or picked.time) if picked else None,
            payload=postback.data,
            reply_token=token,
            reply_token_until=until,
            unanswerable=self._unanswerable(None),
        )

    def _notice(self) -> ChannelNotice:
        kind = _NOTICES.get(self.told.type, "ignore")
        user = self.told.source.user if self.told.source else None
        return ChannelNotice(
            **self._fields(kind, thread=self._place or ""),
            contact=Contact(id=user) if user else None,
            detail=self.told.type[:200],
            # LINE says yes to what it will never show to somebody who blocked the account.
            leaves=kind in _LEAVES,
        )

    def _fields(self, kind: str, *, thread: str | None = None) -> EventFields:
        reading = self.reading
        return {
            "event_id": self._event_id,
            "kind": kind,
            "channel": reading.channel,
            "account": reading.account,
            "thread": self._thread if thread is None else thread,
            "surface": Surface.DIRECT,
            "sent_at": self._sent_at,
            "received_at": reading.received_at,
        }

    @property
    def _event_id(self) -> str:
        return self.told.id or f"{self.told.type}:{digest(self.value)}"

    @property
    def _sent_at(self) -> datetime:
        received_at = self.reading.received_at
        return told_at(self.told.timestamp, per_second=1000, received_at=received_at)

    @property
    def _place(self) -> str | None:
        """Whom a push is addressed to: the group or room, else the customer."""
        source = self.told.source
        return (source.group or source.room or source.user) if source else None

    @property
    def _thread(self) -> str:
        place = self._place
        if not place:
            raise Unreadable("source: nobody")
        return place

    @property
    def _contact(self) -> Contact:
        source = self.told.source
        return Contact(id=(source.user if source else None) or self._thread)

    @property
    def _reply_token(self) -> tuple[str, datetime] | tuple[None, None]:
        told, received_at = self.told, self.reading.received_at
        if not told.reply_token or told.mode == "standby":
            return None, None
        until = received_at + _TOKEN_LIFE
        if told.delivery and told.delivery.redelivery:
            until = min(until, max(self._sent_at + _TOKEN_LIFE_REDELIVERED, received_at))
        return told.reply_token, until

    def _unanswerable(self, message: payloads.Message | None) -> str | None:
        if self.reading.foreign:
            return "another bot"
        if self.told.mode == "standby":
            return "standby"
        source = self.told.source
        addressed = (
            message is not None
            and message.mention is not None
            and any(mentionee.own for mentionee in message.mention.mentionees)
        )
        if source is not None and (source.group or source.room) and not addressed:
            return "group"
        return None


def _attachment(message: payloads.Message) -> Attachment | None:
    match message.type:
        case "sticker":
            sticker = f"{message.package or ''}/{message.sticker or ''}"
            return Attachment(type="sticker", id=sticker, title=message.text)
        case "location":
            return Attachment(
                type="location",
                url=_place(message),
                title=message.title or message.address,
            )
        case kind if kind in _CONTENT:
            url = message.content.url if message.content else None
            return Attachment(type=kind, id=message.id, url=url, title=message.file_name)
        case _:
            return None


def _place(message: payloads.Message) -> str | None:
    """The coordinates as an address (RFC 5870)."""
    if message.latitude is None or message.longitude is None:
        return None
    return f"geo:{message.latitude},{message.longitude}"
