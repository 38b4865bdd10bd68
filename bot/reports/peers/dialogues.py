"""Conversations as other desks keep them: what was said in public, and when they were closed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports.events import Event, in_order, known
from bot.reports.peers.view import Pair

_SILENT = frozenset({"reaction", "edit", "delete", "take", "release", "unneeded", "needed"})
_NOT_SAID = frozenset({"handoff", "close"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One conversation in order: messages of both sides, hand-offs and closings, never empty."""

    events: tuple[Event, ...]

    @property
    def said(self) -> tuple[Event, ...]:
        """The messages alone."""
        return tuple(event for event in self.events if is_said(event))

    def tickets(self) -> list["Dialogue"]:
        """Cut after each closing, as desks do that begin anew with the next message.

        What is left over without a message is no ticket.
        """
        parts: list[list[Event]] = [[]]
        for event in self.events:
            parts[-1].append(event)
            if event.kind == "close":
                parts.append([])
        found = [Dialogue(events=tuple(part)) for part in parts if part]
        return [ticket for ticket in found if ticket.said]

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed first, if it was."""
        return next((event.at for event in self.events if event.kind == "close"), None)


def dialogues(events: Iterable[Event], *, as_of: datetime) -> list[Dialogue]:
    """Sort *events* into conversations, without notes, reactions, edits and deletions."""
    ordered = in_order(known(events, as_of))
    roots = {
        (event.channel, event.id): event.root or event.id
        for event in ordered
        if event.surface == "comment"
    }
    found: dict[tuple[str, ...], list[Event]] = {}
    for event in ordered:
        if event.kind in _SILENT or event.visibility == "note":
            continue
        found.setdefault(_place(event, roots), []).append(event)
    told = (Dialogue(events=tuple(here)) for here in found.values())
    return [dialogue for dialogue in told if dialogue.said]


def is_said(event: Event) -> bool:
    """Tell whether *event* is a message, of either side."""
    return event.kind not in _NOT_SAID


def answers(said: Sequence[Event], *, by_bot: bool) -> Iterator[Pair]:
    """Pair each run of customer messages, from its first on, with the first real reply to it.

    An acknowledgement is none. A run that nobody answered comes last, without an answer.
    """
    waiting: Event | None = None
    for event in said:
        if event.actor == "customer":
            waiting = waiting or event
        elif waiting is not None and not event.ack and (by_bot or event.actor == "agent"):
            yield Pair(message=waiting, asked_at=waiting.at, answer=event)
            waiting = None
    if waiting is not None:
        yield Pair(message=waiting, asked_at=waiting.at)


def _place(event: Event, roots: dict[tuple[str, str], str]) -> tuple[str, ...]:
    if event.conversation:
        return (event.channel, event.conversation)
    known_root = roots.get((event.channel, event.reply_to or event.id))
    return (event.channel, event.post or "", known_root or event.root or event.id)
