"""Days, weeks and months in English and in digits, in `intents.normalize.aligned` text."""

import re
from collections.abc import Iterator
from datetime import timedelta

from intents.moments import (
    Atom,
    Day,
    Moment,
    Now,
    PartOfDay,
    Reader,
    Said,
    atoms,
    day_of,
    days_on,
    month,
    monthly,
    months_on,
    nearest_month,
    nearest_year,
    next_month,
    week,
    weekday,
    weekly,
    yearly,
)
from intents.numerals import DIGITS, WORDS, number

MONTHS = {
    name[:length]: at
    for at, name in enumerate(
        (
            *("january", "february", "march", "april", "may", "june", "july", "august"),
            *("september", "october", "november", "december"),
        ),
        start=1,
    )
    for length in (len(name), 3)
} | {"sept": 9}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = {name[:length]: at for at, name in enumerate(_DAYS) for length in (len(name), 3)} | {
    "tues": 1,
    "thur": 3,
    "thurs": 3,
}
_NEAR: dict[str, tuple[int, PartOfDay | None]] = {
    **dict.fromkeys(("tomorrow", "tmr", "tmrw"), (1, None)),
    "today": (0, None),
    "yesterday": (-1, None),
    "tonight": (0, "evening"),
    "the day after tomorrow": (2, None),
    "day after tomorrow": (2, None),
    "the day before yesterday": (-2, None),
    "day before yesterday": (-2, None),
    "last night": (-1, "evening"),
    "this morning": (0, "morning"),
    "this afternoon": (0, "afternoon"),
    "this evening": (0, "evening"),
}
_WEEKS = {"last": -1, "this": 0, "next": 1}


