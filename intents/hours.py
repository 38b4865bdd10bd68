"""Times of the day, in Chinese and English, in `intents.normalize.aligned` text."""

import re
from collections.abc import Callable, Iterator

from intents.moments import Atom, Hour, Part, PartOfDay
from intents.numerals import number

_PARTS: dict[str, PartOfDay] = {
    "凌晨": "early_morning",
    **dict.fromkeys(("清晨", "早上", "早晨", "上午", "morning"), "morning"),
    **dict.fromkeys(("中午",), "noon"),
    **dict.fromkeys(("下午", "午后", "afternoon"), "afternoon"),
    **dict.fromkeys(("傍晚", "晚上", "晚间", "evening"), "evening"),
    **dict.fromkeys(("半夜", "深夜", "夜里", "night"), "night"),
}
_HOURS = {
    name: at
    for at, name in enumerate(
        (
            *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
            *("eleven", "twelve"),
        ),
        start=1,
    )
}
# Without one of these characters or words nobody names a time.
MARKS = frozenset(
    {
        *"0123456789点时早晚午夜凌傍",
        *("morning", "afternoon", "evening", "night", "noon", "midday", "midnight", "clock"),
        *("oclock", "half", "quarter", *_HOURS),
    }
)
_QUARTERS = {"半": 30, "一刻": 15, "三刻": 45}
_PAST = {"half past": 30, "quarter past": 15, "a quarter past": 15}

_HAN = r"(?:[0-9]{1,2}|[零一二两三四五六七八九十]{1,3})"
_ENGLISH = rf"(?P<hour>[0-9]{{1,2}}|{'|'.join(sorted(_HOURS, key=len, reverse=True))})"
_HALF = r"(?P<half>[ap])\.?m\b\.?"

_PART = re.compile(
    rf"(?:{'|'.join(one for one in _PARTS if not one.isascii())})(?!好|安)"
    r"|(?<!good )(?<!your )(?<!, )(?<!^)\b(?:morning|afternoon|evening|night)\b"
)
_COLON = re.compile(
    rf"(?<![0-9:.a-z])(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-5][0-9])(?![0-9])(?: ?{_HALF})?"
)
_AM_PM = re.compile(rf"(?<![0-9:.a-z])(?P<hour>[0-9]{{1,2}})(?:\.(?P<minute>[0-5][0-9]))? ?{_HALF}")
_CHINESE = re.compile(
    rf"(?<![0-9.零一二两三四五六七八九十第])(?:(?P<from>{_HAN})[-~–到至])?(?P<hour>{_HAN})"
    r"(?:点钟?|时(?:整|(?=[0-9半一二三四五六七八九十 前后之以左到]|$|[^一-鿿])))"
    rf"(?P<more>半|一刻|三刻|整|[0-9]{{1,2}}分?|[零一二三四五六七八九十]{{1,3}}分?)?"
)
_NAMED = re.compile(r"\b(?:noon|midday)\b|正午|\bmidnight\b|午夜")
_PAST_HOUR = re.compile(rf"\b(?P<past>half past|(?:a )?quarter past|quarter to) {_ENGLISH}\b")
_O_CLOCK = re.compile(rf"\b{_ENGLISH} ?o'?clock\b")
_AT = re.compile(
    rf"\b(?:at|by|around|before|after|until|till) {_ENGLISH}(?= *(?:$|[,!?;)]|\.(?![0-9])"
    r"|(?:tomorrow|tonight|today|on|in the|please|or|sharp|ish|and|this|next)\b))"
)
# "Three points" that somebody makes are no time.
_POINTS = re.compile(r" ?(?:建议|问题|想|要|请|意见|疑问|说明)")
_MENTION = "有这那几以前后差"


def hours(text: str) -> Iterator[Atom]:
    """Every time and part of the day that *text* names, in no order; they may overlap."""
    for match in _PART.finditer(text):
        yield Atom(*match.span(), Part(_PARTS[match[0]]))
    for pattern, said in _READERS:
        for match in pattern.finditer(text):
            yield from said(match, text)


def _clock(match: re.Match[str], _: str) -> Iterator[Atom]:
    told = match.groupdict()
    hour, minute = int(told["hour"]), int(told.get("minute") or 0)
    if told["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if told["half"] == "p" else 0)
        yield Atom(*match.span(), Hour(hour=hour, minute=minute, exact=True))
    elif hour <= 24 and not (hour == 24 and minute):
        # Who writes 09:30 or 10:30 counts to 24.
        exact = bool(told["half"]) or hour >= 10 or told["hour"][0] == "0"
        yield Atom(*match.span(), Hour(hour=hour, minute=minute, exact=exact))


def _chinese(match: re.Match[str], text: str) -> Iterator[Atom]:
    hour, minute = number(match["hour"]), _minute(match["more"] or "")
    if hour is None or hour > 24 or minute is None or _is_a_point(match, text):
        return
    first = number(match["from"]) if match["from"] else None
    if first is not None and first <= 24:
        yield Atom(*match.span("from"), Hour(hour=int(first)))
    said = Hour(hour=int(hour), minute=minute, exact=hour == 0)
    yield Atom(match.start("hour"), match.end(), said)


def _minute(told: str) -> int | None:
    """Minutes after the hour; None where it is no minute but a decimal: 三點五 is 3.5."""
    if told in _QUARTERS:
        return _QUARTERS[told]
    digits = told.removesuffix("分").removesuffix("整")
    if not digits:
        return 0
    if len(digits) == 1 and not told.endswith("分") and not digits.startswith("十"):
        return None
    found = number(digits)
    return int(found) if found is not None and found < 60 else None


def _is_a_point(match: re.Match[str], text: str) -> bool:
    """Whether it says "a bit", or how many points somebody makes, and no time."""
    before = text[max(0, match.start() - 2) : match.start()]
    announced = any(before.endswith(part[-1]) for part in _PARTS if not part.isascii())
    if announced or match["more"] or match[0].endswith("钟"):
        return False
    if match["hour"] == "一":
        return True
    return before[-1:] in set(_MENTION) or bool(_POINTS.match(text, match.end()))


def _named(match: re.Match[str], _: str) -> Iterator[Atom]:
    hour = 12 if match[0] in {"noon", "midday", "正午"} else 0
    yield Atom(*match.span(), Hour(hour=hour, exact=True))


def _english(match: re.Match[str], _: str) -> Iterator[Atom]:
    told = match.groupdict()
    hour = _HOURS.get(told["hour"]) or int(told["hour"])
    if not 1 <= hour <= 12:
        return
    past = told.get("past")
    if past == "quarter to":
        yield Atom(*match.span(), Hour(hour=hour - 1 or 12, minute=45))
    else:
        yield Atom(*match.span(), Hour(hour=hour, minute=_PAST[past] if past else 0))


def _at(match: re.Match[str], _: str) -> Iterator[Atom]:
    hour = _HOURS.get(match["hour"]) or int(match["hour"])
    if hour <= 24:
        yield Atom(*match.span("hour"), Hour(hour=hour, exact=hour > 12 or hour == 0))


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Iterator[Atom]]], ...] = (
    (_COLON, _clock),
    (_AM_PM, _clock),
    (_CHINESE, _chinese),
    (_NAMED, _named),
    (_PAST_HOUR, _english),
    (_O_CLOCK, _english),
    (_AT, _at),
)
