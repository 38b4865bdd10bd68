"""Bytes of an export -> text, in whichever encoding a platform or a spreadsheet saved it."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager

from bot.exports.source import Member

HEAD = 4096
_AT_ONCE = 16 * 2**20
_LONGEST_LINE = 2**20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Words that only the right one of the old encodings brings to light.
_SIGNS = (
    ("cp950", ("帳號名稱", "傳送者類型", "聊天記錄", "儲存日期", "上午", "下午")),
    ("cp932", ("アカウント名", "送信者タイプ", "トーク履歴", "保存日時", "午前", "午後")),
)


def encoding_of(head: bytes) -> str:
    """Guess how a file is encoded from its first bytes; UTF-8 if nothing speaks against it."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if _is_utf8(head):
        return "utf-8"
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    for encoding, signs in _SIGNS:
        decoded = head.decode(encoding, "ignore")
        if any(sign in decoded for sign in signs):
            return encoding
    return "utf-8"


def head_of(member: Member) -> str:
    """The first few thousand characters. Raises BrokenFile."""
    with member.open() as stream:
        head = stream.read(HEAD)
    return head.decode(encoding_of(head), "replace").lstrip("\ufeff")


def whole(data: bytes) -> str:
    """Decode a small file; what is not of its encoding becomes U+FFFD."""
    return data.decode(encoding_of(data[:HEAD]), "replace").lstrip("\ufeff")


@contextmanager
def lines(member: Member) -> Iterator[Iterator[str]]:
    """Read a file line by line, each with its end, in bounded memory. Raises BrokenFile."""
    with member.open() as stream:
        if member.size <= _AT_ONCE:
            yield io.StringIO(whole(stream.read()), newline="")
            return
        head = stream.read(HEAD)
        both = io.BufferedReader(_Joined(head, stream), 2**18)
        yield _bounded(io.TextIOWrapper(both, encoding_of(head), "replace", newline=""))


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE):
        yield line


def _is_utf8(head: bytes) -> bool:
    try:
        # A character that is cut by the end of the head is no fault.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


class _Joined(io.RawIOBase):
    """Puts what was read from a stream before it again."""

    def __init__(self, head: bytes, stream: object) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self._head[: len(view)] or self._stream.read(len(view))  # type: ignore[attr-defined]
        self._head = self._head[len(view) :]
        view[: len(block)] = block
        return len(block)
