"""What an export says about response times: asks of a window, honest figures beside naive ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.exports.errors import EmptyWindow, NoMessages
from bot.exports.events import events
from bot.exports.export import Export
from bot.reports.ask import Ask
from bot.reports.asks import Rules, asks, by_opening
from bot.reports.estimate import Estimate, curve, naive_median
from bot.reports.events import known
from bot.reports.figures import Spread, Targets, spread
from bot.reports.hours import Calendar
from bot.reports.report import Window, asks_of
from bot.reports.unswept import unswept
from bot.reports.waits import Actor, Measured, Waits, answer_waits, answered_within, measured

_WITHIN = (3600, 86400)
# Fewer asks than these say nothing about an hour.
FEWEST = 5
_WORST = 3
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """The asks opened in one local hour of the day; *within_hour* is answered within 3600 s."""

    hour: int
    n: int
    within_hour: Estimate
    median: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """How many asks people or bots answered, and the median of their curve."""

    answered: int
    median: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold what was found in an export; *either* has the figures, whoever answered.

    *naive_median* counts only the answered. *by_actor* is empty where the format does not tell
    people from bots.
    """

    window: Window
    zone: ZoneInfo
    cohort: tuple[Measured, ...]
    withdrawn: int
    either: Spread
    by_actor: Mapping[Actor, Answerer]
    naive_median: float | None
    naive_within_hour: float | None
    hours: tuple[Hour, ...]

    @property
    def waiting(self) -> list[Measured]:
        """Whom nobody answered, longest wait first."""
        left = [each for each in self.cohort if each.status in {"open", "expired"}]
        return sorted(left, key=lambda each: -each.seconds)

    @property
    def worst_hours(self) -> list[Hour]:
        """The hours of the day in which the fewest were answered within an hour."""
        told = [each for each in self.hours if each.within_hour.value is not None]
        enough = [each for each in told if each.n >= FEWEST]
        return sorted(enough, key=lambda each: (each.within_hour.value or 0.0, -each.n))[:_WORST]


def window_of(
    export: Export,
    zone: ZoneInfo,
    *,
    start_at: datetime | None,
    end_at: datetime | None,
    as_of: datetime | None,
) -> Window:
    """Choose the window: all of the export, as it stood when it was made, unless told otherwise.

    Where the format does not say when that was, its last message is the last that is known.
    Raises EmptyWindow.
    """
    first, last = export.counts.first_at, export.counts.last_at
    if first is None or last is None:
        raise NoMessages("there are no messages")
    known_until = as_of or max(export.facts.exported_at or last, last)
    midnight = _midnight(known_until, zone)
    start_at = start_at or _midnight(first, zone)
    end_at = end_at or _midnight(midnight + timedelta(hours=36), zone)
    if start_at >= end_at:
        raise EmptyWindow(
            f"{start_at.isoformat()}, the --start, is not before --end, {end_at.isoformat()}"
        )
    return Window(start_at=start_at, end_at=end_at, as_of=known_until)


def outcome(export: Export, window: Window, zone: ZoneInfo, rules: Rules | None = None) -> Outcome:
    """Work out the figures of an export."""
    return _outcome(
        cohort_of(export, window, rules), window, zone, named=export.format.names_agents
    )


@unswept()
def cohort_of(export: Export, window: Window, rules: Rules | None = None) -> list[Measured]:
    """Pair and measure the asks of *window*; only they are held in memory."""
    found = by_opening(_asks(export, window, rules or Rules()))
    return measured(found, as_of=window.as_of, clock=Calendar())


def _asks(export: Export, window: Window, rules: Rules) -> Iterator[Ask]:
    format = export.format
    last = export.counts.last_at
    for conversation in export.conversations():
        happened = events(
            conversation,
            export.automatic,
            channel=format.channel,
            names_agents=format.names_agents,
        )
        if last is not None and last > window.as_of:
            happened = known(happened, window.as_of)
        yield from asks_of(asks(happened, rules), window)


@unswept()
def _outcome(cohort: Sequence[Measured], window: Window, zone: ZoneInfo, *, named: bool) -> Outcome:
    counted = [each for each in cohort if each.status != "withdrawn"]
    waits = answer_waits(counted)
    actors: tuple[Actor, ...] = ("human", "bot") if named else ()
    answered = int(np.count_nonzero(waits.answered))
    return Outcome(
        window=window,
        zone=zone,
        cohort=tuple(cohort),
        withdrawn=len(cohort) - len(counted),
        either=spread(waits, Targets(within_seconds=_WITHIN)),
        by_actor={actor: _answerer(answer_waits(counted, actor)) for actor in actors},
        naive_median=naive_median(waits),
        naive_within_hour=(answered_within(waits, _HOUR) / answered if answered else None),
        hours=_hours(counted, zone),
    )


def _answerer(waits: Waits) -> Answerer:
    return Answerer(
        answered=int(np.count_nonzero(waits.answered)), median=curve(waits).quantile(0.5)
    )


def _hours(counted: Sequence[Measured], zone: ZoneInfo) -> tuple[Hour, ...]:
    waits = answer_waits(counted)
    hours = np.array([each.ask.opened_at.astimezone(zone).hour for each in counted], np.int8)
    return tuple(
        _hour(hour, Waits(waits.seconds[hours == hour], waits.answered[hours == hour]))
        for hour in range(24)
    )


def _hour(hour: int, waits: Waits) -> Hour:
    estimated = curve(waits)
    return Hour(
        hour=hour,
        n=len(waits),
        within_hour=estimated.within(_HOUR),
        median=estimated.quantile(0.5),
    )


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
