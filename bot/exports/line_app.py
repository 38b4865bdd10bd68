"""LINE's app, "export chat history": one text file per chat, to the minute, without a zone."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.exports.clock import local_instant, of_twelve
from bot.exports.errors import TooLarge
from bot.exports.formats import Format, Reading, grouped
from bot.exports.message import (
    LONGEST_TEXT,
    MOST_MESSAGES,
    Conversation,
    ExportedMessage,
    Ids,
    Sort,
    conversation,
)
from bot.exports.source import Member
from bot.exports.text import head_of, lines

_HEADS = (
    re.compile(r"(?:\[LINE\] ?)?[與与](?P<name>.+?)的聊天[記记][錄录](?:\.txt)?"),
    re.compile(r"(?:\[LINE\] ?)?(?P<name>.+?)とのトーク履歴(?:\.txt)?"),
    re.compile(r"(?:\[LINE\] ?)?Chat history (?:with|in) (?P<name>.+?)(?:\.txt)?"),
    re.compile(r"\[LINE\] ?(?P<name>.+?)(?:のトーク履歴|的聊天[記记][錄录])?"),
)
_SAVED = re.compile(r"(?:儲存日期|保存日期|保存日時|Saved on) ?[:：] ?(?P<when>.+)")
_YEAR_FIRST = re.compile(
    r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})\s*(?:[(（][^()（）\t]{1,4}[)）]|\S{1,4})?"
)
_MONTH_FIRST = re.compile(r"[A-Z][a-z]{2}, (\d{1,2})/(\d{1,2})/(\d{4})")
_HALF = "上午|下午|午前|午後|[AaPp][Mm]"
_TIME = re.compile(
    rf"(?P<before>{_HALF})?\s?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})\s?(?P<after>{_HALF})?"
    r"(?P<gap>\t| )(?P<rest>.*)",
    re.DOTALL,
)
_MEDIA: dict[str, Sort] = {
    **dict.fromkeys(("[貼圖]", "[スタンプ]", "[Sticker]"), "sticker"),
    **dict.fromkeys(("[照片]", "[圖片]", "[写真]", "[画像]", "[Photo]"), "image"),
    **dict.fromkeys(("[影片]", "[動画]", "[Video]"), "video"),
    **dict.fromkeys(("[語音訊息]", "[ボイスメッセージ]", "[Voice message]"), "audio"),
    **dict.fromkeys(("[檔案]", "[ファイル]", "[File]"), "file"),
    **dict.fromkeys(("[位置訊息]", "[位置資訊]", "[位置情報]", "[Location]"), "location"),
    **dict.fromkeys(
        ("[聯絡資訊]", "[連絡先]", "[Contact]", "[禮物]", "[プレゼント]", "[Gift]"), "media"
    ),
}
# Calls, albums and notes are rows like messages, but nobody said anything.
_HAPPENED = re.compile(
    r"☎ .*|(?:アルバム(?:に写真を追加|を作成)しました|ノートに投稿しました。?"
    r"|イベント「.*」が.*されました。?)"
)
_HALF_A_DAY = timedelta(hours=12)


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read chat by chat; several exports of one chat are one conversation."""
    reading.facts.resolution_seconds = 60
    titles = {member.name: _title(member) for member in members}
    for title, group in grouped(members, lambda member: titles[member.name]):
        messages: list[ExportedMessage] = []
        for member in group:
            reading.progress(member)
            messages += _messages(member, title, reading)
        yield conversation(title, messages, title=title)


def _title(member: Member) -> str:
    first = _first_line(head_of(member))
    for text in (first, member.base):
        if found := next((match for each in _HEADS if (match := each.fullmatch(text))), None):
            return found["name"].strip()
    return member.name


def _first_line(head: str) -> str:
    return next((line.strip() for line in head.splitlines() if line.strip()), "")


class _Row(NamedTuple):
    at: datetime
    sender: str
    text: str


