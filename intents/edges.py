"""Beginnings, middles and ends of months and years, in `intents.normalize.aligned` text.

"The end of the month" is its last day: who says it sets a term. `assumed` tells that it was chosen.
"""

import re
from collections.abc import Iterator, Set
from datetime import date, timedelta

from intents.days_en import MONTH_NAME, MONTHS
from intents.days_zh import SMALL, WEEKS, YEAR, small, year_of
from intents.moments import (
    Atom,
    Day,
    Now,
    Reader,
    Said,
    atoms,
    day_of,
    monthly,
    months_on,
    nearest_month,
    nearest_year,
    yearly,
)

# Without one of these characters or words nobody names an edge.
MARKS = frozenset({*"底初中", "end", "beginning", "start", "middle"})
# What goes on behind a day and makes it no part of another word.
FOLLOWS_EN = (
    r"(?= ?(?:$|[,.?!;:)~–-])| (?:please|pls|if|or|and|is|are|i|we|you|it|at|will|for|to|until|till"
    r"|through|but|then|so|do|does|can|could|would|my|because|when|since|as|this|right|ok|okay"
    r"|instead|thanks|thank|in|on|by|latest|works|work|only)\b)"
)
_FOLLOWS = (
    r"(?=$|[^0-9a-z一-鿿]|[前后之以会可能到至寄取有去来吗那就左还再给付交发领补买收的要才也都了]|为止"
    r"|出(?!清)|下[单订]|当天)"
)
_WHOLE = (
    r"(?:(?<=底)(?![薪价板部子座漆层片盘蕴]|下(?![单订]))"
    r"|(?<=初)(?![一二三四五六七八九十春夏秋冬级次始恋])"
    r"|(?<=中)(?=$|[^0-9a-z一-鿿]|[前会可能到寄取去来吗就左]|[之以]前|出货|下[的单订]|有货))"
)
_OF_MONTH = re.compile(
    rf"(?<![0-9个第〇零一二两三四五六七八九十])(?:{YEAR}的?)?(?:(?P<which>下下|上上|下|上|这|本)个?|(?P<month>{SMALL}))"
    rf"月(?:的?月)?(?P<edge>[底初中]){_WHOLE}"
)
_THIS_MONTH = re.compile(
    rf"(?<![0-9每个岁正腊冬闰第〇零一二两三四五六七八九十下上这本月])月(?P<edge>[底初中])"
    rf"{_WHOLE}{_FOLLOWS}"
)
_OF_YEAR = re.compile(
    r"(?:(?P<named>今年|明年|去年|后年|前年)年?|(?<![0-9])(?P<year>20[0-9]{2}|1[0-4][0-9])年年?"
    r"|(?<![0-9每〇零一二两三四五六七八九十百几多大小半整历老新少青童周今明去后前年])年)"
    rf"(?P<edge>[底初])(?![一二三四五六七八九十]){_FOLLOWS}"
)
_ENGLISH = re.compile(
    r"\b(?:the )?(?P<edge>end|beginning|start|middle) of "
    r"(?:(?:(?:the|this|(?P<which>next|last)) )(?P<unit>month|year)|(?P<bare>month)"
    rf"|{MONTH_NAME}(?:,? (?P<year>[12][0-9]{{3}}))?)(?![0-9a-z]){FOLLOWS_EN}"
)
_ENGLISH_EDGES = {"end": "底", "beginning": "初", "start": "初", "middle": "中"}
_NAMED_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
_BY = {"last": -1, "next": 1}
_NUMBERS = {"初": 1, "中": 15}
_LEFT_OPEN = ("day",)


def days(text: str, marks: Set[str], now: Now) -> Iterator[Atom]:
    """Every beginning, middle or end that *text* names, in no order; they may overlap."""
    return iter(()) if MARKS.isdisjoint(marks) else atoms(_READERS, text, now)


def _of_month(match: re.Match[str], now: Now) -> Said | None:
    edge = match["edge"]
    if match["which"]:
        return _away(edge, now.today, WEEKS[match["which"]])
    return _named(edge, small(match["month"]), year_of(match, now), now)


def _named(edge: str, month: int, year: int | None, now: Now) -> Day | None:
    if year is not None:
        day = _edge(year, month, edge)
        return Day(day=day, assumed=_LEFT_OPEN) if day else None
    near = nearest_year(month, 15, now.today)
    day = _edge(near.year, month, edge) if near else None
    if day is None:
        return None
    return Day(day=day, assumed=("year", *_LEFT_OPEN), since=yearly(month, day.day))


def _this_month(match: re.Match[str], now: Now) -> Said | None:
    return _near(match["edge"], now)


def _near(edge: str, now: Now) -> Day | None:
    open_ = ("month", *_LEFT_OPEN)
    if edge == "底":
        return Day(day=_last_day(now.today), assumed=open_, since=_last_day)
    number = _NUMBERS[edge]
    day = nearest_month(number, now.today)
    return Day(day=day, assumed=open_, since=monthly(number)) if day else None


def _away(edge: str, today: date, by: int) -> Day | None:
    there = months_on(today, by)
    day = _edge(there.year, there.month, edge) if there else None
    return Day(day=day, assumed=_LEFT_OPEN) if day else None


def _of_year(match: re.Match[str], now: Now) -> Said | None:
    month = 12 if match["edge"] == "底" else 1
    if match["named"]:
        year = now.today.year + _NAMED_YEARS[match["named"]]
    elif match["year"]:
        year = int(match["year"]) + (1911 if int(match["year"]) < 200 else 0)
    else:
        return _near_year(month, now)
    day = _edge(year, month, match["edge"])
    return Day(day=day, assumed=_LEFT_OPEN) if day else None


def _near_year(month: int, now: Now) -> Day | None:
    """The end is that of this year; its beginning may be that of the next."""
    number = 31 if month == 12 else 1
    year = now.today.year
    day = day_of(year, 12, 31) if month == 12 else nearest_year(1, 1, now.today)
    assumed = ("year", *_LEFT_OPEN)
    return Day(day=day, assumed=assumed, since=yearly(month, number)) if day and year else None


def _english(match: re.Match[str], now: Now) -> Said | None:
    edge, which = _ENGLISH_EDGES[match["edge"]], match["which"]
    if match["month"]:
        year = int(match["year"]) if match["year"] else None
        return _named(edge, MONTHS[match["month"]], year, now)
    if match["unit"] == "year":
        return _english_year(edge, which, now)
    return _away(edge, now.today, _BY[which]) if which else _near(edge, now)


def _english_year(edge: str, which: str | None, now: Now) -> Day | None:
    if edge == "中":
        return None
    month = 12 if edge == "底" else 1
    if not which:
        return _near_year(month, now)
    day = _edge(now.today.year + _BY[which], month, edge)
    return Day(day=day, assumed=_LEFT_OPEN) if day else None


def _edge(year: int, month: int, edge: str) -> date | None:
    first = day_of(year, month, 1)
    if first is None:
        return None
    return _last_day(first) if edge == "底" else first.replace(day=_NUMBERS[edge])


def _last_day(day: date) -> date:
    """The last day of that month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


_READERS: tuple[Reader, ...] = (
    (_OF_MONTH, _of_month),
    (_THIS_MONTH, _this_month),
    (_OF_YEAR, _of_year),
    (_ENGLISH, _english),
)
