"""Read numbers as customers write them: digits, Chinese numerals, both mixed, English words.

Text is `intents.normalize.aligned`: half-width, lower-case, simplified. The patterns repeat only
bounded classes, so no text makes them slow.
"""

import re
from decimal import Decimal

DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}(?![0-9])|[0-9]{1,12})(?:\.[0-9]{1,4}(?![0-9]))?"
_HAN_DIGITS = {
    **{char: at for at, char in enumerate("〇一二三四五六七八九")},
    **{char: at for at, char in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_UNITS = "".join((*_TENS, *_MYRIADS))
HAN = f"[{''.join(_HAN_DIGITS)}{_UNITS}]{{1,16}}"
# 1.5 and a unit, 3 and a unit and 5 and a unit.
_MIXED = f"{DIGITS}[{_UNITS}]{{1,2}}(?:[0-9{''.join(_HAN_DIGITS)}]{{1,4}}[{_UNITS}]?){{0,3}}"
NUMBER = f"(?:{_MIXED}|{DIGITS}|{HAN})"
# What is said shorter than it is: three hundred five for 350.
SCALED = f"(?:{_MIXED}|(?=[{''.join(_HAN_DIGITS)}十]{{1,3}}[百千万亿佰仟]){HAN})"

_SMALL = {
    word: at
    for at, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen"),
        )
    )
} | {"a": 1, "an": 1}
_BY_TEN = {
    word: 10 * at
    for at, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_WORD = f"(?:{'|'.join(sorted({*_SMALL, *_BY_TEN, *_SCALES}, key=len, reverse=True))})"
WORDS = rf"(?<![a-z]){_WORD}(?:[ -](?:and )?{_WORD}){{0,7}}(?![a-z])"

# Any number holds one of these characters or words.
MARKS = frozenset(f"0123456789{''.join(_HAN_DIGITS)}{_UNITS}") | {*_SMALL, *_BY_TEN, *_SCALES}

_TOKEN = re.compile(rf"{DIGITS}|.")


def number(written: str) -> Decimal | None:
    """The number that *written* (one of the patterns above) says; None if it says none."""
    if written[:1].isascii() and written[:1].isalpha():
        return _of_words(re.split(r"[ -]", written))
    if all(char in _HAN_DIGITS for char in written):
        return Decimal("".join(str(_HAN_DIGITS[char]) for char in written)) if written else None
    return _of_tokens(_TOKEN.findall(written))


def _of_tokens(tokens: list[str]) -> Decimal | None:
    total = section = Decimal(0)
    waiting: Decimal | None = None
    unit, gap = 1, False
    for token in tokens:
        if token in _TENS:
            unit, gap = _TENS[token], False
            section += (1 if waiting is None else waiting) * unit
            waiting = None
        elif token in _MYRIADS:
            unit, gap = _MYRIADS[token], False
            section += waiting or 0
            below = total if token == "亿" else Decimal(0)
            total += (below + section or 1) * unit - below
            section, waiting = Decimal(0), None
        elif token in "零〇":
            gap = True
        elif waiting is not None:
            return None
        else:
            waiting = Decimal(_HAN_DIGITS.get(token, token.replace(",", "")))
    if waiting is None:
        return total + section
    # "Three hundred five" leaves out the ten: 350. "Three hundred zero five" does not.
    short = unit >= 100 and not gap and waiting < 10
    return total + section + (waiting * unit / 10 if short else waiting)


def _of_words(words: list[str]) -> Decimal | None:
    total = section = 0
    for word in words:
        if word in _SCALES:
            section = (section or 1) * _SCALES[word]
            if _SCALES[word] > 100:
                total, section = total + section, 0
        else:
            section += _SMALL.get(word, _BY_TEN.get(word, 0))
    return Decimal(total + section) if total + section or words == ["zero"] else None
