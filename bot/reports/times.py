"""How long answers take: the curve, its percentiles over time, and the hours of the week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.reports.choice import Choice, Cohort
from bot.reports.estimate import Estimate, curve
from bot.reports.groups import Group, group
from bot.reports.heatmap import heatmap
from bot.reports.waits import Wait, wait_for

# As long as this, each day has its point; then each week, then each month.
_MOST_DAYS, _MOST_WEEKS = 31, 190
_DAY = timedelta(days=1)
Step = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Describe the asks opened from *first* to *last*, both local days of the window."""

    first: date
    last: date
    n: int
    median: Estimate
    p90: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """Describe one weekday (Monday is 0) and hour: *asks* is all, *n* those that waited for it."""

    weekday: int
    hour: int
    asks: int
    exposure_hours: float
    per_hour: float
    n: int
    within: Estimate
    median: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Hold all that the page of response times shows."""

    whole: Group[str]
    step: Step
    periods: tuple[Period, ...]
    week: tuple[Hour, ...]


def times(cohort: Cohort) -> Times:
    """Work out the page, with one pass over the asks for its days and hours."""
    choice = cohort.choice
    counted = cohort.counted
    step = _step(choice)
    opened: dict[date, list[Wait]] = {first: [] for first, _ in _periods(choice, step)}
    # The first week or month may have begun before the window.
    earliest = next(iter(opened))
    by_hour: dict[tuple[int, int], list[Wait]] = {}
    instants: list[datetime] = []
    for each in counted:
        local = each.ask.opened_at.astimezone(choice.zone)
        instants.append(local)
        wait = wait_for(each, choice.measure, choice.actor)
        if wait is not None:
            opened[max(_first_of(local.date(), step), earliest)].append(wait)
            by_hour.setdefault((local.weekday(), local.hour), []).append(wait)
    return Times(
        whole=group("all", counted, cohort.counted_before, choice),
        step=step,
        periods=tuple(
            _period(first, last, opened[first]) for first, last in _periods(choice, step)
        ),
        week=_week(instants, by_hour, choice),
    )


def _week(
    instants: Iterable[datetime], waits: dict[tuple[int, int], list[Wait]], choice: Choice
) -> tuple[Hour, ...]:
    window = choice.window
    cells = heatmap(
        instants,
        start_at=window.start_at,
        end_at=min(window.end_at, max(window.as_of, window.start_at)),
        zone=choice.zone,
    )
    return tuple(
        _hour(cell.weekday, cell.hour, cell.asks, cell.exposure_hours, waits, choice)
        for cell in cells
    )


def _hour(
    weekday: int,
    hour: int,
    asks: int,
    exposure: float,
    waits: dict[tuple[int, int], list[Wait]],
    choice: Choice,
) -> Hour:
    ours = waits.get((weekday, hour), [])
    estimated = curve(ours)
    return Hour(
        weekday=weekday,
        hour=hour,
        asks=asks,
        exposure_hours=exposure,
        per_hour=asks / exposure,
        n=len(ours),
        within=estimated.within(choice.target_seconds),
        median=estimated.quantile(0.5),
    )


def _period(first: date, last: date, waits: Sequence[Wait]) -> Period:
    estimated = curve(waits)
    return Period(
        first=first,
        last=last,
        n=len(waits),
        median=estimated.quantile(0.5),
        p90=estimated.quantile(0.9),
    )


def _step(choice: Choice) -> Step:
    days = (choice.window.end_at - choice.window.start_at) / _DAY
    if days <= _MOST_DAYS:
        return "day"
    return "week" if days <= _MOST_WEEKS else "month"


def _periods(choice: Choice, step: Step) -> list[tuple[date, date]]:
    first, last = _days(choice)
    found: list[tuple[date, date]] = []
    while first <= last:
        after = _after(first, step)
        found.append((first, min(after - _DAY, last)))
        first = after
    return found


def _days(choice: Choice) -> tuple[date, date]:
    window = choice.window
    end = window.end_at - timedelta(microseconds=1)
    return window.start_at.astimezone(choice.zone).date(), end.astimezone(choice.zone).date()


def _first_of(day: date, step: Step) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _after(first: date, step: Step) -> date:
    if step == "day":
        return first + _DAY
    if step == "week":
        return _first_of(first, step) + timedelta(days=7)
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)
