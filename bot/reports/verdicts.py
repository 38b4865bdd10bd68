"""When each ask was in time, or too late: the order in which one learns it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reports.hours import Calendar, Clock
from bot.reports.waits import Actor, Measure, Measured, wait_for

_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An ask was known *at* an instant to be in time or *late*; what came later changes nothing."""

    at: datetime
    late: bool
    asked: Measured


def verdicts(
    group: Iterable[Measured],
    *,
    target_seconds: int,
    clock: Clock,
    measure: Measure = "answer",
    actor: Actor = "either",
) -> list[Verdict]:
    """Tell of all asks what is known of them by now, in the order of the instants.

    An ask that was withdrawn after its target stays late: it was so when that was learned.
    """
    found = (_verdict(each, target_seconds, clock, measure, actor) for each in group)
    return sorted(
        (each for each in found if each is not None), key=lambda each: (each.at, each.asked.ask.id)
    )


def _verdict(
    each: Measured, target: int, clock: Clock, measure: Measure, actor: Actor
) -> Verdict | None:
    wait = wait_for(each, measure, actor)
    if wait is None:
        return None
    if wait.seconds > target:
        return Verdict(at=_passed(each, target, clock, measure), late=True, asked=each)
    ended_at = _ended(each, measure)
    if not wait.answered or ended_at is None:
        return None
    return Verdict(at=ended_at, late=False, asked=each)


def _ended(each: Measured, measure: Measure) -> datetime | None:
    match measure:
        case "answer":
            return each.ask.answered_at
        case "touch":
            return each.ask.touched_at
        case "human":
            return each.ask.human_at


def _passed(each: Measured, target: int, clock: Clock, measure: Measure) -> datetime:
    """The first instant at which the wait was longer than the target."""
    began = each.ask.handed_over_at if measure == "human" else None
    began = began or each.ask.opened_at
    if isinstance(clock, Calendar):
        return began + target * _SECOND + _TICK
    # The clock only goes forward, and had passed the target by the ask's expiry.
    low, high = began, each.ask.expires_at
    while high - low > _TICK:
        middle = low + (high - low) / 2
        if clock.seconds(began, middle) > target:
            high = middle
        else:
            low = middle
    return high
