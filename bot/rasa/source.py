"""Finds the files of a Rasa bot and reads them into parts that know their file and line.

What a file holds is told by its top-level keys, not by its name; any file may hold any of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings_source import Bounds, Place, Problem, Source, read

_BOUNDS = Bounds(bytes=20_000_000, nodes=500_000, aliases=True)
_NOT_OURS = frozenset({"models", "node_modules", "venv", "env", "results", "__pycache__", "build"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A value of a Rasa file. Asked for what it does not hold, it holds nothing."""

    source: Source
    place: Place
    value: Any
    file: str
    offset: int = 0

    @property
    def line(self) -> int:
        """Where it stands: the line of its key if it has one."""
        at = self.source.keys.get(self.place) or self.source.marks.get(self.place) or (1, 1)
        return at[0] + self.offset

    @property
    def text(self) -> str:
        """Its value as text; empty if it is a list, a mapping or nothing."""
        match self.value:
            case bool():
                return "true" if self.value else "false"
            case str() | int() | float():
                return str(self.value)
            case _:
                return ""

    def items(self) -> Iterator[tuple[str, "Part"]]:
        """Its keys and what stands below each."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield str(key), self._below(key, value)

    def each(self) -> Iterator["Part"]:
        """The items of a list."""
        if isinstance(self.value, list):
            for at, value in enumerate(self.value):
                yield self._below(at, value)

    def get(self, key: str) -> "Part | None":
        """What stands below *key*; None where nothing does."""
        if isinstance(self.value, dict) and self.value.get(key) is not None:
            return self._below(key, self.value[key])
        return None

    def has(self, key: str) -> bool:
        """Whether *key* is there, be it empty."""
        return isinstance(self.value, dict) and key in self.value

    def told(self, key: str) -> str:
        """The text below *key*, or nothing."""
        below = self.get(key)
        return below.text if below else ""

    def names(self) -> Iterator[tuple[str, "Part"]]:
        """What a list names: each a word, or a mapping of one word to what is said about it."""
        for item in self.each():
            if isinstance(item.value, dict):
                yield from item.items()
            elif item.text:
                yield item.text, item

    def lines(self) -> Iterator["Part"]:
        """The lines of a text, each with its place."""
        for at, line in enumerate(self.text.splitlines()):
            yield Part(
                source=self.source,
                place=self.place,
                value=line,
                file=self.file,
                # A block's text starts below the line that says | or >.
                offset=at + (1 if "\n" in self.text else 0),
            )

    def _below(self, key: str | int, value: Any) -> "Part":
        return Part(source=self.source, place=(*self.place, key), value=value, file=self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file: its whole content, and what is wrong with it."""

    path: Path
    root: Part
    problems: tuple[Problem, ...]

    @property
    def is_test(self) -> bool:
        """Whether it holds test stories, which Rasa tells by the name alone."""
        return self.path.name.startswith("test_") or "tests" in Path(self.root.file).parts[:-1]


def files(path: Path) -> list[File]:
    """Every YAML file of the bot at *path*, a folder or one file. Raises OSError."""
    folder = path if path.is_dir() else path.parent
    found = sorted(_found(path)) if path.is_dir() else [path]
    return [_file(each, each.relative_to(folder).as_posix()) for each in found]


def others(path: Path, suffixes: Iterable[str]) -> list[File]:
    """Files of other kinds, as empty parts."""
    if not path.is_dir():
        return []
    return [
        _unread(each, each.relative_to(path).as_posix())
        for suffix in suffixes
        for each in sorted(path.rglob(f"*{suffix}"))
        if _is_ours(each.relative_to(path))
    ]


def _found(folder: Path) -> Iterator[Path]:
    for suffix in ("yml", "yaml"):
        for path in folder.rglob(f"*.{suffix}"):
            if path.is_file() and _is_ours(path.relative_to(folder)):
                yield path


def _is_ours(relative: Path) -> bool:
    return not any(part.startswith(".") or part in _NOT_OURS for part in relative.parts)


def _file(path: Path, name: str) -> File:
    # Secrets of the environment must not be written into the project.
    source = read(path, {}, bounds=_BOUNDS)
    root = Part(source=source, place=(), value=source.value, file=name)
    return File(path=path, root=root, problems=tuple(source.problems))


def _unread(path: Path, name: str) -> File:
    root = Part(source=Source(file=str(path)), place=(), value=None, file=name)
    return File(path=path, root=root, problems=())
