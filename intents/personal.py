"""Mask what names a person or opens their purse, before text is kept beyond its conversation.

Logs, replays and whatever is learnt from go through here. Patterns repeat only bounded classes, so
no text makes them slow. They see digits in ASCII and Chinese simplified, one character for one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple
from unicodedata import decimal

from intents import addresses
from intents.checksums import is_iban, is_taiwan_id, passes_luhn
from intents.names import WORTH_A_LOOK, names
from intents.normalize import half_width, simplified

_ANYTHING = re.compile(f"[0-9@号路街道]|{WORTH_A_LOOK}")
# What people put between digits, and what comes along when they copy.
_GAP = r"[ \t\n\u00a0\u2000-\u200f\u2010-\u2015\u2060\ufeff.\-_/]{0,2}"
_PHONE_GAP = r"[ ()\u00a0\u2010-\u2015.\-]{0,2}"
_ALONE = r"(?<![0-9A-Za-z])"
_ENDS = r"(?![0-9A-Za-z])"
# No word and no digit, so a border for what stands beside it.
_TAKEN = "\ue000"

_DIGITS = re.compile(rf"[0-9](?:{_GAP}[0-9]){{12,40}}")
_GROUP = re.compile("[0-9]+")
_CARD_LENGTHS = range(13, 20)
# Many shops number their orders by date; no card in use begins so.
_DATED = re.compile("20[0-9]{2}(?:0[1-9]|1[0-2])")

_TAIWAN_ID = re.compile(rf"{_ALONE}([A-Z])[ -]?([1289A-D][0-9]{{8}}){_ENDS}", re.IGNORECASE)
_IBAN = re.compile(rf"{_ALONE}[A-Z]{{2}}[0-9]{{2}}(?:[ -]?[A-Z0-9]){{11,30}}{_ENDS}")
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
_PHONE = (
    r"(?<![0-9A-Za-z.+])\(?(?:"
    rf"\+[1-9](?:{_PHONE_GAP}[0-9]){{7,14}}"  # with its country
    rf"|(?:00)?886{_PHONE_GAP}0?9(?:{_PHONE_GAP}[0-9]){{8}}"
    rf"|09(?:{_PHONE_GAP}[0-9]){{8}}"  # Taiwan, mobile and at home
    rf"|0[2-8](?:{_PHONE_GAP}[0-9]){{7,8}}"
    rf"|1[3-9][0-9](?:{_PHONE_GAP}[0-9]){{8}}"  # China
    rf"|07[0-9]{{3}}(?:{_PHONE_GAP}[0-9]){{6}}"  # Britain
    r"|\(?[2-9][0-9]{2}(?:\) ?|[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"  # North America
    rf"){_ENDS}"
)

# (mask, the words before it, the value): here the words are what makes it sure.
_LABELLED: Sequence[tuple[str, str, str]] = (
    ("passport", "護照|passport", r"(?=[A-Z]{0,3}[0-9]{4})[A-Z0-9]{6,10}"),
    (
        "id",
        r"身[分份]證(?:字號)?|居留證|統一證號|健保卡|\b(?:national|identity) (?:id|card)\b"
        r"|\bid (?:card|number|no)\b|\bssn\b|social security",
        r"[A-Z]{0,2}[0-9](?:[ -]?[0-9]){5,11}(?:\([0-9A]\))?",
    ),
    (
        "card",
        "卡號|信用卡|金融卡|(?:credit|debit|bank) card|card (?:number|no)",
        rf"[0-9](?:{_GAP}[0-9]){{11,18}}",
    ),
    (
        "card",
        r"安全碼|檢查碼|[末背後]面?[三3]碼|\bcvv2?\b|\bcvc2?\b|\bcsc\b|security code",
        "[0-9]{3,4}",
    ),
    (
        "card",
        r"有效(?:期限|日期|期|年月|月年)|到期(?:日|年月)|\bexp(?:iry|ires|iration)?(?: date)?\b",
        r"(?:0[1-9]|1[0-2]) ?[/\-] ?(?:20)?[2-4][0-9]",
    ),
    ("account", r"[帳賬][號戶]|\baccount\b", "(?:[0-9]{3}[ -])?[0-9](?:-?[0-9]){8,15}"),
    (
        "phone",
        r"電話|手機|聯絡|撥打|\b(?:phone|tel|mobile|cell|whatsapp)\b"
        r"|\b(?:call|text|reach) me (?:at|on)\b",
        rf"\(?[0-9](?:{_PHONE_GAP}[0-9]){{6,14}}",
    ),
    (
        "birthday",
        r"生日|出生(?:年月日|日期|日)?|\bbirthday\b|\bbirth ?date\b|\bdate of birth\b|\bdob\b"
        r"|\bborn(?: on)?\b",
        r"(?:民國)?[0-9]{1,4} ?[./年\-] ?[0-9]{1,2} ?[./月\-] ?[0-9]{1,4}(?: ?日)?|[0-9]{6,8}",
    ),
)
_JOINT = r"(?:[\s:=#.,()是為的]|號碼|number|no\b|is|my|it's){0,6}"


class _Find(NamedTuple):
    mask: str
    start: int
    end: int


_Finder = Callable[[str], Iterator[_Find]]


def masked_personal(text: str) -> str:
    """*text* with ``[card]``, ``[id]``, ``[name]`` and the like where a person could be told.

    Masks numbers of cards (Luhn), of Taiwan's citizens and residents (check digit), of bank
    accounts and passports; e-mail addresses, phones, birthdays, and addresses with a street and a
    number. What has no check digit counts by its form, or by the word before it. Names of people
    are masked only where the words beside them make it sure; order numbers stay. Never raises.
    """
    return replaced_personal(text, lambda mask, _: f"[{mask}]")


def replaced_personal(text: str, sample: Callable[[str, str], str | None]) -> str:
    """*text* with what *sample* gives for each find, told its kind and words; None keeps them."""
    plain = simplified(_ascii_digits(half_width(text)))
    if not _ANYTHING.search(plain):
        return text
    parts: list[str] = []
    at = 0
    for find in _finds(plain):
        written = text[find.start : find.end]
        instead = sample(find.mask, written)
        parts += (text[at : find.start], written if instead is None else instead)
        at = find.end
    return "".join((*parts, text[at:]))


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join([str(decimal(one)) if one.isdecimal() else one for one in text])


def _finds(text: str) -> list[_Find]:
    """The finds in order of place, none over another; the surer kinds are looked for first."""
    found: list[_Find] = []
    for finder in _FINDERS:
        if finds := list(finder(text)):
            found += finds
            text = _without(text, finds)
    return sorted(found, key=lambda find: find.start)


def _without(text: str, finds: Sequence[_Find]) -> str:
    parts: list[str] = []
    at = 0
    for find in finds:
        parts += (text[at : find.start], _TAKEN * (find.end - find.start))
        at = find.end
    return "".join((*parts, text[at:]))


def _cards(text: str) -> Iterator[_Find]:
    for run in _DIGITS.finditer(text):
        groups = [(run.start() + each.start(), each[0]) for each in _GROUP.finditer(run[0])]
        at = 0
        while at < len(groups):
            count = _groups_of_card([digits for _, digits in groups[at : at + _CARD_LENGTHS.stop]])
            if count:
                last, digits = groups[at + count - 1]
                yield _Find("card", groups[at][0], last + len(digits))
            at += count or 1


def _groups_of_card(groups: Sequence[str]) -> int:
    """How many of *groups*, from the first on, are a card's number; 0 if none are."""
    fitting = [
        count
        for count, digits in enumerate(accumulate(groups), start=1)
        if len(digits) in _CARD_LENGTHS and passes_luhn(digits) and not _DATED.match(digits)
    ]
    return max(fitting, default=0)


