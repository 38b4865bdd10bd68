"""Asks -> waits: how long each was followed, and whether it got what it waited for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from bot.reports.ask import Answerer, Ask, Status
from bot.reports.hours import Clock

Actor = Literal["bot", "human", "either"]


# A report makes millions of these: a named tuple is made in a third of a dataclass's time.
class Wait(NamedTuple):
    """Say that an ask waited *seconds* until it was answered, or at least that long if not."""

    seconds: float
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Hold an ask as it was known at one instant, with its follow-up by one clock.

    *touch_seconds* is the wait for the first public sign of life, acknowledgements included;
    *human_seconds* the one from the hand-off to the first agent message, None if nobody handed
    over. What has not happened yet was followed as long as the ask.
    """

    ask: Ask
    status: Status
    seconds: float
    touch_seconds: float
    human_seconds: float | None


def measured(asks: Iterable[Ask], *, as_of: datetime, clock: Clock) -> list[Measured]:
    """Measure *asks* by *clock*, forgetting what happened to them after *as_of*."""
    return [_measure(ask.known(as_of), as_of=as_of, clock=clock) for ask in asks]


def answer_waits(group: Sequence[Measured], actor: Actor = "either") -> list[Wait]:
    """List the waits for an answer by *actor*.

    An answer by the other one ends the follow-up without being an event: that ask was answered
    before this actor had to.
    """
    answerers = _ANSWERERS[actor]
    return [Wait(each.seconds, each.ask.answered_by in answerers) for each in group]


def touch_waits(group: Sequence[Measured]) -> list[Wait]:
    """List the waits for the first public sign of life."""
    return [Wait(each.touch_seconds, each.ask.touched_at is not None) for each in group]


def human_waits(group: Sequence[Measured]) -> list[Wait]:
    """List the waits of handed-over asks for the first agent message."""
    return [
        Wait(each.human_seconds, each.ask.human_at is not None)
        for each in group
        if each.human_seconds is not None
    ]


def answered_by(ask: Ask, actor: Actor) -> bool:
    """Tell whether *actor* answered; "either" asks for any answer."""
    return ask.answered_by in _ANSWERERS[actor]


_ANSWERERS: dict[Actor, tuple[Answerer, ...]] = {
    "bot": ("bot",),
    "human": ("agent",),
    "either": ("bot", "agent"),
}


def _measure(ask: Ask, *, as_of: datetime, clock: Clock) -> Measured:
    until_at = ask.followed_until(as_of)
    seconds = clock.seconds(ask.opened_at, until_at)
    touched_at, handed_over_at = ask.touched_at, ask.handed_over_at
    return Measured(
        ask=ask,
        status=ask.status(as_of),
        seconds=seconds,
        touch_seconds=(
            seconds
            if touched_at is None or touched_at == until_at
            else clock.seconds(ask.opened_at, touched_at)
        ),
        human_seconds=(
            None
            if handed_over_at is None
            else clock.seconds(handed_over_at, ask.human_at or until_at)
        ),
    )
