"""LINE Official Account Manager: one CSV per chat, in a zip. Times are +09:00 even for Taiwan."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, cast
from zlib import crc32

from bot.exports import line_words
from bot.exports.errors import BrokenFile
from bot.exports.formats import Format, Reading, grouped
from bot.exports.message import (
    Author,
    Conversation,
    ExportedMessage,
    Facts,
    Ids,
    Sort,
    conversation,
)
from bot.exports.source import Member
from bot.exports.text import lines

_NAME = re.compile(r"(?:(?P<number>\d{1,7})_)?(?:\d{8}_\d{8}_)?(?P<name>.*)\.csv", re.DOTALL | re.I)
_OFFSET = re.compile(r"'?([+-])(\d{1,2}):?(\d{2})")
_USUAL_OFFSET = timedelta(hours=9)
_DAY = re.compile(r"\s*(\d{4})[/-](\d{1,2})[/-](\d{1,2})\s*$")
_TIME = re.compile(r"\s*([01]?\d|2[0-3])\D([0-5]\d)(?:\D([0-5]\d))?\s*")
# What hh:mm and :ss are, ready to be added.
_MINUTES = {
    f"{hour:02}:{minute:02}": timedelta(hours=hour, minutes=minute)
    for hour in range(24)
    for minute in range(60)
}
_SECONDS = {f":{second:02}": timedelta(seconds=second) for second in range(60)}
_COLUMNS = 5
_LAST_YEAR = 9000


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read chat by chat; the same chat of several exports is one."""
    for name, group in grouped(members, lambda member: _named(member).name):
        chats = []
        for member in group:
            reading.progress(member)
            chats.append(_Chat(member, _messages(member, reading.facts)))
        yield from _joined(name, chats)


class _Chat(NamedTuple):
    member: Member
    messages: list[ExportedMessage]


class _Name(NamedTuple):
    number: str
    name: str


def _named(member: Member) -> _Name:
    found = _NAME.fullmatch(member.base)
    return _Name(found["number"] or "", found["name"]) if found else _Name("", member.base)


def _joined(name: str, chats: list[_Chat]) -> Iterator[Conversation]:
    """Two customers may have one name: chats are one if they are numbered alike or overlap."""
    apart: list[list[_Chat]] = []
    for chat in chats:
        same = next((known for known in apart if any(_same(chat, one) for one in known)), None)
        if same is None:
            apart.append([chat])
        else:
            same.append(chat)
    for place, together in enumerate(apart):
        number = _named(together[0].member).number
        yield conversation(
            "_".join(filter(None, [number, name, str(place) if place and not number else ""])),
            (message for chat in together for message in chat.messages),
            title=name,
        )


def _same(one: _Chat, other: _Chat) -> bool:
    numbers = _named(one.member).number, _named(other.member).number
    if one.member.container != other.member.container or one.member.folder != other.member.folder:
        if numbers[0] == numbers[1] or not all(numbers):
            return True
    elif all(numbers):
        # One export never gives a number twice, and may hold thousands of one name.
        return numbers[0] == numbers[1]
    fewer, more = sorted((one.messages, other.messages), key=len)
    ids = {message.id for message in fewer}
    return any(message.id in ids for message in more if message.author == "customer")


def _messages(member: Member, facts: Facts) -> list[ExportedMessage]:
    with lines(member) as text:
        rows = csv.reader(text)
        try:
            head = _head(rows)
            if head is None:
                facts.unread += 1
                return []
            facts.brand = head.account or facts.brand
            facts.made(head.made_at)
            return _chat(rows, head, facts)
        except csv.Error as exc:
            raise BrokenFile(
                f"{member.name} is damaged at line {rows.line_num} ({exc}); export it again or "
                "leave it out"
            ) from exc


class _Head(NamedTuple):
    account: str
    offset: timedelta
    made_at: datetime | None


def _head(rows: Iterable[list[str]]) -> _Head | None:
    account, offset, made = "", _USUAL_OFFSET, ""
    for place, row in enumerate(rows):
        if place > 8:
            break
        first = row[0].strip("\ufeff ") if row else ""
        if first in line_words.HEADERS:
            return _Head(account, offset, _made(made, offset))
        second = row[1].strip() if len(row) > 1 else ""
        if first in line_words.ACCOUNT:
            account = second
        elif first in line_words.MADE:
            made = second
        elif first in line_words.ZONE and (found := _OFFSET.match(second)):
            signed = timedelta(hours=int(found[2]), minutes=int(found[3]))
            offset = signed if found[1] == "+" else -signed
    return None


