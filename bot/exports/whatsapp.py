"""WhatsApp, "export chat": one text file per chat, written as the phone writes dates."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.exports.clock import local_instant, of_twelve
from bot.exports.dates import Parts, day_of, order_of
from bot.exports.errors import TooLarge
from bot.exports.formats import DateOrder, Format, Reading, grouped
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
from bot.exports.text import lines

_HALF = r"上午|下午|中午|凌晨|清晨|早上|晚上|午前|午後|[AaPp]\.?[ \u00a0\u202f]?[Mm]\.?"
_START = re.compile(
    r"[\u200e\u200f\ufeff]*\[?(?P<a>\d{1,4})[./-](?P<b>\d{1,2})[./-](?P<c>\d{2,4})\.?,?\s+"
    rf"(?:klo\s+)?(?P<before>{_HALF})?\s*(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})"
    rf"(?:[:.](?P<second>\d{{2}}))?\s*(?P<after>{_HALF})?"
    r"(?:\]\s?|\s[-\u2013]\s|:\s)(?P<rest>.*)",
    re.DOTALL,
)
_PHONE = re.compile(r"\+\d(?:[\s()-]*\d){6,14}")
_MARKS = re.compile("[\u200e\u200f\u202a\u202c]")
# Files are named after the customer, in the language of the phone.
_TITLES = (
    re.compile(r"WhatsApp Chat (?:with|-) (?P<name>.+?)(?:\.txt|\.zip)?", re.I),
    re.compile(
        r"(?:與|和)[ ]?(?P<name>.+?)[ ]?的 ?WhatsApp ?(?:對話|聊天|聊天記錄)(?:\.txt|\.zip)?"
    ),
    re.compile(r"(?P<name>.+?)とのWhatsAppチャット(?:\.txt|\.zip)?"),
)
_MEDIA: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    (
        "unsent",
        re.compile(
            r"(?:This message was deleted|You deleted this message|(?:此|這則)訊息已(?:被)?刪除"
            r"|(?:您|你)已?刪除了?(?:此|這則)訊息|このメッセージは削除されました)[.。]?"
        ),
    ),
    (
        "sticker",
        re.compile(
            r"sticker omitted|(?:貼圖已|已)(?:略去|忽略)(?:貼圖)?|ステッカーは省略されました", re.I
        ),
    ),
    (
        "image",
        re.compile(
            r"image omitted|圖片已(?:略去|忽略)|画像は省略されました|IMG-\S+ \(file attached\)",
            re.I,
        ),
    ),
    (
        "media",
        re.compile(
            r"<(?:Media omitted|(?:已?略去|省略|已?忽略)多媒體檔案?|メディアは含まれていません"
            r"|(?:attached|已附加|附件)[:：][^>]+)>"
            r"|(?:video|audio|GIF|document|Contact card) omitted"
            r"|(?:影片|音訊|文件|GIF)已(?:略去|忽略)"
            r"|\S+ \((?:file attached|附件)\)",
            re.I,
        ),
    ),
)
_LONGEST_SENTENCE = 200


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read chat by chat. Raises AmbiguousDates."""
    order = reading.date_order or order_of(_dates(member) for member in members)
    for title, group in grouped(members, _title):
        messages: list[ExportedMessage] = []
        for member in group:
            reading.progress(member)
            messages += _messages(member, order, reading)
        yield conversation(title, messages, title="" if title == group[0].name else title)


class _Row(NamedTuple):
    parts: Parts
    hour: int
    minute: int
    second: int | None
    sender: str
    text: str


def _title(member: Member) -> str:
    """The customer: in the file's name, or in that of the zip around an iPhone's _chat.txt."""
    for name in (
        member.base,
        member.folder.rpartition("/")[2],
        member.container.rpartition("/")[2],
    ):
        found = next((match for each in _TITLES if (match := each.fullmatch(name))), None)
        if found:
            return found["name"]
    return member.name


def _dates(member: Member) -> list[Parts]:
    """The dates of a chat in their order, each run of the same one once."""
    found: list[Parts] = []
    with lines(member) as text:
        for line in text:
            if (start := _START.match(line)) and (parts := _parts(start)) not in found[-1:]:
                found.append(parts)
    return found


def _parts(start: re.Match[str]) -> Parts:
    return int(start["a"]), int(start["b"]), int(start["c"])


def _rows(text: Iterable[str], title: str) -> Iterator[_Row]:
    row: _Row | None = None
    more: list[str] = []
    room = 0
    for line in text:
        start = _START.match(line)
        if start is None:
            if row is not None and room > 0:
                more.append(line)
                room -= len(line)
            continue
        if row is not None:
            yield row._replace(text="".join([row.text, *more]))
        row, more, room = _row(start, title), [], LONGEST_TEXT
    if row is not None:
        yield row._replace(text="".join([row.text, *more]))


def _row(start: re.Match[str], title: str) -> _Row:
    sender, text = _said(start["rest"], title)
    hour = of_twelve(int(start["hour"]), start["before"] or start["after"] or "")
    second = None if start["second"] is None else int(start["second"])
    return _Row(_parts(start), hour, int(start["minute"]), second, sender, text)


def _said(rest: str, title: str) -> tuple[str, str]:
    """Only what is said has a name before it; a name may hold a colon itself."""
    rest = _MARKS.sub("", rest)
    if title and rest.startswith(f"{title}: "):
        return title, rest[len(title) + 2 :]
    sender, colon, text = rest.partition(": ")
    if not colon:
        # A blank at the end of a line does not survive every editor.
        sender, colon, text = rest.rstrip("\r\n").rpartition(":")
        if text or not colon:
            return "", ""
    return sender.strip(), text


def _messages(member: Member, order: DateOrder, reading: Reading) -> list[ExportedMessage]:
    ids = Ids()
    made: list[ExportedMessage] = []
    with lines(member) as text:
        for row in _rows(text, _title(member)):
            if not row.sender:
                continue
            message = _message(row, order, reading, ids)
            if message is None:
                reading.facts.unread += 1
                continue
            made.append(message)
            if len(made) > MOST_MESSAGES:
                raise TooLarge(f"{member.name} has more than {MOST_MESSAGES:,} messages; split it")
    return made


def _message(row: _Row, order: DateOrder, reading: Reading, ids: Ids) -> ExportedMessage | None:
    day = day_of(row.parts, order)
    at = local_instant(day, row.hour, row.minute, row.second or 0, reading.zone)
    if at is None:
        return None
    if row.second is None:
        reading.facts.resolution_seconds = 60
    text = _MARKS.sub("", row.text).replace("\r\n", "\n").strip("\n")
    sort = _sort(text)
    said = text if sort == "text" else ""
    return ExportedMessage(ids(at, row.sender, said or sort), at, row.sender, "", sort, said)


def _sort(text: str) -> Sort:
    if len(text) > _LONGEST_SENTENCE:
        return "text"
    return next((sort for sort, sentence in _MEDIA if sentence.fullmatch(text.strip())), "text")


def _begins(head: str) -> bool:
    first = next((line for line in head.splitlines() if line.strip()), "")
    return bool(_START.match(first))


def _number(conversation: Conversation, brand: str) -> str | None:
    """Whom the address book does not know is called by number."""
    if not _PHONE.fullmatch(conversation.id):
        return None
    return "".join(filter(str.isdecimal, conversation.id))


FORMAT = Format(
    name="whatsapp",
    title="WhatsApp, exported chat",
    channel="whatsapp",
    read=read,
    begins=_begins,
    local_time=True,
    address=_number,
    limits=("people_only", "automatic_unmarked", "whatsapp_cut"),
)
