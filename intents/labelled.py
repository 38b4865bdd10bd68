"""Read labelled messages, one JSON object a line; refuse what is not exactly that."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from intents.catalog import Catalog, Example, Intent
from intents.errors import LabelError, suggestion
from intents.match import OUT_OF_SCOPE, Utterance
from intents.prepared import prepared

# What BCP 47 calls a language that nobody knows.
UNDETERMINED = "und"

# Names stand in tables and pages, so they must be one line.
_ONE_LINE = r"^[^\x00-\x1f\x7f\u0085\u2028\u2029]+$"
_GZIP = b"\x1f\x8b"
_FORM = '{"text": "...", "intent": "..."}'
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A message and the *intent* that it has; ``oos`` if it should be rejected.

    *language* is None where the file does not say it. *place* is ``file:line``.
    """

    text: str
    intent: str
    language: str | None
    place: str


def read(files: Iterable[Path]) -> list[Labelled]:
    """Read ``{"text", "intent", "lang"?}`` from each line of *files*, gzipped or not.

    Other keys and empty lines are passed over. Raises LabelError as ``file:line: what is wrong``
    with up to 20 bad lines, and for a file without messages.
    """
    return [message for file in files for message in _of_file(file)]


def check_names(messages: Iterable[Labelled], names: Sequence[str]) -> None:
    """Raise LabelError when a message's intent is none of *names*; ``oos`` always is one."""
    known = {OUT_OF_SCOPE, *names}
    _refuse(
        f"{each.place}: no intent {each.intent!r}; {suggestion(each.intent, names)}"
        for each in messages
        if each.intent not in known
    )


def catalog_of(messages: Iterable[Labelled]) -> Catalog:
    """Make a catalogue that has *messages* as its examples.

    Unlike a brand's own, it may hold a message under two intents, or one alone, as data sets do:
    that one stands twice, since training wants two. Raises LabelError for a message without a word.
    """
    examples: dict[str, list[Example]] = {}
    for message in messages:
        examples.setdefault(message.intent, []).append(_example(message))
    _refuse(
        f"{each.place}: no word to learn from; remove the line"
        for group in examples.values()
        for each in group
        if not each.tokens
    )
    return Catalog(intents=tuple(_intent(name, examples[name]) for name in sorted(examples)))


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str = Field(min_length=1)
    intent: str = Field(max_length=200, pattern=_ONE_LINE)
    lang: str | None = Field(default=None, max_length=35, pattern=_ONE_LINE)


def _of_file(file: Path) -> list[Labelled]:
    found: list[Labelled] = []
    wrong: list[str] = []
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        place = f"{file}:{number}"
        try:
            found.append(_labelled(line, place))
        except ValidationError as exc:
            wrong.append(f"{place}: {_why(exc)}; write {_FORM}")
    _refuse(wrong)
    if not found:
        raise LabelError(f"{file}:1: no messages; write one {_FORM} a line")
    return found


def _lines(file: Path) -> Iterator[bytes]:
    raw = file.read_bytes()
    if raw.startswith(_GZIP):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as exc:
            raise LabelError(f"{file}: a damaged gzip file ({exc}); fetch it again") from exc
    yield from raw.removeprefix(b"\xef\xbb\xbf").splitlines()


def _labelled(line: bytes, place: str) -> Labelled:
    told = _Line.model_validate_json(line)
    return Labelled(text=told.text, intent=told.intent, language=told.lang, place=place)


def _why(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    return f"{key}: {first['msg']}" if key else first["msg"]


def _refuse(wrong: Iterable[str]) -> None:
    lines = list(wrong)
    if lines:
        more = len(lines) - _SHOWN
        raise LabelError("\n".join(lines[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])))


def _intent(name: str, examples: list[Example]) -> Intent:
    return Intent(name=name, examples=tuple(examples if len(examples) > 1 else examples * 2))


def _example(message: Labelled) -> Example:
    ready = prepared(Utterance(text=message.text))
    return Example(
        text=message.text,
        language=message.language or ready.language or UNDETERMINED,
        tokens=tuple(ready.tokens),
        place=message.place,
    )