def _chat(rows: Iterable[list[str]], head: _Head, facts: Facts) -> list[ExportedMessage]:
    id_of, new = Ids().of, tuple.__new__
    # A chat has few days and few writers: what they are is worked out once.
    days: dict[str, _Day | None] = {}
    writers: dict[tuple[str, str], _Writer | None] = {}
    made: list[ExportedMessage] = []
    for row in rows:
        if len(row) < _COLUMNS:
            facts.unread += bool(row)
            continue
        side, sender, date, time, text = row[:_COLUMNS]
        if (day := days.get(date)) is None:
            day = days[date] = _day(date, head.offset)
        who = (side, sender)
        if (writer := writers.get(who)) is None:
            writer = writers[who] = _writer(side, sender, head.account)
        passed = _passed(time, facts)
        if day is None or passed is None or writer is None:
            facts.unread += 1
            continue
        midnight, milliseconds = day
        name, author, automatic, digest = writer
        said, sort = _said(text)
        id = id_of(milliseconds + 1000 * passed.seconds, crc32((said or sort).encode(), digest))
        # Made as what it is: ExportedMessage() would take twice the time.
        made.append(
            new(
                ExportedMessage,
                (id, midnight + passed, name, author, sort, said, automatic, False),
            )
        )
    return made


class _Day(NamedTuple):
    midnight: datetime
    milliseconds: int


@lru_cache(maxsize=4096)
def _day(date: str, offset: timedelta) -> _Day | None:
    midnight = _midnight(date, offset)
    return None if midnight is None else _Day(midnight, int(midnight.timestamp()) * 1000)


class _Writer(NamedTuple):
    name: str
    author: Author
    automatic: bool
    digest: int


def _writer(side: str, sender: str, account: str) -> _Writer | None:
    digest = crc32(side.encode())
    if side == "User":
        return _Writer(sender, "customer", False, digest)
    if side != "Account":
        return None
    if sender in line_words.AUTOMATIC or sender in line_words.MACHINE or not sender:
        return _Writer(account, "bot", sender in line_words.AUTOMATIC, digest)
    # Greetings go out under the account's own name; so does what its owner types.
    return _Writer(sender, "brand" if sender == account else "agent", False, digest)


def _said(text: str) -> tuple[str, Sort]:
    """The text, or what stands for it; a picture is told by a sentence."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    first = text[:1]
    if first in line_words.BEGINNINGS and len(text) <= line_words.LONGEST_SENTENCE:
        told = line_words.MEDIA.fullmatch(text.strip())
        if told is not None:
            return "", cast(Sort, told.lastgroup)
    # An apostrophe keeps spreadsheets from reading a formula.
    return text[1:] if first == "'" else text, "text"


def _passed(time: str, facts: Facts) -> timedelta | None:
    """The time since midnight; a spreadsheet may have taken the seconds away."""
    try:
        # As LINE writes it, hh:mm:ss. There are too many to remember, so this must be fast.
        return _MINUTES[time[:5]] + _SECONDS[time[5:]]
    except KeyError:
        found = _TIME.fullmatch(time)
    if found is None:
        return None
    if found[3] is None:
        facts.resolution_seconds = 60
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _midnight(day: str, offset: timedelta) -> datetime | None:
    found = _DAY.match(day)
    if found is None or int(found[1]) > _LAST_YEAR:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None


def _made(text: str, offset: timedelta) -> datetime | None:
    day, _, time = text.partition(" ")
    midnight, passed = _midnight(day, offset), _passed(time, Facts())
    if midnight is None or passed is None:
        return None
    return midnight + passed


def _begins(head: str) -> bool:
    return any(word in head[:400] for word in line_words.HEADERS) or head.startswith(
        tuple(line_words.ACCOUNT)
    )


FORMAT = Format(
    name="line_oa",
    title="LINE Official Account, chats as CSV",
    channel="line",
    read=read,
    begins=_begins,
    names_agents=True,
    limits=("line_year", "line_unknown"),
)
