"""Find amounts of money, in digits, Chinese numerals and English words, with their currency.

Text is `intents.normalize.aligned`. Patterns repeat only bounded classes.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import replace
from decimal import Decimal

from intents.match import Entity
from intents.numerals import DIGITS, HAN, NUMBER, SCALED, WORDS, number

# What says the currency, by what it says; None where it may be that of several countries.
_CURRENCIES: dict[str, str | None] = {
    **dict.fromkeys(("nt$", "ntd$", "ntd", "nt", "twd", "新台币", "台币"), "TWD"),
    **dict.fromkeys(("nt dollars", "nt dollar", "taiwan dollars"), "TWD"),
    **dict.fromkeys(("us$", "usd", "美金", "美元", "us dollars", "us dollar"), "USD"),
    **dict.fromkeys(("hk$", "hkd", "港币"), "HKD"),
    **dict.fromkeys(("jpy", "yen", "日币", "日圆", "日元", "円"), "JPY"),
    **dict.fromkeys(("cny", "rmb", "人民币"), "CNY"),
    **dict.fromkeys(("eur", "€", "euro", "euros", "欧元"), "EUR"),
    **dict.fromkeys(("gbp", "£", "pound", "pounds", "英镑"), "GBP"),
    **dict.fromkeys(("$", "¥", "元", "圆", "块", "dollar", "dollars", "buck", "bucks")),
}
_BEFORE = (
    *("nt$", "ntd$", "ntd", "nt", "twd", "新台币", "台币", "us$", "usd", "美金", "美元", "hk$"),
    *("hkd", "港币", "jpy", "日币", "cny", "rmb", "人民币", "eur", "€", "欧元", "gbp", "£", "英镑"),
    *("$", "¥"),
)
_AFTER = tuple(word for word in _CURRENCIES if word not in {"$", "¥", "nt$", "us$", "hk$", "ntd$"})


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# "Yuan" and "piece" begin other words: New Year's Day, element, "together".
_UNIT = rf"(?:{_any_of(_AFTER)})(?![a-z])(?<!元(?=[旦素件宵首老]))(?:钱|整)?"
# Without one of these characters or words there is no amount.
MARKS = frozenset("$€£¥元圆块円币美欧英百千万亿佰仟") | {
    *(word for unit in _CURRENCIES for word in unit.split() if word.isascii()),
    *("cent", "cents"),
}
_SIGNED = re.compile(
    rf"(?<![a-z0-9])(?P<before>{_any_of(_BEFORE)}) {{0,2}}(?:(?P<digits>{DIGITS})(?P<k>k(?![a-z]))?"
    rf"|(?P<number>{NUMBER}))(?: ?(?P<after>{_UNIT}))?"
)
_SPELLED = re.compile(
    rf"(?<![a-z0-9第])(?<![0-9][.,])(?P<number>{NUMBER}|{WORDS})[多几余]? {{0,2}}(?P<after>{_UNIT})"
    r"(?:(?P<tenths>[0-9〇零一二两三四五六七八九])(?:[角毛]|(?![0-9一-鿿])))?"
)
_CENTS = re.compile(rf"(?<![a-z0-9])(?<![0-9][.,])(?P<number>{DIGITS}) ?cents?(?![a-z])")
_BARE = re.compile(
    rf"(?<![0-9a-z第高重长宽深〇零一二两三四五六七八九十百千万])(?<![0-9][.,])"
    rf"(?:(?P<number>{SCALED})(?= {{0,2}}(?:$|[^ 0-9a-z%一-鿿]"
    r"|[以左上下吗吧呢喔哦就可到至的送折减免多])| [一-鿿])|(?P<digits>[0-9]{1,3}(?:,[0-9]{3}){1,3}"
    r"(?:\.[0-9]{2})?)(?![0-9,a-z]| [a-z]))"
)
_MEASURED = re.compile(r"多? ?[年月日天个件盒人位次点分公克种张本克米步倍度票]")
# The lower end of a range has the unit of the upper one.
_LOWER_END = re.compile(
    rf"(?<![a-z0-9])(?<![0-9][.,])(?:{DIGITS}|{HAN})(?= ?(?:[-~–到至]|to) ?$)"
    rf"|(?<=between ){DIGITS}(?= and $)"
)
_REACH = 24


def amounts(text: str, marks: Set[str]) -> Iterator[Entity]:
    """Find the amounts in *text*, in no order; they may overlap, the surest come first.

    *marks* are the characters and words of *text*.

    The value is a plain decimal number; `unit` is the ISO 4217 code, None where nobody says it.
    """
    if MARKS.isdisjoint(marks) and not ("," in marks and any(map(str.isdecimal, marks))):
        return
    for match in _SIGNED.finditer(text):
        said = _CURRENCIES[match["before"]] or _currency(match["after"])
        yield from _amount(match, text, said, times=1000 if match["k"] else 1)
    for match in _SPELLED.finditer(text):
        if not _together(match, text):
            yield from _amount(match, text, _currency(match["after"]))
    for match in _CENTS.finditer(text):
        yield _entity(match, number(match["number"]) or Decimal(0), None, scale=Decimal("0.01"))
    for match in _BARE.finditer(text):
        if not _MEASURED.match(text, match.end()):
            yield from _amount(match, text, None)


def _amount(
    match: re.Match[str], text: str, unit: str | None, *, times: int = 1
) -> Iterator[Entity]:
    given = match.groupdict()
    value = number(given.get("digits") or given["number"])
    if value is None:
        return
    tenths = (number(given["tenths"]) if given.get("tenths") else None) or Decimal(0)
    found = _entity(match, value + tenths / 10, unit, scale=Decimal(times))
    lower = _lower_end(match, text, found)
    if lower is None:
        yield found
    else:
        yield from (replace(found, role="to"), lower)


def _lower_end(match: re.Match[str], text: str, upper: Entity) -> Entity | None:
    begin = max(0, match.start() - _REACH)
    lower = _LOWER_END.search(text[begin : match.start()])
    least = number(lower[0]) if lower else None
    if lower is None or least is None or least >= Decimal(upper.value):
        return None
    start, end = (begin + at for at in lower.span())
    return replace(upper, value=_plain(least), start=start, end=end, role="from")


def _entity(match: re.Match[str], value: Decimal, unit: str | None, *, scale: Decimal) -> Entity:
    start, end = match.span()
    return Entity(name="amount", value=_plain(value * scale), start=start, end=end, unit=unit)


def _together(match: re.Match[str], text: str) -> bool:
    """Whether it says "together" or "two pieces of": few of them, and words go on."""
    if match["after"] != "块" or match["tenths"]:
        return False
    said = number(match["number"]) or 0
    goes_on = (
        re.match(r"[一-鿿]", text[match.end() :]) and text[match.end()] not in "吗吧呢喔啊的就"
    )
    return said == 1 or (said < 10 and bool(goes_on))


def _currency(written: str | None) -> str | None:
    if written is None:
        return None
    return _CURRENCIES.get(written) or _CURRENCIES.get(written.rstrip("钱整"))


def _plain(value: Decimal) -> str:
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
