"""Read a template file: a header between lines of dashes, then the text in one or more variants."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.replies.draw import draw_of
from bot.replies.header import Flag, Header
from channels.messages import Content

try:
    from yaml import CSafeLoader as _Loader
except ImportError:
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MACROS = "_macros.j2"
_SUFFIX = ".j2"
_FENCE = "---"
_VARIANT = re.compile(r"^---[ \t]*variant[ \t]*$")
_MAX_SIZE = 16_384


class UnreadableTemplate(Exception):
    """The file is no template. *line* and *column* count from 1."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1) -> None:
        self.line = line
        self.column = column
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to say it. *line* is where its text starts in the file, from 1."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFile:
    """One file of templates, its header understood and its variants not yet compiled.

    *name* is the file's name without ``.j2``; it may end in a channel or ``comment``
    ("handoff.comment"). *offers* is what goes along with the text. *fallback* is plain text for
    when a variable is missing. Each variant has one of *weights*; *draw* names what is chosen from.
    *header* are its lines, without the dashes around.
    """

    path: Path
    name: str
    variants: tuple[Variant, ...]
    weights: tuple[int, ...]
    draw: str
    offers: Content = field(default_factory=Content)
    flags: frozenset[Flag] = frozenset()
    fallback: str | None = None
    header: tuple[str, ...] = ()

    def place(self, words: str) -> tuple[int, int]:
        """Line and column of *words* in the header, or of where it begins."""
        for number, line in enumerate(self.header, start=2):
            if words in line:
                return number, line.index(words) + 1
        return (2, 1) if self.header else (1, 1)


def template_paths(folders: Iterable[Path], language: str) -> dict[str, Path]:
    """The templates of *language* by name; of two of one name, that in the earlier folder."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / language).glob(f"*{_SUFFIX}")):
            found.setdefault(path.name.removesuffix(_SUFFIX), path)
    return found


def read_template(path: Path) -> TemplateFile:
    """Read one file. Raises UnreadableTemplate, naming the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise UnreadableTemplate(f"cannot be read: {exc}") from exc
    if len(text) > _MAX_SIZE:
        raise UnreadableTemplate(f"longer than {_MAX_SIZE} characters")
    lines = text.splitlines()
    header, body_at = _header(lines)
    variants = tuple(_variants(lines, body_at))
    weights = _weights(header, variants, lines)
    return TemplateFile(
        path=path,
        name=path.name.removesuffix(_SUFFIX),
        variants=variants,
        weights=weights,
        draw=draw_of([each.text.strip() for each in variants], weights, header.digest()),
        offers=header.offers(),
        flags=frozenset(header.flags),
        fallback=header.fallback,
        header=tuple(lines[1 : body_at - 1]),
    )


def _header(lines: Sequence[str]) -> tuple[Header, int]:
    """The header and the index of the first line after it."""
    if not lines or lines[0].rstrip() != _FENCE:
        return Header(), 0
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == _FENCE), None)
    if end is None:
        raise UnreadableTemplate("the header is not closed by a line ---")
    text = "\n".join(lines[1:end])
    try:
        loaded = yaml.load(text, Loader=_Loader)
        return Header.model_validate({} if loaded is None else loaded), end + 1
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        # What breaks off is missed at the end, which is no line of the header any more.
        line = min(mark.line, end - 2) + 2 if mark else 1
        raise UnreadableTemplate(
            f"the header is no YAML: {getattr(exc, 'problem', exc)}", line=line
        ) from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        line, column = _mark(text, first["loc"])
        raise UnreadableTemplate(
            f"header: {place}: {first['msg']}", line=line, column=column
        ) from exc


def _mark(text: str, place: Iterable[str | int]) -> tuple[int, int]:
    """Line and column in the file of what stands at *place* in the header, or nearest around it."""
    node = yaml.compose(text, Loader=_Loader)
    at = getattr(node, "start_mark", None)
    for step in place:
        found = _below(node, step)
        if found is None:
            break
        node, at = found
    # The header begins in the second line of the file.
    return (2, 1) if at is None else (at.line + 2, at.column + 1)


def _below(node: Any, step: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark
    return None


def _weights(header: Header, variants: Sequence[Variant], lines: Sequence[str]) -> tuple[int, ...]:
    weights = header.weights or (1,) * len(variants)
    line = next((at for at, line in enumerate(lines, 1) if line.startswith("weights")), 2)
    if len(weights) != len(variants):
        told = f"{len(weights)} for {len(variants)} variants; each needs one, 0 ends it"
        raise UnreadableTemplate(f"header: weights: {told}", line=line)
    if not any(weights):
        raise UnreadableTemplate("header: weights: at least one must be above 0", line=line)
    return weights


def _variants(lines: Sequence[str], start: int) -> Iterable[Variant]:
    first = start
    for at in [at for at in range(start, len(lines)) if _VARIANT.match(lines[at])]:
        yield Variant(text="\n".join(lines[first:at]), line=first + 1)
        first = at + 1
    yield Variant(text="\n".join(lines[first:]), line=first + 1)