def _messages(member: Member, title: str, reading: Reading) -> list[ExportedMessage]:
    ids = Ids()
    made: list[ExportedMessage] = []
    with lines(member) as text:
        for row in _rows(text, title, reading):
            if _HAPPENED.fullmatch(row.text):
                continue
            sort = _MEDIA.get(row.text, "text")
            said = row.text if sort == "text" else ""
            id = ids(row.at, row.sender, said or sort)
            made.append(ExportedMessage(id, row.at, row.sender, "", sort, said))
            if len(made) > MOST_MESSAGES:
                raise TooLarge(f"{member.name} has more than {MOST_MESSAGES:,} messages; split it")
    return made


def _rows(text: Iterable[str], title: str, reading: Reading) -> Iterator[_Row]:
    day: date | None = None
    last: datetime | None = None
    for line in _whole_lines(text):
        if (found := _day(line)) is not None:
            day, last = found, None
        elif saved := _SAVED.fullmatch(line.strip()):
            reading.facts.made(_saved(saved["when"], reading))
        elif (start := _TIME.fullmatch(line)) and day is not None:
            row = _row(start, day, last, title, reading)
            if row is None:
                continue
            last = row.at
            yield row


def _whole_lines(text: Iterable[str]) -> Iterator[str]:
    """Join what stands in double quotes over several lines; a time ends a quote that never did."""
    held: list[str] = []
    room = 0
    for raw in text:
        line = raw.rstrip("\r\n")
        if held and not _TIME.fullmatch(line) and _day(line) is None:
            if room > 0:
                held.append(line)
                room -= len(line)
            if line.endswith('"'):
                yield "\n".join(held)
                held = []
            continue
        if held:
            yield "\n".join(held)
            held = []
        quote = line.rpartition("\t")[2]
        if "\t" in line and quote.startswith('"') and not (len(quote) > 1 and quote.endswith('"')):
            held, room = [line], LONGEST_TEXT
        else:
            yield line
    if held:
        yield "\n".join(held)


def _row(
    start: re.Match[str], day: date, last: datetime | None, title: str, reading: Reading
) -> _Row | None:
    half = start["before"] or start["after"] or ""
    hour = int(start["hour"])
    at = local_instant(day, of_twelve(hour, half), int(start["minute"]), 0, reading.zone)
    if at is None:
        return None
    # Some phones write noon as 12 in the morning; rows are in the order of time.
    if hour == 12 and last is not None and at < last <= at + _HALF_A_DAY:
        at += _HALF_A_DAY
    sender, text = _said(start["rest"], title, tabs=start["gap"] == "\t")
    return _Row(at, sender, _unquoted(text)) if sender and text else None


def _said(rest: str, title: str, *, tabs: bool) -> tuple[str, str]:
    """Sender and text; what happened has no sender."""
    if tabs:
        sender, _, text = rest.partition("\t")
        return sender.strip(), text
    # Computers write blanks, and names hold blanks, too.
    if rest.startswith(f"{title} "):
        return title, rest[len(title) + 1 :]
    sender, _, text = rest.partition(" ")
    return sender, text


def _unquoted(text: str) -> str:
    if len(text) > 1 and text.startswith('"') and text.endswith('"') and "\n" in text:
        return text[1:-1].replace('""', '"').strip("\n")
    return text


def _day(line: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(line.strip()):
        year, month, day = (int(part) for part in found.groups())
    elif found := _MONTH_FIRST.fullmatch(line.strip()):
        month, day, year = (int(part) for part in found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _saved(when: str, reading: Reading) -> datetime | None:
    day_text, _, time_text = when.strip().partition(" ")
    day = _day(day_text)
    start = _TIME.fullmatch(f"{time_text.strip()}\t")
    if day is None or start is None:
        return None
    hour = of_twelve(int(start["hour"]), start["before"] or start["after"] or "")
    return local_instant(day, hour, int(start["minute"]), 0, reading.zone)


def _begins(head: str) -> bool:
    first = _first_line(head)
    saved = any(_SAVED.fullmatch(line.strip()) for line in head.splitlines()[:4])
    return first.startswith("[LINE]") or saved or any(each.fullmatch(first) for each in _HEADS[:3])


FORMAT = Format(
    name="line_app",
    title="LINE app, exported chat",
    channel="line",
    read=read,
    begins=_begins,
    local_time=True,
    limits=("people_only", "automatic_unmarked", "calls_left_out"),
)
