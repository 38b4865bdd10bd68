"""A report: the asks of a window, by actor, channel and day, as known at one instant."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from bot.reports.ask import Ask
from bot.reports.estimate import Estimate, curve
from bot.reports.figures import Figures, Spread, Standing, Targets, figures, spread
from bot.reports.hours import Calendar, Clock
from bot.reports.unswept import unswept
from bot.reports.waits import (
    BLANK,
    Columns,
    Measured,
    Waits,
    each_measured,
    human_waits,
    measured,
)

_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Choose the asks opened in [start_at, end_at), as everything stood at *as_of*.

    Kept in UTC; raises ValueError for a naive time.
    """

    start_at: datetime
    end_at: datetime
    as_of: datetime

    def __post_init__(self) -> None:
        for name in ("start_at", "end_at", "as_of"):
            instant: datetime = getattr(self, name)
            if instant.tzinfo is None:
                raise ValueError(f"{name}: the time {instant.isoformat()} has no zone")
            object.__setattr__(self, name, instant.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class ByActor:
    """Keep who answered apart: one blended median would hide both."""

    bot: Figures
    human: Figures
    either: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFigures:
    """Report one channel."""

    channel: str
    by_actor: ByActor


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Report the asks opened on one local day; None where too little time has passed."""

    day: date
    n: int
    answered: int
    within_hour: Estimate
    median: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold all figures of a window with what they mean: instant, clock and zone.

    *withdrawn* asks are in no other figure. *touch* is the wait for the first sign of life,
    *human_wait* the wait of handed-over asks for the first agent message.
    """

    window: Window
    clock: str
    zone: str
    withdrawn: int
    by_actor: ByActor
    touch: Spread
    human_wait: Spread
    channels: tuple[ChannelFigures, ...]
    days: tuple[Day, ...]


@unswept()
def report(
    asks: Iterable[Ask],
    window: Window,
    *,
    zone: ZoneInfo,
    clock: Clock | None = None,
    targets: Targets | None = None,
) -> Report:
    """Report on the *asks* of *window*. *zone* is the brand's, for its days; the calendar is
    the clock unless opening hours are given.
    """
    clock = clock or Calendar()
    cohort = each_measured(asks_of(asks, window), as_of=window.as_of, clock=clock)
    return report_on(Columns.of(cohort), window, zone=zone, clock_name=clock.name, targets=targets)


@unswept()
def report_on(
    cohort: Columns,
    window: Window,
    *,
    zone: ZoneInfo,
    clock_name: str,
    targets: Targets | None = None,
) -> Report:
    """Report on asks of *window* that were measured as of its instant, by the clock so named."""
    targets = targets or Targets()
    counted = cohort.part(cohort.statuses != "withdrawn")
    return Report(
        window=window,
        clock=clock_name,
        zone=zone.key,
        withdrawn=len(cohort) - len(counted),
        by_actor=by_actor(counted, targets),
        touch=spread(counted.touch_waits(), targets),
        human_wait=spread(human_waits(counted.asks.tolist()), targets),
        channels=_channels(counted, targets),
        days=days(counted, window, zone),
    )


def asks_of(asks: Iterable[Ask], window: Window) -> Iterator[Ask]:
    """Pick the asks of *window*, which had to be open by its *as_of*."""
    start_at, end_at, as_of = window.start_at, window.end_at, window.as_of
    return (
        ask
        for ask in asks
        if start_at <= (opened_at := ask.opened_at) < end_at and opened_at <= as_of
    )


def report_json(report: Report) -> dict[str, Any]:
    """Turn a report into JSON values: instants in ISO 8601 UTC, durations in seconds."""
    return {name: plain(value) for name, value in asdict(report).items()}


def rows(
    asks: Iterable[Ask], *, as_of: datetime, clock: Clock | None = None
) -> list[dict[str, Any]]:
    """List one row per ask: instants as datetimes, waits in seconds of *clock*, lists joined."""
    return rows_of(measured(asks, as_of=as_of, clock=clock or Calendar()))


def rows_of(cohort: Iterable[Measured]) -> list[dict[str, Any]]:
    """List the same rows of asks that were measured already."""
    return [flat(facts(each)) for each in cohort]


def columns_of_asks() -> list[str]:
    """What a row of `rows_of` tells, for files without rows."""
    return list(facts(BLANK))


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Join the lists of a row for one cell each: ids by spaces, words by semicolons."""
    return {
        name: (" " if name == "message_ids" else "; ").join(value)
        if isinstance(value, tuple)
        else value
        for name, value in row.items()
    }


def facts(each: Measured) -> dict[str, Any]:
    """Tell all that files and programs learn of one ask; what is several is a tuple."""
    ask = each.ask
    return {
        "ask": ask.id,
        "channel": ask.channel,
        "surface": ask.surface,
        "conversation": ask.conversation,
        "post": ask.post,
        "author": ask.author,
        "status": each.status,
        "opened_at": ask.opened_at,
        "touched_at": ask.touched_at,
        "handed_over_at": ask.handed_over_at,
        "human_at": ask.human_at,
        "closed_at": ask.closed_at,
        "answered_at": ask.answered_at,
        "withdrawn_at": ask.withdrawn_at,
        "answered_by": ask.answered_by,
        "agent": ask.agent,
        "wait_seconds": each.seconds,
        "first_touch_seconds": None if ask.touched_at is None else each.touch_seconds,
        "human_wait_seconds": each.human_seconds,
        "first_in_thread": ask.first_in_thread,
        "messages": len(ask.message_ids),
        "message_ids": ask.message_ids,
        "answer_id": ask.answer_id,
        "account": ask.account,
        "intent": ask.intent,
        "language": ask.language,
        "labels": ask.labels,
        "handoff_reason": ask.handoff_reason,
        "taken_at": ask.taken_at,
        "taken_by": ask.taken_by,
        "asked_again_at": ask.asked_again_at,
        "unneeded_at": ask.unneeded_at,
        "unneeded_by": ask.unneeded_by,
    }


def by_actor(asks: Columns, targets: Targets) -> ByActor:
    """Work out the figures of a group for bot, human and either."""
    standing = Standing.of(asks)
    return ByActor(
        bot=figures(standing, targets=targets, actor="bot"),
        human=figures(standing, targets=targets, actor="human"),
        either=figures(standing, targets=targets, actor="either"),
    )


def _channels(asks: Columns, targets: Targets) -> tuple[ChannelFigures, ...]:
    return tuple(
        ChannelFigures(
            channel=channel, by_actor=by_actor(asks.part(asks.channels == channel), targets)
        )
        for channel in sorted(set(asks.channels.tolist()))
    )


def days(asks: Columns, window: Window, zone: ZoneInfo) -> tuple[Day, ...]:
    """Report each local day of *window*, empty ones too."""
    order = np.argsort(asks.opened_at, kind="stable")
    opened, waits = asks.opened_at[order].tolist(), asks.answer_waits("either")
    waits = Waits(waits.seconds[order], waits.answered[order])
    dates = list(_dates(window, zone))
    ends = [bisect_left(opened, _midnight(day + timedelta(days=1), zone)) for day in dates]
    begins = [0, *ends]
    return tuple(
        _day(day, waits[begin:end]) for day, begin, end in zip(dates, begins, ends, strict=False)
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _day(day: date, waits: Waits) -> Day:
    estimated = curve(waits)
    return Day(
        day=day,
        n=len(waits),
        answered=int(np.count_nonzero(waits.answered)),
        within_hour=estimated.within(_HOUR_SECONDS),
        median=estimated.quantile(0.5),
    )


def _dates(window: Window, zone: ZoneInfo) -> Iterable[date]:
    day = window.start_at.astimezone(zone).date()
    last = (window.end_at - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def plain(value: object) -> object:
    """Turn values of a report into JSON values: instants in ISO 8601 UTC."""
    match value:
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
