"""What the message log tells the reports: one frozen value per thing that happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import lt
from typing import Literal

Surface = Literal["dm", "comment"]
Actor = Literal["customer", "bot", "agent"]
Direction = Literal["in", "out"]
Visibility = Literal["public", "private_reply", "note"]
Kind = Literal[
    "message",
    "media",
    "sticker",
    "emoji",
    "reaction",
    "edit",
    "delete",
    "handoff",
    "take",
    "release",
    "close",
    "unneeded",
    "needed",
]

# At one instant a message comes before its edit, and an edit before the deletion. Who answers takes
# the conversation first.
_RANK: dict[str, int] = {
    "take": -1,
    "handoff": 1,
    "edit": 1,
    "delete": 2,
    "release": 3,
    "close": 3,
    "unneeded": 3,
    "needed": 4,
}


# A report makes millions of these: a frozen one would take thrice the time to make, and names alone
# twice. Nobody changes one all the same.
@dataclass(slots=True, unsafe_hash=True)
class Event:
    """Say what happened at *at* (kept in UTC; a naive time raises ValueError).

    *id* is unique among its kind in its channel and conversation, and a redelivery keeps it. An
    edit or a deletion names the message in *target*; two edits have two ids. *media* is a picture,
    file, voice or place. *handoff* as a kind is a silent transfer to a person; a message that
    announces one has the flag of that name instead, and *reason* says why a person was called. A
    *broadcast* went to many: it is the brand's last word, but a reply to nobody. *take* and
    *release* say that *agent* (None: somebody in the platform's own app) has the word, or no
    longer; *unneeded* that nobody has to answer, as *agent* thinks, *needed* that somebody has to
    after all. A comment has *post*, *author* and, unless it starts its own thread, *root*; the
    brand's comment names the one it answers in *reply_to*. A customer's message has the *intent*
    and *language* that were understood (None: unknown) and the conversation's *labels*.
    """

    id: str
    at: datetime
    actor: Actor
    channel: str = ""
    conversation: str = ""
    surface: Surface = "dm"
    kind: Kind = "message"
    text: str = ""
    ack: bool = False
    handoff: bool = False
    expects_reply: bool = False
    broadcast: bool = False
    visibility: Visibility = "public"
    agent: str | None = None
    post: str | None = None
    root: str | None = None
    author: str | None = None
    reply_to: str | None = None
    target: str | None = None
    account: str = ""
    intent: str | None = None
    language: str | None = None
    labels: tuple[str, ...] = ()
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is UTC:
            return
        if self.at.tzinfo is None:
            raise ValueError(f"event {self.id}: the time {self.at.isoformat()} has no zone")
        # Python subtracts wall clocks when both sides share one zone: only UTC counts true time.
        self.at = self.at.astimezone(UTC)

    @property
    def direction(self) -> Direction:
        """Tell whether the customer wrote it ("in") or the brand ("out")."""
        return "in" if self.actor == "customer" else "out"


def in_order(events: Iterable[Event]) -> list[Event]:
    """Sort *events* by time and drop repeats, so that the order of arrival never matters.

    At the same instant: message, then edit, then deletion, then by id. Of events that share
    channel, conversation, post, kind and id, the earliest stays.
    """
    listed = list(events)
    distinct = len({event.id for event in listed}) == len(listed)
    instants = [event.at for event in listed]
    if distinct and all(map(lt, instants, instants[1:])):
        return listed
    ordered = sorted(listed, key=lambda event: (event.at, _RANK.get(event.kind, 0), event.id))
    if distinct:
        return ordered
    unique: dict[tuple[str | None, ...], Event] = {}
    for event in ordered:
        key = (event.channel, event.conversation, event.post, event.kind, event.id)
        unique.setdefault(key, event)
    return list(unique.values())


def known(events: Iterable[Event], as_of: datetime) -> list[Event]:
    """Keep what had happened by *as_of*; later events are unknown to a report of that instant."""
    return [event for event in events if event.at <= as_of]
