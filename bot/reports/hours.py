"""Two clocks for a wait: the calendar, and a brand's opening hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

# Opening and closing time; a closing time not after the opening one is on the next day.
Period = tuple[time, time]
Shift = tuple[datetime, datetime]
Week = Mapping[int, tuple[Period, ...]]

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Clock(Protocol):
    """Measure how long somebody waited. Instants are aware, in any zone."""

    @property
    def name(self) -> str:
        """Name the clock beside every figure: "calendar" or "business"."""

    def seconds(self, start_at: datetime, end_at: datetime) -> float:
        """Count the seconds between two instants; 0 if *end_at* is not later."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Count every second."""

    name: str = "calendar"

    def seconds(self, start_at: datetime, end_at: datetime) -> float:
        if start_at.tzinfo is not UTC or end_at.tzinfo is not UTC:
            # Python subtracts wall clocks when both sides share one zone.
            start_at, end_at = start_at.astimezone(UTC), end_at.astimezone(UTC)
        seconds = (end_at - start_at).total_seconds()
        return seconds if seconds > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Count only the seconds in which the brand is open.

    *weekly* maps weekdays (Monday is 0) to periods; *earlier* holds the weeks that were in force
    before it, each until the day it is kept under, that day excluded. A shift belongs to the
    local date it starts on: a holiday removes the shifts that start on it, *special* replaces
    those of its dates, holiday or not. A local time in a DST gap takes the offset before the gap,
    a repeated one is its first occurrence (RFC 5545, 3.3.5).
    """

    zone: ZoneInfo
    weekly: Week
    earlier: Mapping[date, Week] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)
    name: str = "business"
    _shifts: dict[date, tuple[Shift, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def seconds(self, start_at: datetime, end_at: datetime) -> float:
        total = timedelta()
        counted_until, end_at = start_at.astimezone(UTC), end_at.astimezone(UTC)
        for opens_at, closes_at in self._between(start_at, end_at):
            begin_at = max(opens_at, counted_until)
            until_at = min(closes_at, end_at)
            if until_at > begin_at:
                total += until_at - begin_at
                counted_until = until_at
        return total / _SECOND

    def is_open(self, at: datetime) -> bool:
        """Tell whether the brand is open at *at*; the closing instant itself is closed."""
        return any(opens_at <= at < closes_at for opens_at, closes_at in self._between(at, at))

    def week(self, day: date) -> Week:
        """Find the week that was or will be in force on *day*."""
        over = min((until for until in self.earlier if day < until), default=None)
        return self.weekly if over is None else self.earlier[over]

    def shifts(self, day: date) -> tuple[Shift, ...]:
        """List the shifts that start on a local *day*, as instants in UTC."""
        known = self._shifts.get(day)
        if known is None:
            known = tuple(
                self._shift(day, period)
                for period in sorted(self._periods(day), key=lambda period: period[0])
            )
            self._shifts[day] = known
        return known

    def _between(self, start_at: datetime, end_at: datetime) -> Iterable[Shift]:
        # Yesterday's night shift may still be running.
        day = start_at.astimezone(self.zone).date() - _DAY
        last = end_at.astimezone(self.zone).date()
        while day <= last:
            yield from self.shifts(day)
            day += _DAY

    def _periods(self, day: date) -> tuple[Period, ...]:
        if day in self.special:
            return self.special[day]
        if day in self.holidays:
            return ()
        return self.week(day).get(day.weekday(), ())

    def _shift(self, day: date, period: Period) -> Shift:
        opens, closes = period
        closing_day = day if closes > opens else day + _DAY
        return self._instant(day, opens), self._instant(closing_day, closes)

    def _instant(self, day: date, local: time) -> datetime:
        return datetime.combine(day, local.replace(fold=0), self.zone).astimezone(UTC)


def public_holidays(country: str, years: Iterable[int]) -> frozenset[date]:
    """List a country's public holidays (ISO 3166 code, such as "TW").

    Raises NotImplementedError for a country that the holidays library does not know.
    """
    # Costs 0.08 s, which only brands with public holidays should pay.
    import holidays

    return frozenset(holidays.country_holidays(country, years=list(years)))
