"""Mask what names a person or opens their purse, before text is kept beyond its conversation.

Logs, replays and whatever is learnt from go through here. Patterns repeat only bounded classes, so
no text makes them slow. They see digits in ASCII and Chinese simplified, one character for one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple
from unicodedata import decimal

from intents.checksums import is_iban, is_taiwan_id, passes_luhn
from intents.normalize import half_width, simplified

_WORTH_A_LOOK = re.compile("[0-9@号]")
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

_COUNTY = (
    "(?:台北|新北|桃園|台中|台南|高雄|基隆|新竹|嘉義)市"
    "|(?:新竹|苗栗|彰化|南投|雲林|嘉義|屏東|宜蘭|花蓮|台東|澎湖|金門|連江)縣"
)
# Not the words that stand before a place: "寄到", "我住在".
_PLACE = r"[^\W\d_a-zA-Z在到是寄往去我你您住址改送從給嗎的了請叫於]"
_N = " ?[0-9一二三四五六七八九十百零\u3007]{1,5} ?"
_TAIWAN_ADDRESS = (
    rf"(?:[0-9]{{3,6}} ?)?(?:(?:{_COUNTY}) ?)?(?:{_PLACE}{{1,3}}[區鄉鎮市] ?)?"
    rf"(?:{_PLACE}{{1,4}}[里村] ?)?(?:{_N}鄰 ?)?{_PLACE}{{1,6}}(?:路|街|大道)(?:{_N}段)?"
    rf"(?:{_N}[巷弄]){{0,3}}(?:{_N}[-之])?{_N}號(?:[-之]{_N})?"
    rf"(?:(?:地下|B)?{_N}[樓F](?:[-之]{_N})?)?(?:[A-Z]?{_N}室)?"
)
_WAY = (
    "(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Crescent|Close|Terrace"
    r"|Place|Square|Way|Highway|Hwy)\b\.?"
)
_FLAT = r"(?:Apt\.? ?|Unit |Flat |#)[0-9A-Z-]{1,6}"
_POSTCODE = r"[0-9]{5}(?:-[0-9]{4})?|[0-9]{3}|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"
_ENGLISH_ADDRESS = (
    rf"(?<![\w.$#])(?:(?:[0-9]{{1,3}}F(?:-[0-9]{{1,2}})?|{_FLAT}),? ?)?"
    r"(?:No\.? ?)?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,4})?,? "
    r"(?:(?:Aly|Alley|Ln|Lane|Sec|Section)\.? ?[0-9]{1,4},? ){0,3}"
    rf"(?:[A-Z][a-z']{{1,20}}\.? |[NSEW]\.? |[0-9]{{1,3}}(?:st|nd|rd|th) ){{1,4}}{_WAY}"
    rf"(?:,? (?:[NSEW]\b|Sec\.? ?[0-9]|{_FLAT}))?(?:,? [A-Z][a-z]{{2,20}}){{0,3}}"
    rf"(?:,? [A-Z]{{2}}\b)?(?:,? (?:{_POSTCODE}){_ENDS})?"
)


class _Find(NamedTuple):
    mask: str
    start: int
    end: int


_Finder = Callable[[str], Iterator[_Find]]


def masked_personal(text: str) -> str:
    """*text* with ``[card]``, ``[id]``, ``[phone]`` and the like where a person could be told.

    Masks numbers of cards (Luhn), of Taiwan's citizens and residents (check digit), of bank
    accounts and passports; e-mail addresses, phones, birthdays, and addresses with a street and a
    number. What has no check digit counts by its form, or by the word before it. Names of people
    and order numbers stay. Never raises.
    """
    plain = simplified(_ascii_digits(half_width(text)))
    if not _WORTH_A_LOOK.search(plain):
        return text
    parts: list[str] = []
    at = 0
    for find in _finds(plain):
        parts += (text[at : find.start], f"[{find.mask}]")
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
    _shaped("address", _TAIWAN_ADDRESS),
    _shaped("address", _ENGLISH_ADDRESS),
)
