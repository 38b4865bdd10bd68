"""Turns one thing of WhatsApp's webhook into one of our events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.messages import (
    ChannelEvent,
    ChannelNotice,
    DeliveryReceipt,
    EchoedReply,
    EventFields,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Referral,
    Surface,
)
from channels.webhook import Unreadable, digest
from channels.whatsapp import people
from channels.whatsapp.contents import said
from channels.whatsapp.payloads import Error, IdUpdate, Message, Preference, Status
from channels.whatsapp.payloads import Referral as Advertisement
from channels.whatsapp.people import GROUP, Ids
from channels.whatsapp.reading import ACCOUNT, Piece, Reading

_STATUSES: Mapping[str, str] = {
    "sent": "dm.delivery",
    "delivered": "dm.delivery",
    "read": "dm.read",
    "played": "dm.read",
    "failed": "dm.failed",
}
_MOVES = frozenset({"user_changed_number", "user_changed_user_id"})


def event(reading: Reading, piece: Piece) -> ChannelEvent:
    """The event that *piece* tells of; raise ValidationError or Unreadable if it tells none."""
    if piece.fault is not None:
        raise Unreadable(piece.fault)
    if kind := ACCOUNT.get(piece.section):
        return reading.noticed(piece, kind=kind, detail=_gist(piece.value))
    match piece.section:
        case "messages":
            message = Message.model_validate(piece.value)
            return _Told(reading=reading, piece=piece, message=message).event()
        case "message_echoes" | "statuses" | "user_preferences" | "user_id_update":
            if not reading.ours(piece):
                return reading.ignored(piece, "another number")
            return _BESIDE[piece.section](reading, piece)
        case "nothing" | "errors":
            return reading.ignored(piece, _gist(piece.value))
        case _:
            return reading.ignored(piece, f"unknown field: {piece.section}"[:200])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A customer's message on its way to an event."""

    reading: Reading
    piece: Piece
    message: Message

    def event(self) -> ChannelEvent:
        message, kind = self.message, self.message.type
        if not self.reading.ours(self.piece) and kind in {"edit", "revoke", "reaction", "system"}:
            return self.reading.ignored(self.piece, "another number")
        if kind == "system":
            return self._system()
        ids = people.sender(message, self.piece.people)
        if kind == "edit" and message.edit is not None:
            return self._edited(ids, message.edit.original_message_id, message.edit.message)
        if kind == "revoke" and message.revoke is not None:
            fields = self._fields("dm.delete", ids)
            return MessageDeleted(**fields, id=message.revoke.original_message_id)
        if kind == "reaction":
            emoji = message.reaction.emoji if message.reaction else None
            return self._notice("dm.reaction", ids, emoji)
        if kind == "request_welcome":
            return self._notice("dm.welcome", ids, None)
        return self._said(ids)

    def _said(self, ids: Ids) -> InboundMessage:
        message = self.message
        told = said(message, self._at)
        fields = self._fields(told.kind, ids)
        return InboundMessage(
            **fields,
            id=fields["event_id"],
            contact=people.contact(ids, self.piece.people),
            text=told.text,
            payload=told.payload,
            attachments=told.attachments,
            reply_to=message.context.id if message.context else None,
            referral=_referral(message.referral),
            unanswerable=self._unanswerable,
        )

    def _edited(self, ids: Ids, id: str, now: Message | None) -> MessageEdited:
        text = said(now, self._at).text if now else None
        return MessageEdited(**self._fields("dm.edit", ids), id=id, text=text)

    def _system(self) -> ChannelNotice:
        told = self.message.system
        if told is None or told.type not in _MOVES:
            return self.reading.ignored(self.piece, f"system: {told and told.type}"[:200])
        ids = people.moved(self.message)
        if not ids.keys:
            raise Unreadable("nobody is named")
        return self._notice("user.id_changed", ids, told.type)

    def _notice(self, kind: str, ids: Ids, detail: str | None) -> ChannelNotice:
        return ChannelNotice(
            **self._fields(kind, ids),
            contact=people.contact(ids, self.piece.people),
            detail=detail,
        )

    def _fields(self, kind: str, ids: Ids) -> EventFields:
        message, group = self.message, self.message.group_id
        return {
            "event_id": message.id or f"{kind}:{_key(self.piece)}",
            "kind": kind,
            "channel": self.reading.channel,
            "account": self.reading.account,
            "thread": f"{GROUP}{group}" if group else ids.thread,
            "thread_keys": () if group else ids.keys,
            "surface": Surface.DIRECT,
            "sent_at": self._at,
            "received_at": self.reading.received_at,
        }

    @property
    def _at(self) -> datetime:
        return self.reading.dated(self.message.timestamp)

    @property
    def _unanswerable(self) -> str | None:
        if not self.reading.ours(self.piece):
            return "another page"
        return "group" if self.message.group_id else None


