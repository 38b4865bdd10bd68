"""Find order numbers, phone numbers and e-mail addresses, and put placeholders where they stood.

Patterns repeat only bounded, non-overlapping classes, so no text makes them slow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from intents.checksums import passes_luhn
from intents.match import Entity
from intents.normalize import half_width

_Kind = Literal["url", "email", "phone", "order_number", "name", "number"]

# One private-use character each: a word that no customer types.
PLACEHOLDERS: dict[_Kind, str] = {
    "url": "\ue001",
    "email": "\ue002",
    "phone": "\ue003",
    "order_number": "\ue004",
    "name": "\ue005",
    "number": "\ue006",
}

# The first is quick and lets few messages through.
_WORTH_A_GLANCE = re.compile(r"[0-9@:.\[]")
_WORTH_A_LOOK = re.compile(r"[0-9@\[]|https?:|www\.", re.IGNORECASE)
# What `intents.personal` left of one: a message that was kept reads as it was written.
_MASK = re.compile(r"\[(phone|email)\]")
_URL = re.compile(r"(?:https?://|www\.)[!-~]{1,2000}", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_NOT_DIALLED = re.compile(r"(?<=\+886)\(?0|[ ()-]")
_NAME = re.compile(r"(?<![A-Za-z0-9])@[\w.\u3400-\u9fff]{1,40}")
_DIALLED = re.compile(
    r"(?<![0-9A-Za-z#+])[+(]?[0-9](?:[0-9]|[ ()-](?=[0-9(]|[ -][0-9])){6,20}(?![0-9A-Za-z])"
)
_CODE = re.compile(
    r"(?<![A-Za-z0-9#])(?P<hash>#?)(?P<code>(?:[A-Za-z]{1,5}-?)?[0-9]{3,24}(?:-[0-9A-Za-z]{1,12}){0,3})(?![A-Za-z0-9])"
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[0-9]{4,}(?![A-Za-z0-9])")

# What stands right before a code says what it is.
_LABEL = re.compile(
    r"(?:[編编][號号]|[號号][碼码]|[單单][號号]|order\s{0,2}(?:no|number|id))[\s.:=#是為为]{0,4}$",
    re.IGNORECASE,
)
_WEAK_LABEL = re.compile(r"(?:order|訂單|订单)[\s.:=#是為为]{0,4}$", re.IGNORECASE)
_OTHER_LABEL = re.compile(
    r"(?:[統统](?:一)?[編编](?:[號号])?|tax\s{0,2}id|vat|電話|电话|手機|手机|phone|tel|mobile|卡[號号]|card)"
    r"(?:[號号][碼码])?[\s.:=#是為为]{0,4}$",
    re.IGNORECASE,
)
_LABEL_REACH = 16
_CODE_LENGTH = 4

_PHONE_SHAPE = re.compile(
    r"\+[1-9][0-9]{7,14}|8869[0-9]{8}|09[0-9]{8}|0[2-8][0-9]{7,8}|080[09][0-9]{6}"
)


_NO_ORDER = re.compile(rf"{_PHONE_SHAPE.pattern}|20[0-9]{{2}}-[01]?[0-9]-[0-3]?[0-9]")
_MONEY = re.compile(r" ?(?:元|塊|块|圓|圆|dollars|bucks|nt\b|ntd|twd|usd)", re.IGNORECASE)


class Reading(NamedTuple):
    """A text's entities in order of place, and the text with placeholders where they stood."""

    entities: tuple[Entity, ...]
    masked: str


def reading(text: str) -> Reading:
    """Read the entities out of *text*; web addresses, @names and long numbers are masked too."""
    plain = half_width(text)
    if not (_WORTH_A_GLANCE.search(plain) and _WORTH_A_LOOK.search(plain)):
        return Reading(entities=(), masked=text)
    finds = sorted(_apart(_finds(plain), len(plain)), key=lambda find: find.start)
    return Reading(
        entities=tuple(
            Entity(name=find.kind, value=find.value, start=find.start, end=find.end)
            for find in finds
            if find.kind in ("order_number", "phone", "email") and find.value
        ),
        masked=_masked(text, finds),
    )


def covered(text: str) -> Iterator[tuple[int, int]]:
    """Where half-width *text* holds web and e-mail addresses and names after an @."""
    if ":" in text or "." in text or "@" in text:
        for pattern in (_URL, _EMAIL, _NAME):
            yield from (match.span() for match in pattern.finditer(text))


@dataclass(frozen=True, slots=True)
class _Find:
    kind: _Kind
    value: str
    start: int
    end: int


def _apart(finds: Iterator[_Find], length: int) -> list[_Find]:
    kept: list[_Find] = []
    taken = bytearray(length)
    for find in finds:
        if not any(taken[find.start : find.end]):
            taken[find.start : find.end] = b"\1" * (find.end - find.start)
            kept.append(find)
    return kept


def _masked(text: str, finds: list[_Find]) -> str:
    parts: list[str] = []
    at = 0
    for find in finds:
        parts += (text[at : find.start], " ", PLACEHOLDERS[find.kind], " ")
        at = find.end
    return "".join((*parts, text[at:]))


def _finds(text: str) -> Iterator[_Find]:
    """Yield the surest kinds first: what comes later may not overlap them."""
    for match in _URL.finditer(text):
        yield _Find("url", "", *match.span())
    for match in _MASK.finditer(text):
        yield _Find("phone" if match[1] == "phone" else "email", "", *match.span())
    for match in _EMAIL.finditer(text):
        yield _Find("email", match[0].lower(), *match.span())
    codes = list(_CODE.finditer(text))
    yield from (_order(code) for code in codes if _is_labelled(text, code))
    yield from _phones(text)
    yield from (_order(code) for code in codes if _looks_like_an_order(text, code))
    for match in _NAME.finditer(text):
        yield _Find("name", "", *match.span())
    for match in _NUMBER.finditer(text):
        yield _Find("number", "", *match.span())


def _order(code: re.Match[str]) -> _Find:
    return _Find("order_number", code["code"].upper(), *code.span())


def _phones(text: str) -> Iterator[_Find]:
    for match in _DIALLED.finditer(text):
        digits = _NOT_DIALLED.sub("", match[0])
        if _PHONE_SHAPE.fullmatch(digits):
            yield _Find("phone", digits, *match.span())


def _is_labelled(text: str, code: re.Match[str]) -> bool:
    if len(code["code"]) < _CODE_LENGTH:
        return False
    before = text[max(0, code.start() - _LABEL_REACH) : code.start()]
    if code["hash"]:
        return True
    if _WEAK_LABEL.search(before):
        return not (_NO_ORDER.fullmatch(code["code"]) or _MONEY.match(text, code.end()))
    return bool(_LABEL.search(before)) and not _OTHER_LABEL.search(before)


def _looks_like_an_order(text: str, code: re.Match[str]) -> bool:
    """Judge a code that nothing announces: a letter or two and five digits, or nine digits."""
    written: str = code["code"]
    before = text[max(0, code.start() - _LABEL_REACH) : code.start()]
    if _OTHER_LABEL.search(before) or _is_card(written):
        return False
    return sum(map(str.isdigit, written)) >= (5 if written[0].isalpha() else 9)


def _is_card(code: str) -> bool:
    """Tell whether *code* is 13 to 19 digits that pass the Luhn check."""
    digits = code.replace("-", "")
    return digits.isdecimal() and 13 <= len(digits) <= 19 and passes_luhn(digits)
