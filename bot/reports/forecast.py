"""Next week's work: how many will ask in each hour, and what will pile up with so many people.

Messages are answered hours later, so no queueing formula holds for them: the arrivals expected for
each hour are replayed through the opening hours. The expected count of an hour is the mean of the
same weekday and hour in the past weeks; its interval is the negative binomial one of a Poisson rate
with Jeffreys' gamma prior.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.reports.hours import Clock

WEEKS = 8
FEWEST_WEEKS = 2
_HOUR = timedelta(hours=1)
_SECONDS = 3600.0
_TAIL = 0.025
IsHoliday = Callable[[date], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Expect so many asks in the hour from *at* on, with the 95 % interval.

    *seen* came in the *weeks* that count; all three are None where these are too few.
    """

    at: datetime
    weeks: int
    seen: int
    expected: float | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Say how many people answer while it is open, and the seconds that one ask keeps one busy."""

    agents: int
    handling_seconds: float
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Tell one hour: who comes, how many can be answered, how many still wait at its end.

    *wait_seconds* is how long somebody who asks in it waits; None: longer than is looked ahead.
    """

    arrivals: Arrivals
    capacity: float
    backlog: float
    wait_seconds: float | None


def expected(
    opened: Sequence[datetime],
    *,
    began_at: datetime,
    now: datetime,
    zone: ZoneInfo,
    is_holiday: IsHoliday,
    hours: int = 7 * 24,
) -> tuple[Arrivals, ...]:
    """Expect arrivals for each of the next full *hours*, from the instants at which asks *opened*.

    Only hours since *began_at*, the first ask ever, count; holidays do not.
    """
    counts: dict[datetime, int] = {}
    for at in opened:
        counts[_full(at)] = counts.get(_full(at), 0) + 1
    first = _full(now) + _HOUR
    return tuple(
        _arrivals(first + _HOUR * place, counts, _full(began_at), _full(now), zone, is_holiday)
        for place in range(hours)
    )


def replayed(
    arrivals: Sequence[Arrivals], shift: Shift, *, backlog: float, share: float = 1.0
) -> tuple[Load, ...]:
    """Send *share* of the arrivals to the people, who answer the oldest first.

    *backlog* asks wait for them already.
    """
    capacities = [_capacity(each.at, shift) for each in arrivals]
    loads: list[Load] = []
    for place, each in enumerate(arrivals):
        coming = (each.expected or 0.0) * share
        wait = _wait(backlog, coming, capacities[place:])
        backlog = max(0.0, backlog + coming - capacities[place])
        loads.append(
            Load(arrivals=each, capacity=capacities[place], backlog=backlog, wait_seconds=wait)
        )
    return tuple(loads)


def in_time(loads: Iterable[Load], seconds: float) -> float | None:
    """Predict the share of the arrivals answered within *seconds*; None if nobody is expected."""
    listed = list(loads)
    whole = sum(each.arrivals.expected or 0.0 for each in listed)
    if not whole:
        return None
    kept = sum(
        each.arrivals.expected or 0.0
        for each in listed
        if each.wait_seconds is not None and each.wait_seconds <= seconds
    )
    return kept / whole


def _arrivals(
    at: datetime,
    counts: dict[datetime, int],
    began_at: datetime,
    now: datetime,
    zone: ZoneInfo,
    is_holiday: IsHoliday,
) -> Arrivals:
    same = [
        past
        for past in _same_hours(at, zone)
        if began_at <= past < now and not is_holiday(past.astimezone(zone).date())
    ]
    seen = sum(counts.get(past, 0) for past in same)
    weeks = len(same)
    if weeks < FEWEST_WEEKS:
        return Arrivals(at=at, weeks=weeks, seen=seen, expected=None, low=None, high=None)
    low, high = interval(seen, weeks)
    return Arrivals(at=at, weeks=weeks, seen=seen, expected=seen / weeks, low=low, high=high)


def _same_hours(at: datetime, zone: ZoneInfo) -> list[datetime]:
    """The same local hours of the past weeks: clocks may have been turned between."""
    local = at.astimezone(zone).replace(tzinfo=None)
    return [
        (local - timedelta(weeks=week)).replace(tzinfo=zone).astimezone(UTC)
        for week in range(1, WEEKS + 1)
    ]


def interval(seen: int, weeks: int) -> tuple[int, int]:
    """Give the 95 % prediction interval for one more week after *seen* asks in *weeks* weeks."""
    shape, stays = seen + 0.5, weeks / (weeks + 1)
    # The mass of no ask at all may be too small for a float; its logarithm is not.
    mass = shape * math.log(stays)
    total, count = math.exp(mass), 0
    low: int | None = None
    while total < 1 - _TAIL:
        if low is None and total > _TAIL:
            low = count
        mass += math.log((shape + count) / (count + 1) * (1 - stays))
        count += 1
        total += math.exp(mass)
    return (count if low is None else low), count


def _capacity(at: datetime, shift: Shift) -> float:
    return shift.agents * shift.clock.seconds(at, at + _HOUR) / shift.handling_seconds


def _wait(backlog: float, coming: float, capacities: Sequence[float]) -> float | None:
    """How long one waits who comes in the middle of the first of these hours."""
    first, *later = capacities
    ahead = max(backlog + (coming - first) / 2, 0.0)
    if first and ahead <= first / 2:
        return ahead / first * _SECONDS
    ahead -= first / 2
    waited = _SECONDS / 2
    for capacity in later:
        if capacity and ahead <= capacity:
            return waited + max(ahead, 0.0) / capacity * _SECONDS
        ahead -= capacity
        waited += _SECONDS
    return None


def _full(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