def _ids(text: str) -> Iterator[_Find]:
    for match in _TAIWAN_ID.finditer(text):
        if is_taiwan_id(match[1] + match[2]):
            yield _Find("id", *match.span())


def _accounts(text: str) -> Iterator[_Find]:
    for match in _IBAN.finditer(text):
        if is_iban(re.sub("[ -]", "", match[0])):
            yield _Find("account", *match.span())


def _names(text: str) -> Iterator[_Find]:
    free = 0
    for start, end in sorted(names(text), key=lambda span: (span[0], -span[1])):
        if start >= free:
            yield _Find("name", start, end)
            free = end


def _shaped(mask: str, shape: str, *, flags: re.RegexFlag = re.NOFLAG) -> _Finder:
    """Find *shape*, or its first group if it has one."""
    pattern = re.compile(simplified(shape), flags)
    group = min(pattern.groups, 1)

    def finds(text: str) -> Iterator[_Find]:
        for match in pattern.finditer(text):
            yield _Find(mask, match.start(group), match.start(group) + len(match[group].rstrip()))

    return finds


def _labelled(mask: str, labels: str, value: str) -> _Finder:
    shape = rf"(?:{labels}){_JOINT}{_ALONE}({value})(?![0-9])"
    return _shaped(mask, shape, flags=re.IGNORECASE)


_FINDERS: Sequence[_Finder] = (
    _shaped("email", _EMAIL),
    _cards,
    _ids,
    _accounts,
    *(_labelled(*each) for each in _LABELLED),
    _shaped("phone", _PHONE),
    _shaped("address", addresses.TAIWAN),
    _shaped("address", addresses.ENGLISH),
    _shaped("address", addresses.OWN_ROAD),
    _shaped("address", addresses.LANE),
    _shaped("address", addresses.OWN_WAY, flags=re.IGNORECASE),
    _names,
)