def any_of(words: dict[str, int] | dict[str, tuple[int, PartOfDay | None]]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# Without one of these words or a digit English names no day.
MARKS = frozenset(
    {
        *"0123456789",
        *(
            *MONTHS,
            *WEEKDAYS,
            "tomorrow",
            "tmr",
            "tmrw",
            "today",
            "yesterday",
            "tonight",
            "night",
        ),
        *("week", "weeks", "month", "months", "day", "days", "year", "years", "hour", "hours"),
        *("hr", "hrs", "min", "mins", "minute", "minutes", "this"),
    }
)
MONTH_NAME = rf"(?P<month>{any_of(MONTHS)})\b\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![0-9:.a-z])"
_AFTER_PREPOSITION = (
    r"(?:(?<=on )|(?<=by )|(?<=til )|(?<=till )|(?<=until )|(?<=before )|(?<=from )|(?<=for )"
    r"|(?<=about ))"
)

_ISO = re.compile(
    r"(?<![0-9a-z/.-])(?P<year>[0-9]{4}|1[0-4][0-9])(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)"
    r"(?P<day>[0-9]{1,2})(?![0-9]|[-/.][0-9])"
)
_SLASHED = re.compile(
    r"(?:(?<![0-9a-z/.-])|(?<=/[0-9]-)|(?<=/[0-9][0-9]-))(?P<first>[0-9]{1,2})/(?P<second>[0-9]{1,2})(?:/(?P<year>[0-9]{4}|[0-9]{2}))?"
    r"(?![0-9/]| ?[杯个份天碗片]|\.[0-9])"
)
_MONTH_FIRST = re.compile(
    rf"\b{MONTH_NAME} (?:the )?{_DAY}(?:,? (?P<year>[12][0-9]{{3}})(?![0-9:]))?"
    # "It may hold 2-3 people."
    r"(?!(?<=may [0-9])-[0-9]{1,2} [a-z])"
)
_DAY_FIRST = re.compile(
    rf"(?<![0-9a-z/.:-]){_DAY} (?:of )?{MONTH_NAME}(?:,? (?P<year>[12][0-9]{{3}})(?![0-9:]))?"
)
_NEAR_DAY = re.compile(rf"\b(?:{any_of(_NEAR)})\b")
_WEEKDAY = re.compile(
    r"\b(?:(?P<which>next|this coming|coming|this|last) )?(?:(?<!black )(?<!cyber )"
    rf"(?P<full>{'|'.join(_DAYS)})"
    rf"|(?:(?<=next )|(?<=this )|(?<=last )|{_AFTER_PREPOSITION})(?P<short>{any_of(WEEKDAYS)}))\b"
    r"(?!(?: (?:to|and) [a-z]+)? (?:street|st|road|rd|lane|ln|avenue|ave|drive|square)\b)"
)
_STRETCH = re.compile(r"\b(?P<which>next|this|last) (?P<unit>week|month)\b")
_IN_MONTH = re.compile(
    rf"\b(?:(?P<which>next|last|this) |(?<=in )|(?<=by )|(?<=until )|(?<=since )){MONTH_NAME}"
    r"(?: (?P<year>[12][0-9]{3})\b)?(?! ?[0-9])"
)
_COUNT = rf"(?P<count>{DIGITS}|{WORDS})"
_UNIT = r"(?P<unit>minute|min|hour|hr|day|week|month|year)s?\b"
_AHEAD = re.compile(rf"\bin (?P<half>half )?{_COUNT} {_UNIT}(?! ago)")
_AWAY = re.compile(rf"(?<![a-z0-9.]){_COUNT} {_UNIT} (?P<way>ago|from now|from today|later)\b")
_THE_DAY = re.compile(
    rf"{_AFTER_PREPOSITION}the (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)\b"
    r"(?! (?!at|in|please|if|or|and|is|i)[a-z])"
)


def days(text: str, now: Now) -> Iterator[Atom]:
    """Every day, week, month or moment that *text* names, in no order; they may overlap."""
    return atoms(_READERS, text, now)


def _iso(match: re.Match[str], now: Now) -> Said | None:
    year = int(match["year"])
    # Taiwan counts from 1912.
    day = day_of(year + 1911 if year < 200 else year, int(match["month"]), int(match["day"]))
    return Day(day=day) if day else None


def _slashed(match: re.Match[str], now: Now) -> Said | None:
    first, second, told = int(match["first"]), int(match["second"]), match["year"]
    if match[0] == "24/7":
        return None
    swapped = second > 12 >= first or (now.order == "month_day" and first <= 12)
    months, days = (first, second) if swapped else (second, first)
    order = ("order",) if first != second and max(first, second) <= 12 else ()
    if told:
        day = day_of(int(told) + (2000 if len(told) == 2 else 0), months, days)
        return Day(day=day, assumed=order) if day else None
    day = nearest_year(months, days, now.today)
    return Day(day=day, assumed=("year", *order), since=yearly(months, days)) if day else None


def _named(match: re.Match[str], now: Now) -> Said | None:
    number = MONTHS[match["month"]]
    if match["year"]:
        day = day_of(int(match["year"]), number, int(match["day"]))
        return Day(day=day) if day else None
    day = nearest_year(number, int(match["day"]), now.today)
    since = yearly(number, int(match["day"]))
    return Day(day=day, assumed=("year",), since=since) if day else None


def _near(match: re.Match[str], now: Now) -> Said | None:
    away, part = _NEAR[match[0]]
    day = days_on(now.today, away)
    return Day(day=day, part=part) if day else None


def _weekday(match: re.Match[str], now: Now) -> Said | None:
    name, which = match["full"] or match["short"], match["which"]
    number = WEEKDAYS[name]
    day = weekday(now.today, number, weeks=_WEEKS.get(which))
    if which is None:
        return Day(day=day, assumed=("week",), weekday=True, since=weekly(number))
    # Whether "next Friday" may be tomorrow is disputed.
    return Day(day=day, assumed=() if which in {"this", "last"} else ("week",))


def _stretch(match: re.Match[str], now: Now) -> Said | None:
    by = _WEEKS[match["which"]]
    return week(now.today, by) if match["unit"] == "week" else next_month(now.today, by)


def _in_month(match: re.Match[str], now: Now) -> Said | None:
    number = MONTHS[match["month"]]
    if match["year"]:
        return month(int(match["year"]), number)
    day = nearest_year(number, 15, now.today)
    return month(day.year, number) if day else None


def _away(match: re.Match[str], now: Now) -> Said | None:
    groups = match.groupdict()
    count = float(number(groups["count"]) or 0) / (2 if groups.get("half") else 1)
    way = -1 if groups.get("way") == "ago" else 1
    unit = groups["unit"]
    if count > 10_000:
        return None
    if unit in {"minute", "min", "hour", "hr"}:
        return Moment(now.at + way * timedelta(minutes=count * (1 if unit[0] == "m" else 60)))
    if count != int(count):
        return None
    if unit in {"month", "year"}:
        day = months_on(now.today, way * int(count) * (12 if unit == "year" else 1))
    else:
        day = days_on(now.today, way * int(count) * (7 if unit == "week" else 1))
    return Day(day=day) if day else None


def _the_day(match: re.Match[str], now: Now) -> Said | None:
    number = int(match["day"])
    day = nearest_month(number, now.today)
    return Day(day=day, assumed=("month",), since=monthly(number)) if day else None


_READERS: tuple[Reader, ...] = (
    (_ISO, _iso),
    (_SLASHED, _slashed),
    (_MONTH_FIRST, _named),
    (_DAY_FIRST, _named),
    (_NEAR_DAY, _near),
    (_WEEKDAY, _weekday),
    (_STRETCH, _stretch),
    (_IN_MONTH, _in_month),
    (_AHEAD, _away),
    (_AWAY, _away),
    (_THE_DAY, _the_day),
)
