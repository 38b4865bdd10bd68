"""What a stretch of text says about time, before it is known what belongs together."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from intents.match import DateOrder

PartOfDay = Literal["early_morning", "morning", "noon", "afternoon", "evening", "night"]
# "Three o'clock" in a shop's messages is in the afternoon, "nine o'clock" in the morning.
_FIRST_OF_MORNING = 7
# A day of the month that is so long ago is still spoken of: "I ordered on the 20th".
_JUST = timedelta(days=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An hour and minute as said; *exact* if the words leave no half of the day open."""

    hour: int
    minute: int = 0
    exact: bool = False

    def at(self, part: PartOfDay | None) -> tuple[time, int, bool]:
        """The time in *part* of the day, the days after that day, and whether it is a guess."""
        if self.exact or self.hour > 12:
            return time(self.hour % 24, self.minute), self.hour // 24, False
        hour, later = _in_part(self.hour, part)
        guessed = part is None and self.hour < 12
        return time(hour, self.minute), later, guessed


def _in_part(hour: int, part: PartOfDay | None) -> tuple[int, int]:
    match part:
        case "evening" | "night" if hour == 12:
            return 0, 1
        case "evening" if hour < 5:
            return hour, 1
        case "night" if hour < 6:
            return hour, 0
        case "early_morning" | "morning":
            return (0 if hour == 12 and part == "early_morning" else hour), 0
        case "noon":
            return (hour + 12 if hour < 10 else hour), 0
        case None:
            return (hour if _FIRST_OF_MORNING <= hour <= 12 or hour == 0 else hour + 12), 0
        case _:
            return hour % 12 + 12, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day; *part* of it, if the same word says that, too.

    *since* tells the first day of that name from another day on: where the words leave open which
    one is meant, a range that begins there tells. None if they leave nothing open.
    """

    day: date
    part: PartOfDay | None = None
    assumed: tuple[str, ...] = ()
    weekday: bool = False
    since: Callable[[date], date | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A month or a week, as ISO 8601 writes it."""

    name: Literal["month", "week"]
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of some day."""

    part: PartOfDay


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment so long from now."""

    at: datetime


Said = Hour | Day | Stretch | Part | Moment


@dataclass(frozen=True, slots=True)
class Atom:
    """``text[start:end]`` says *said*."""

    start: int
    end: int
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The moment that a message speaks from, in the brand's zone, and how it orders 3/4."""

    at: datetime
    order: DateOrder = "month_day"

    @property
    def today(self) -> date:
        return self.at.date()


def day_of(year: int, month: int, day: int) -> date | None:
    """That day, None if there is none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def nearest_year(month: int, day: int, today: date) -> date | None:
    """The day of that name that is nearest to *today*: customers speak of past orders, too."""
    found = (day_of(today.year + by, month, day) for by in (-1, 0, 1))
    return min((one for one in found if one), key=lambda one: abs(one - today), default=None)


def nearest_month(day: int, today: date, *, ahead: bool = False) -> date | None:
    """The day of that number that comes next; unless *ahead*, the last one if only days ago."""
    months = ((today.year * 12 + today.month - 1 + by) for by in (-1, 0, 1, 2))
    found = (day_of(month // 12, month % 12 + 1, day) for month in months)
    return next((one for one in found if one and one >= (today if ahead else today - _JUST)), None)


def yearly(month: int, day: int) -> Callable[[date], date | None]:
    """Tell the first such day from another day on; None where no calendar has it."""

    def since(start: date) -> date | None:
        found = (day_of(start.year + by, month, day) for by in range(9))
        return next((one for one in found if one and one >= start), None)

    return since


def monthly(day: int) -> Callable[[date], date | None]:
    """Tell the first day of that number from another day on."""
    return lambda start: nearest_month(day, start, ahead=True)


def weekly(day: int) -> Callable[[date], date | None]:
    """Tell the first *day* of a week (0 is Monday) from another day on."""
    return lambda start: weekday(start, day, weeks=None)


def months_on(today: date, count: int) -> date | None:
    """The same day *count* months on, or the month's last."""
    month = today.year * 12 + today.month - 1 + count
    days = (day_of(month // 12, month % 12 + 1, today.day - less) for less in range(4))
    return next((one for one in days if one), None)


def days_on(today: date, count: int) -> date | None:
    """The day *count* days on; None beyond the calendar."""
    try:
        return today + timedelta(days=count)
    except OverflowError:
        return None


def week(today: date, by: int) -> Stretch:
    """The week *by* weeks on."""
    year, number, _ = (today + timedelta(weeks=by)).isocalendar()
    return Stretch(name="week", value=f"{year}-W{number:02}")


def month(year: int, number: int) -> Stretch | None:
    """The month *number* of *year*."""
    known = 1 <= number <= 12 and 1 <= year <= 9999
    return Stretch(name="month", value=f"{year:04}-{number:02}") if known else None


def next_month(today: date, by: int) -> Stretch | None:
    """The month *by* months on."""
    at = today.year * 12 + today.month - 1 + by
    return month(at // 12, at % 12 + 1)


def weekday(today: date, day: int, *, weeks: int | None) -> date:
    """The *day* (0 is Monday) of the week *weeks* on; None means the next one, today included."""
    if weeks is None:
        return today + timedelta(days=(day - today.weekday()) % 7)
    return today + timedelta(days=day - today.weekday(), weeks=weeks)


# A pattern, and what its matches say; None where they say nothing.
Reader = tuple[re.Pattern[str], Callable[[re.Match[str], Now], Said | None]]


def atoms(readers: Sequence[Reader], text: str, now: Now) -> Iterator[Atom]:
    """All that *readers* find in *text*, in no order; they may overlap."""
    for pattern, said in readers:
        for match in pattern.finditer(text):
            value = said(match, now)
            if value is not None:
                yield Atom(*match.span(), value)
