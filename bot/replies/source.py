"""Read a template file: a header between lines of dashes, then the text in one or more variants."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

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
    """The file is no template. *line* counts from 1."""

    def __init__(self, message: str, *, line: int = 1) -> None:
        self.line = line
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
    when a variable is missing.
    """

    path: Path
    name: str
    variants: tuple[Variant, ...]
    offers: Content = field(default_factory=Content)
    flags: frozenset[Flag] = frozenset()
    fallback: str | None = None


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
    return TemplateFile(
        path=path,
        name=path.name.removesuffix(_SUFFIX),
        variants=tuple(_variants(lines, body_at)),
        offers=header.offers(),
        flags=frozenset(header.flags),
        fallback=header.fallback,
    )


def _header(lines: Sequence[str]) -> tuple[Header, int]:
    """The header and the index of the first line after it."""
    if not lines or lines[0].rstrip() != _FENCE:
        return Header(), 0
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == _FENCE), None)
    if end is None:
        raise UnreadableTemplate("the header is not closed by a line ---")
    try:
        loaded = yaml.load("\n".join(lines[1:end]), Loader=_Loader)
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
        raise UnreadableTemplate(f"header: {place}: {first['msg']}", line=2) from exc


def _variants(lines: Sequence[str], start: int) -> Iterable[Variant]:
    first = start
    for at in [at for at in range(start, len(lines)) if _VARIANT.match(lines[at])]:
        yield Variant(text="\n".join(lines[first:at]), line=first + 1)
        first = at + 1
    yield Variant(text="\n".join(lines[first:]), line=first + 1)
