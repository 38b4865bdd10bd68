"""Days, weeks and months as Chinese says them, in `intents.normalize.aligned` text."""

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
from intents.numerals import DIGITS, HAN, number

# Without one of these characters Chinese names no day.
MARKS = frozenset("今明昨前后周星礼月号年")
SMALL = r"(?:[0-9]{1,2}|[〇零一二两三四五六七八九十廿]{1,3})"
YEAR = (
    r"(?:(?P<era>民国|西元|公元)?(?P<year>[0-9]{2,4}|[〇零一二三四五六七八九]{2,4}|元)年"
    r"|(?P<named>今年|明年|去年|后年|前年))"
)
_NAMED_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
_RELATIVE = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "明天": 1,
    "明日": 1,
    "明儿": 1,
    "后天": 2,
    "大后天": 3,
}
_SHORT: dict[str, PartOfDay] = {"早": "morning", "晚": "evening", "夜": "night"}
WEEKS = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}
_WEEKDAYS = {char: at for at, char in enumerate("一二三四五六日")} | {"天": 6}
_UNITS = {"天": 1, "周": 7, "星期": 7, "礼拜": 7}

_FULL = re.compile(
    rf"(?:{YEAR}的?)?(?P<month>{SMALL})月(?P<day>{SMALL})[日号]?(?![0-9个天人份件年月])"
)
_MONTH = re.compile(rf"(?<![0-9个第])(?:{YEAR}的?)?(?P<month>{SMALL})月份?(?![0-9天饼个前后底日])")
_OF_MONTH = re.compile(rf"(?P<which>下下|上上|下|上|这|本)个?月(?:(?P<day>{SMALL})[日号])?")
# What goes on behind "number five" if it is a day, and no table, size or exit.
_FOLLOWS = (
    r"(?=$|[^0-9a-z一-鿿]|[早上中下晚前以之后可会能到寄取有去来吗那当左就的]|出(?!口)|星期|礼拜|周)"
)
_DAY_OF_MONTH = re.compile(
    r"(?<![0-9〇零一二两三四五六七八九十月第单编型序订选款门桌路街巷弄段楼棟.#-])"
    rf"(?P<day>{SMALL})号{_FOLLOWS}(?!的|[到至~-]{SMALL}号(?!{_FOLLOWS}))"
)
_BEFORE = re.compile(r"[之以]?前")
_NEAR = re.compile(
    r"(?<!以)(?:大前天|前天|昨[天日]|今[天日儿]|明[天日儿]|大?后天|[今明昨][早晚夜])(?!天)"
)
_WEEKDAY = re.compile(
    r"(?<![一每两0-9])(?<!每周[一二三四五六][到至~-])(?<!每星期[一二三四五六][到至~-])(?<!每礼拜[一二三四五六][到至~-])(?P<which>下下|上上|下|上|这|本)?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天1-7])(?![0-9次路街])"
)
_WEEK = re.compile(
    r"(?P<which>下下|上上|下|上|这|本)个?(?:周|星期|礼拜)(?![一二三四五六日天1-7年末])"
)
_AWAY = re.compile(
    rf"(?P<count>{DIGITS}|{HAN}|半)(?:(?P<unit>天|个?周|个?星期|个?礼拜|个月|年)|(?P<half>个半)?个?"
    r"(?P<clock>小时|钟头|分钟|分)(?P<more>半)?)(?:之|以)?(?P<way>后|前)"
)


def days(text: str, now: Now) -> Iterator[Atom]:
    """Every day, week, month or moment that *text* names, in no order; they may overlap."""
    return atoms(_READERS, text, now)


def small(written: str) -> int:
    if "廿" in written:
        written = written.replace("廿", "二十")
    found = number(written)
    return int(found) if found is not None else 0


def year_of(match: re.Match[str], now: Now) -> int | None:
    if match["named"]:
        return now.today.year + _NAMED_YEARS[match["named"]]
    if not match["year"]:
        return None
    year = 1 if match["year"] == "元" else int(number(match["year"]) or 0)
    # Taiwan counts from 1912.
    if match["era"] == "民国" or (match["era"] is None and 100 <= year < 200):
        return year + 1911
    return year + 2000 if year < 100 else year


def _full(match: re.Match[str], now: Now) -> Said | None:
    year, months, days = year_of(match, now), small(match["month"]), small(match["day"])
    if year is not None:
        day = day_of(year, months, days)
        return Day(day=day) if day else None
    day = nearest_year(months, days, now.today)
    return Day(day=day, assumed=("year",), since=yearly(months, days)) if day else None


def _month(match: re.Match[str], now: Now) -> Said | None:
    year, number = year_of(match, now), small(match["month"])
    if year is not None:
        return month(year, number)
    day = nearest_year(number, 15, now.today)
    return month(day.year, day.month) if day else None


def _of_month(match: re.Match[str], now: Now) -> Said | None:
    stretch = next_month(now.today, WEEKS[match["which"]])
    if not match["day"] or stretch is None:
        return stretch
    year, number = stretch.value.split("-")
    day = day_of(int(year), int(number), small(match["day"]))
    return Day(day=day) if day else None


def _day_of_month(match: re.Match[str], now: Now) -> Said | None:
    ahead = _BEFORE.match(match.string, match.end()) is not None
    number = small(match["day"])
    day = nearest_month(number, now.today, ahead=ahead)
    return Day(day=day, assumed=("month",), since=monthly(number)) if day else None


def _near(match: re.Match[str], now: Now) -> Said | None:
    word = match[0]
    part = _SHORT.get(word[1]) if len(word) == 2 else None
    day = days_on(now.today, _RELATIVE[f"{word[0]}天" if part else word])
    return Day(day=day, part=part) if day else None


def _weekday(match: re.Match[str], now: Now) -> Said:
    which, told = match["which"], match["day"]
    day = int(told) - 1 if told.isdecimal() else _WEEKDAYS[told]
    weeks = WEEKS[which] if which else None
    on = weekday(now.today, day, weeks=weeks)
    if which:
        return Day(day=on)
    return Day(day=on, assumed=("week",), weekday=True, since=weekly(day))


def _week(match: re.Match[str], now: Now) -> Said:
    return week(now.today, WEEKS[match["which"]])


def _away(match: re.Match[str], now: Now) -> Said | None:
    told = match["count"]
    count = 0.5 if told == "半" else float(number(told) or 0)
    way = 1 if match["way"] == "后" else -1
    if match["clock"]:
        if match["half"] or match["more"]:
            count += 0.5
        minutes = count * (1 if match["clock"].startswith("分") else 60)
        near = minutes < 100_000
        return Moment(now.at + way * timedelta(minutes=minutes)) if near else None
    unit = match["unit"].removeprefix("个")
    if count != int(count) or count > 10_000:
        return None
    if unit in {"月", "年"}:
        day = months_on(now.today, way * int(count) * (12 if unit == "年" else 1))
    else:
        day = days_on(now.today, way * int(count) * _UNITS[unit])
    return Day(day=day) if day else None


_READERS: tuple[Reader, ...] = (
    (_FULL, _full),
    (_OF_MONTH, _of_month),
    (_MONTH, _month),
    (_DAY_OF_MONTH, _day_of_month),
    (_NEAR, _near),
    (_WEEKDAY, _weekday),
    (_WEEK, _week),
    (_AWAY, _away),
)
