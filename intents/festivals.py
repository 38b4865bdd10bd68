"""Festivals by name, in `intents.normalize.aligned` text; the `holidays` library knows their days.

The whole of New Year (過年, 春節) is no day, so it is not read. Neither is a date of the lunar
calendar: `lunar` tells where one stands, so that nobody takes it for one of ours.
"""

import re
from collections.abc import Iterator, Mapping, Set
from datetime import date, timedelta
from functools import lru_cache

from intents.days_zh import SMALL, YEAR, small, year_of
from intents.edges import FOLLOWS_EN
from intents.moments import Atom, Day, Now, day_of

# Without one of these characters or words nobody names a festival.
MARKS = frozenset(
    {*"秋端夕诞旦夜初明历", "christmas", "xmas", "eve", "year", "festival", "sweeping"}
)
_JUST = timedelta(days=10)
_FOLLOWS = (
    r"(?=$|[^0-9a-z一-鿿]|[之以]?[前后](?![0-9一二两三四五六七八九十])|当[天日晚]|[那这][天日]|会|可|能|到(?!货通知)|至|不?休"
    r"|有(?:开|营|休|上班|出货|没有)|有没有开|还(?:会|有开)|寄|出货|送[货达到]|营业|开门|的时候|吗)"
)
_CHINESE = re.compile(
    rf"(?<!每年)(?<!每年的)(?<!年年)(?:{YEAR}的?)?(?:(?P<new_year>(?:大年|正月)初(?P<day>[一二三四五六七八九十]))"
    r"|(?P<name>中秋|端午|清明|元旦)节?|(?P<eve>除夕|小年夜)|(?P<christmas>圣诞|耶诞)节?"
    rf"|(?P<silent>平安夜|[圣耶]诞夜)){_FOLLOWS}"
)
_ENGLISH = re.compile(
    r"(?:(?<=on )|(?<=by )|(?<=before )|(?<=after )|(?<=until )|(?<=till )|(?<=since )|(?<=from )"
    r"|(?<=to ))(?:the )?(?P<name>(?:christmas|xmas) eve|(?:christmas|xmas)(?: day)?"
    r"|(?:lunar|chinese) new year['\u2019]?s eve|new year['\u2019]?s (?:eve|day)"
    r"|mid-autumn festival|dragon boat festival|tomb[- ]sweeping day)\b"
    rf"(?:,? (?P<year>20[0-9]{{2}})\b)?{FOLLOWS_EN}"
)
_BEFORE = re.compile(r"[之以]?前")
_LUNAR = re.compile(
    rf"(?:农历|阴历|旧历|夏历) ?(?:{YEAR}的?)?(?:闰?(?:{SMALL}|正|腊)月)?(?:初?{SMALL})?[日号]?"
    rf"|(?:{SMALL}|正|腊)月初[一二三四五六七八九十]"
)
_NAMES = {
    "中秋": "Mid-Autumn Festival",
    "端午": "Dragon Boat Festival",
    "清明": "Tomb-Sweeping Day",
    "mid-autumn festival": "Mid-Autumn Festival",
    "dragon boat festival": "Dragon Boat Festival",
    "tomb-sweeping day": "Tomb-Sweeping Day",
    "tomb sweeping day": "Tomb-Sweeping Day",
}
_NEW_YEAR = "Chinese New Year"
_FIXED = {
    "元旦": (1, 1),
    "christmas": (12, 25),
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "new year's day": (1, 1),
    "new year's eve": (12, 31),
}


def days(text: str, marks: Set[str], now: Now) -> Iterator[Atom]:
    """Every festival that *text* names, in no order."""
    if MARKS.isdisjoint(marks):
        return
    for match in _CHINESE.finditer(text):
        ahead = _BEFORE.match(text, match.end()) is not None
        yield from _said(match, _chinese_name(match), year_of(match, now), now, ahead=ahead)
    for match in _ENGLISH.finditer(text):
        year = int(match["year"]) if match["year"] else None
        ahead = text.endswith(("before ", "by "), 0, match.start())
        yield from _said(match, _english_name(match["name"]), year, now, ahead=ahead)


def lunar(text: str) -> Iterator[tuple[int, int]]:
    """Where *text* tells a day or month of the lunar calendar."""
    return (match.span() for match in _LUNAR.finditer(text))


def _said(
    match: re.Match[str], name: str, year: int | None, now: Now, *, ahead: bool
) -> Iterator[Atom]:
    if year is not None:
        if day := _on(name, year):
            yield Atom(*match.span(), Day(day=day))
        return
    day = _next(name, now.today if ahead else now.today - _JUST)
    if day:
        yield Atom(
            *match.span(),
            Day(day=day, assumed=("year",), since=lambda start: _next(name, start)),
        )


def _chinese_name(match: re.Match[str]) -> str:
    if match["new_year"]:
        return f"{_NEW_YEAR} {small(match['day']) - 1}"
    if match["eve"]:
        return f"{_NEW_YEAR} {-1 if match['eve'] == '除夕' else -2}"
    if match["christmas"]:
        return "christmas"
    if match["silent"]:
        return "christmas eve"
    return str(match["name"])


def _english_name(written: str) -> str:
    if "lunar" in written or "chinese" in written:
        return f"{_NEW_YEAR} -1"
    name = written.replace("\u2019", "'").replace("xmas", "christmas")
    return name.replace("years", "year's")


def _next(name: str, start: date) -> date | None:
    found = (_on(name, start.year + by) for by in range(3))
    return next((one for one in found if one and one >= start), None)


def _on(name: str, year: int) -> date | None:
    if fixed := _FIXED.get(name):
        return day_of(year, *fixed)
    if name.startswith(_NEW_YEAR):
        first = _festivals(year).get(_NEW_YEAR)
        return first + timedelta(days=int(name.removeprefix(_NEW_YEAR))) if first else None
    return _festivals(year).get(_NAMES[name])


@lru_cache(maxsize=64)
def _festivals(year: int) -> Mapping[str, date]:
    """The first day of each festival of that year; empty where the library does not know it."""
    # Costs 0.08 s, which only who speaks of a festival should pay.
    import holidays

    known = holidays.country_holidays("TW", years=year, observed=False, language="en_US")
    return {
        name: day
        for day, names in sorted(known.items(), reverse=True)
        for name in names.split("; ")
    }
