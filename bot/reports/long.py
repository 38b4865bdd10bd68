"""Years at a glance: figures by month, week or day from the tallies of ended asks.

Values are known to within 1 %, counts exactly. What is still open is taken as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np

from bot.reports.closed import AGENT, BOT, WITHDRAWN
from bot.reports.estimate import Estimate, wilson
from bot.reports.tally import Tally
from bot.reports.waits import Actor, Measure, Wait, Waits

Step = Literal["day", "week", "month"]
_DAYS, _WEEKS = 45, 200
_ANSWERS: dict[Actor, frozenset[int]] = {
    "bot": frozenset({BOT}),
    "human": frozenset({AGENT}),
    "either": frozenset({BOT, AGENT}),
}


class Piece(NamedTuple):
    """One stored tally: of a local *day* (its ordinal) and a channel, as `Tally.dump` gave it."""

    day: int
    channel: str
    cells: bytes


class Still(NamedTuple):
    """One ask that is still open, and how long by now."""

    day: int
    channel: str
    wait: Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The figures of the asks opened from *first* to *last*, both days included."""

    first: date
    last: date
    n: int
    answered: int
    open: int
    share: Estimate
    within: Estimate
    median: Estimate
    p90: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Long:
    """All of it, by *step* in time, and by channel."""

    step: Step
    whole: Span
    spans: tuple[Span, ...]
    channels: tuple[tuple[str, Span], ...]


def step_for(first: date, last: date) -> Step:
    """The step that makes a table which can be read at a glance."""
    days = (last - first).days + 1
    return "day" if days <= _DAYS else "week" if days <= _WEEKS else "month"


def long_view(
    pieces: Sequence[Piece],
    still: Sequence[Still],
    *,
    first: date,
    last: date,
    measure: Measure,
    actor: Actor,
    target_seconds: int,
) -> Long:
    """Work out the figures of the days from *first* to *last*."""
    step = step_for(first, last)
    hits = _ANSWERS["either" if measure != "answer" else actor]

    def span(begin: date, end: date, keep: Callable[[Piece | Still], bool]) -> Span:
        return _span(
            Tally.load(piece.cells for piece in pieces if keep(piece)).without(WITHDRAWN),
            Waits.of(each.wait for each in still if keep(each)),
            days=(begin, end),
            hits=hits,
            target_seconds=target_seconds,
        )

    channels = sorted({each.channel for each in pieces} | {each.channel for each in still})
    return Long(
        step=step,
        whole=span(first, last, lambda each: True),
        spans=tuple(
            span(begin, end, _between(begin.toordinal(), end.toordinal()))
            for begin, end in steps(first, last, step)
        ),
        channels=tuple(
            (name, span(first, last, lambda each, name=name: each.channel == name))  # type: ignore[misc]
            for name in channels
        ),
    )


def _between(begin: int, end: int) -> Callable[[Piece | Still], bool]:
    return lambda each: begin <= each.day <= end


def _span(
    tally: Tally,
    still: Waits,
    *,
    days: tuple[date, date],
    hits: frozenset[int],
    target_seconds: int,
) -> Span:
    curve = tally.curve(hits, still)
    n = len(tally) + len(still)
    answered = tally.count(hits) + int(np.count_nonzero(still.answered))
    return Span(
        first=days[0],
        last=days[1],
        n=n,
        answered=answered,
        open=len(still) - int(np.count_nonzero(still.answered)),
        share=wilson(answered, n),
        within=curve.within(target_seconds),
        median=curve.quantile(0.5),
        p90=curve.quantile(0.9),
    )


def steps(first: date, last: date, step: Step) -> Iterable[tuple[date, date]]:
    """Cut the days from *first* to *last* at the calendar's steps."""
    begin = first
    while begin <= last:
        end = min(_end(begin, step), last)
        yield begin, end
        begin = end + timedelta(days=1)


def _end(day: date, step: Step) -> date:
    """The last day of the calendar's step that *day* is in; weeks begin on Monday."""
    match step:
        case "day":
            return day
        case "week":
            return day + timedelta(days=6 - day.weekday())
        case "month":
            return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
