"""Ends of ranges that leave out what the other end says, in `intents.normalize.aligned` text.

"20號到25號" and "11月20日到25日", "Dec 20-25" and "from the 20th to the 25th".
"""

import re
from collections.abc import Callable, Iterator

from intents.days_en import MONTH_NAME, MONTHS, WEEKDAYS, any_of
from intents.days_zh import SMALL, small
from intents.edges import FOLLOWS_EN
from intents.moments import (
    Atom,
    Day,
    Now,
    day_of,
    monthly,
    nearest_month,
    nearest_year,
    weekday,
    weekly,
    yearly,
)

# Without one of these characters or words there is no range.
MARKS = frozenset({*"到至~–-", "to", "through", "thru", "until", "till"})
_ZH_TO = r" ?[到至~–-] ?"
_TO = r" ?(?:-|–|~|to|through|thru|until|till) ?"
_TH = r"(?:st|nd|rd|th)"
_WEEK = "一二三四五六日"
_NO_COUNT = r"(?! ?[0-9a-z/%:.]| ?[个天人份件年月元块点时号日盒位杯片桌])"
_FOLLOWS = (
    r"(?=$|[^0-9a-z一-鿿]|[前后之以会可能寄取有去来吗那就的不我都休]|出(?!口)|期间|之间|上班|营业)"
)

_DAYS = re.compile(
    r"(?<![0-9〇零一二两三四五六七八九十月第单编型序订选款门桌路街巷弄段楼棟.#/-])"
    rf"(?P<first>(?P<from>{SMALL})(?P<unit>[日号])){_ZH_TO}(?P<last>(?P<to>{SMALL})(?P=unit)){_FOLLOWS}"
)
_AFTER_MONTH = re.compile(
    rf"月{SMALL}[日号]?{_ZH_TO}(?P<last>(?P<to>{SMALL})[日号])(?![0-9个天人份件年月])"
)
_AFTER_SLASH = re.compile(
    rf"(?<![0-9a-z/.-])[0-9]{{1,2}}/(?P<from>[0-9]{{1,2}}){_ZH_TO}(?P<last>(?P<to>[0-9]{{1,2}})){_NO_COUNT}"
)
_WEEKDAYS_ZH = re.compile(
    rf"(?<![一每两0-9])(?:周|星期|礼拜)[{_WEEK}]{_ZH_TO}(?P<last>(?P<to>[{_WEEK}])){_FOLLOWS}"
)
_NAMED_DAY = re.compile(
    rf"\b{MONTH_NAME} (?:the )?[0-9]{{1,2}}{_TH}?{_TO}(?:the )?(?P<last>(?P<to>[0-9]{{1,2}}){_TH}?)"
    rf"(?![0-9:/%a-z]|\.[0-9]){FOLLOWS_EN}(?! ?(?:{any_of(MONTHS)})\b)"
)
_BEFORE_MONTH = re.compile(
    rf"(?<![0-9a-z/.:-])(?P<first>(?:the )?(?P<from>[0-9]{{1,2}}){_TH}?){_TO}(?:the )?"
    rf"(?P<last>(?P<to>[0-9]{{1,2}}){_TH}? (?:of )?{MONTH_NAME}"
    r"(?:,? (?P<year>[12][0-9]{3}))?)(?![0-9:])"
    rf"{FOLLOWS_EN}"
)
_ORDINALS = re.compile(
    rf"(?<![0-9a-z])(?P<first>(?:the )?(?P<from>[0-9]{{1,2}}){_TH}){_TO}"
    rf"(?P<last>(?:the )?(?P<to>[0-9]{{1,2}}){_TH}){FOLLOWS_EN}"
)
_NAME = any_of(WEEKDAYS)
_SHORT = re.compile(rf"\b(?P<first>(?P<from>{_NAME})){_TO}(?P<last>(?P<to>{_NAME}))\b{FOLLOWS_EN}")


def days(text: str, now: Now) -> Iterator[Atom]:
    """Every end of a range that says less than a day alone would, in no order."""
    for pattern, said in _READERS:
        for match in pattern.finditer(text):
            for end, day in said(match, now):
                if day is not None:
                    yield Atom(*match.span(end), day)


_Ends = Iterator[tuple[str, Day | None]]


def _both(match: re.Match[str], now: Now) -> _Ends:
    yield "first", _numbered(small(match["from"]), now)
    yield from _last(match, now)


def _last(match: re.Match[str], now: Now) -> _Ends:
    yield "last", _numbered(small(match["to"]), now)


def _later(match: re.Match[str], now: Now) -> _Ends:
    if int(match["to"]) > int(match["from"]):
        yield from _last(match, now)


def _numbered(number: int, now: Now) -> Day | None:
    day = nearest_month(number, now.today)
    return Day(day=day, assumed=("month",), since=monthly(number)) if day else None


def _in_week(match: re.Match[str], now: Now) -> _Ends:
    yield "last", _weekday(_WEEK.index(match["to"]), now)


def _in_weeks(match: re.Match[str], now: Now) -> _Ends:
    yield "first", _weekday(WEEKDAYS[match["from"]], now)
    yield "last", _weekday(WEEKDAYS[match["to"]], now)


def _weekday(number: int, now: Now) -> Day:
    day = weekday(now.today, number, weeks=None)
    return Day(day=day, assumed=("week",), weekday=True, since=weekly(number))


def _in_month(match: re.Match[str], now: Now) -> _Ends:
    month, first, last = MONTHS[match["month"]], int(match["from"]), int(match["to"])
    # "Two or three may do."
    if first >= last or (month == 5 and match[0][-4:] == " may" and match["last"][-6:-4].isdigit()):
        return
    for end, number in (("first", first), ("last", last)):
        if match["year"]:
            day = day_of(int(match["year"]), month, number)
            yield end, Day(day=day) if day else None
        else:
            day = nearest_year(month, number, now.today)
            since = yearly(month, number)
            yield end, Day(day=day, assumed=("year",), since=since) if day else None


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Now], _Ends]], ...] = (
    (_DAYS, _both),
    (_AFTER_MONTH, _last),
    (_AFTER_SLASH, _later),
    (_WEEKDAYS_ZH, _in_week),
    (_NAMED_DAY, _last),
    (_BEFORE_MONTH, _in_month),
    (_ORDINALS, _both),
    (_SHORT, _in_weeks),
)
