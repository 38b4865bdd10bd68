"""JSON of an export, whose every value may be anything."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from bot.exports.errors import BrokenFile, TooLarge
from bot.exports.source import Member
from bot.exports.text import HEAD, encoding_of, lines, whole

MOST_AT_ONCE = 256 * 2**20
MOST_OF_ONE = 16 * 2**20
_BLOCK = 2**16
_SPACE = " \t\r\n"


def json_of(member: Member, *, before: str = "") -> Any:
    """Read a whole JSON file, what stands *before* it taken away. Raises BrokenFile, TooLarge."""
    if member.size > MOST_AT_ONCE:
        raise TooLarge(
            f"{member.name} has {member.size >> 20} MB, more than {MOST_AT_ONCE >> 20}; export a "
            "shorter period or fewer conversations at a time"
        )
    with member.open() as stream:
        data = stream.read(MOST_AT_ONCE + 1)
    if before or encoding_of(data[:HEAD]) != "utf-8":
        text = whole(data)
        data = (
            text[text.find(before) + len(before) :].encode("utf-8", "replace")
            if before
            else text.encode()
        )
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _lenient(data, member)


def _lenient(data: bytes, member: Member) -> Any:
    """Half a pair of surrogates, which some platforms leave when they cut a text, is forgiven."""
    try:
        loose = json.loads(data)
        return orjson.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as exc:
        raise _broken(member, str(exc)) from exc


def _broken(member: Member, why: str) -> BrokenFile:
    return BrokenFile(
        f"{member.name} is no whole JSON file ({why[:80]}); export it again or leave it out"
    )


def text_at(value: Any, key: str) -> str:
    """The text at *key*, or ""."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def mended(text: str) -> str:
    """Put a mark for half a pair of surrogates, which cannot be written anywhere."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def id_at(value: Any, key: str) -> str:
    """The id at *key*, a number or a text, or ""."""
    found = value.get(key) if isinstance(value, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def list_at(value: Any, key: str) -> list[Any]:
    """The list at *key*, or an empty one."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def dict_at(value: Any, key: str) -> dict[str, Any]:
    """The object at *key*, or an empty one."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


class Pull:
    """Reads a large JSON text piece by piece: what is asked for is kept, the rest passes by.

    No piece may be larger than MOST_OF_ONE. Raises BrokenFile where the text is not JSON.
    """

    def __init__(self, read: Callable[[], str], member: Member) -> None:
        self._read = read
        self._member = member
        self._text = ""
        self._at = 0
        self._decode = json.JSONDecoder().raw_decode

    def fields(self) -> Iterator[str]:
        """Step into an object; each key's value must be taken before the next key."""
        self._expect("{")
        while self._peek() != "}":
            key = self.value()
            self._expect(":")
            yield key if isinstance(key, str) else ""
            self._separated("}")
        self._at += 1

    def items(self) -> Iterator[None]:
        """Step into a list; each item must be taken before the next."""
        self._expect("[")
        while self._peek() != "]":
            yield None
            self._separated("]")
        self._at += 1

    def kind(self) -> str:
        """The first character of the next value."""
        return self._peek()

    def value(self) -> Any:
        """Take the next value whole."""
        self._peek()
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except (ValueError, RecursionError) as exc:
                if isinstance(exc, RecursionError) or not self._more():
                    raise _broken(self._member, str(exc)) from exc
                continue
            # The rest of a number may not have come yet.
            if end < len(self._text) or not self._more():
                self._at = end
                return found

    def _peek(self) -> str:
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                raise _broken(self._member, "it ends early")

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise _broken(self._member, f"{char!r} is missing")
        self._at += 1

    def _separated(self, closing: str) -> None:
        char = self._peek()
        if char == ",":
            self._at += 1
        elif char != closing:
            raise _broken(self._member, "',' is missing")

    def _more(self) -> bool:
        self._text = self._text[self._at :]
        self._at = 0
        if len(self._text) > MOST_OF_ONE:
            raise TooLarge(
                f"{self._member.name} holds one value of more than 16 MB; is it an export?"
            )
        # Twice as much each time, so that a long value is not read over and over.
        blocks = [self._text]
        wanted = max(_BLOCK, len(self._text))
        while wanted > 0 and (block := self._read()):
            blocks.append(block)
            wanted -= len(block)
        grown = len(blocks) > 1
        self._text = "".join(blocks)
        return grown


@contextmanager
def pulled(member: Member) -> Iterator[Pull]:
    """Open a JSON file to read it piece by piece."""
    with lines(member) as text:
        # Its lines may be as long as the file, so they come in blocks.
        yield Pull(lambda: next(text, ""), member)