def _echo(reading: Reading, piece: Piece) -> ChannelEvent:
    """A person of the brand wrote in the WhatsApp Business app."""
    message = Message.model_validate(piece.value)
    if message.type in {"edit", "revoke", "reaction", "system"}:
        return reading.ignored(piece, f"echo: {message.type}")
    ids = people.receiver(message, piece.people)
    at = reading.dated(message.timestamp)
    id = message.id or f"dm.echo:{_key(piece)}"
    fields = _fields(reading, kind="dm.echo", event_id=id, ids=ids, at=at)
    quoted = message.context.id if message.context else None
    return EchoedReply(**fields, id=id, text=said(message, at).text, reply_to=quoted)


def _status(reading: Reading, piece: Piece) -> ChannelEvent:
    status = Status.model_validate(piece.value)
    kind = _STATUSES.get(status.status)
    if kind is None:
        return reading.ignored(piece, f"unknown status: {status.status}"[:200])
    ids = people.recipient(status, piece.people)
    at = reading.dated(status.timestamp)
    event_id = f"status:{status.id}:{status.status}"
    fields = _fields(reading, kind=kind, event_id=event_id, ids=ids, at=at)
    if status.recipient_type == "group":
        fields |= {"thread": f"{GROUP}{status.recipient_id}", "thread_keys": ()}
    return DeliveryReceipt(
        **fields,
        ids=(status.id,),
        outbound_id=status.biz_opaque_callback_data,
        failure=_failure(status.errors or []) if kind == "dm.failed" else None,
    )


def _failure(errors: list[Error]) -> str:
    told = [
        f"{error.code or ''} {(error.error_data and error.error_data.details) or error.title or ''}"
        for error in errors
    ]
    return "; ".join(one.strip() for one in told)[:500] or "WhatsApp does not say why"


def _preference(reading: Reading, piece: Piece) -> ChannelEvent:
    told = Preference.model_validate(piece.value)
    ids = people.chooser(told, piece.people)
    kind = "dm.optout" if told.value == "stop" else "dm.optin"
    at = reading.dated(told.timestamp)
    fields = _fields(reading, kind=kind, event_id=f"{kind}:{_key(piece)}", ids=ids, at=at)
    contact = people.contact(ids, piece.people)
    return ChannelNotice(**fields, contact=contact, detail=told.detail)


def _renamed(reading: Reading, piece: Piece) -> ChannelEvent:
    told = IdUpdate.model_validate(piece.value)
    ids = people.renamed(told)
    if not ids.keys:
        raise Unreadable("nobody is named")
    kind, at = "user.id_changed", reading.dated(told.timestamp)
    fields = _fields(reading, kind=kind, event_id=f"{kind}:{_key(piece)}", ids=ids, at=at)
    return ChannelNotice(**fields, contact=people.contact(ids, piece.people), detail=piece.section)


_BESIDE = {
    "message_echoes": _echo,
    "statuses": _status,
    "user_preferences": _preference,
    "user_id_update": _renamed,
}


def _fields(reading: Reading, *, kind: str, event_id: str, ids: Ids, at: datetime) -> EventFields:
    return {
        "event_id": event_id,
        "kind": kind,
        "channel": reading.channel,
        "account": reading.account,
        "thread": ids.thread,
        "thread_keys": ids.keys,
        "surface": Surface.DIRECT,
        "sent_at": at,
        "received_at": reading.received_at,
    }


def _referral(told: Advertisement | None) -> Referral | None:
    if told is None:
        return None
    return Referral(
        ref=told.ctwa_clid,
        source=told.source_type,
        id=told.source_id,
        url=told.source_url,
        title=told.headline,
    )


def _key(piece: Piece) -> str:
    return digest([piece.phone, piece.section, piece.value])


def _gist(value: object) -> str:
    """What the account's own notices say in a word or two."""
    if not isinstance(value, dict):
        return "nothing that we know"
    names = ("event", "decision", "current_limit", "message_template_name", "code", "title")
    told = [str(value[name])[:80] for name in names if isinstance(value.get(name), str | int)]
    return ", ".join(told) or "nothing that we know"
