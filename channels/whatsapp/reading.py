"""Whose webhook is read, and how its changes come apart into things that happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from channels.messages import ChannelNotice, Surface
from channels.meta import Item
from channels.webhook import digest, fault, told_at
from channels.whatsapp.payloads import Person, Value

# What tells of the account itself.
ACCOUNT: Mapping[str, str] = {
    "account_update": "account.policy",
    "account_alerts": "account.policy",
    "account_review_update": "account.policy",
    "security": "account.policy",
    "phone_number_quality_update": "account.quality",
    "phone_number_name_update": "account.quality",
    "business_capability_update": "account.quality",
    "message_template_status_update": "account.template",
    "message_template_quality_update": "account.template",
}
# What is said, and of what each is a list. Old chats, which come as "history", are none of these.
SECTIONS: Mapping[str, Sequence[str]] = {
    "messages": ("messages", "statuses", "errors"),
    "smb_message_echoes": ("message_echoes",),
    "user_preferences": ("user_preferences",),
    "user_id_update": ("user_id_update",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that happened: *section* names the list that it stood in, *phone* the number.

    *fault* is set where the change around it cannot be read.
    """

    section: str
    value: object
    phone: str = ""
    people: tuple[Person, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose webhook is read: the account and its number, None for every number; and when."""

    channel: str
    account: str
    phone: str | None
    received_at: datetime

    def ours(self, piece: Piece) -> bool:
        """Whether *piece* is about our number."""
        return self.phone is None or piece.phone == self.phone

    def dated(self, told: object) -> datetime:
        """When it was said, by Meta's seconds; never later than we received it."""
        return told_at(told, per_second=1, received_at=self.received_at)

    def unreadable(self, piece: Piece, reason: str) -> ChannelNotice:
        """A line for the log about a *piece* that broke Meta's own rules."""
        return self.ignored(piece, f"unreadable: {reason}")

    def ignored(self, piece: Piece, why: str) -> ChannelNotice:
        """A line for the log about a *piece* that means nothing to us."""
        return self.noticed(piece, kind="ignore", detail=why)

    def noticed(self, piece: Piece, *, kind: str, detail: str) -> ChannelNotice:
        """A line for the log that belongs to no conversation."""
        return ChannelNotice(
            event_id=f"{kind}:{digest([piece.phone, piece.section, piece.value])}",
            kind=kind,
            channel=self.channel,
            account=self.account,
            thread="",
            surface=Surface.DIRECT,
            sent_at=self.received_at,
            received_at=self.received_at,
            detail=detail,
        )


def pieces(items: Sequence[Item]) -> list[Piece]:
    """All that happened in *items*, in their order."""
    return [piece for item in items for piece in _apart(item)]


def _apart(item: Item) -> Iterator[Piece]:
    lists = SECTIONS.get(item.section)
    if lists is None:
        yield Piece(section=item.section, value=item.value)
        return
    try:
        value = Value.model_validate(item.value)
    except ValidationError as exc:
        yield Piece(section=item.section, value=item.value, fault=fault(exc))
        return
    found = [(name, one) for name in lists for one in getattr(value, name) or ()]
    for name, one in found:
        yield Piece(
            section=name,
            value=one,
            phone=value.metadata.phone_number_id,
            people=tuple(value.contacts or ()),
        )
    if not found:
        yield Piece(section="nothing", value=item.value, phone=value.metadata.phone_number_id)
