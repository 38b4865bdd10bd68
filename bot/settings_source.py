"""Reads one YAML file so that everything wrong with it can be said with file, line and column."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.resolver import Resolver

try:
    from yaml import CSafeLoader as _Parser
except ImportError:
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

MAX_DEPTH = 24

# A place in the file: the keys and list positions that lead to it.
Place = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a file may be, and whether it may repeat a value by an alias."""

    bytes: int = 1_000_000
    nodes: int = 20_000
    aliases: bool = False


CONFIG_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something wrong in a file. *line* and *column* count from 1; *place* is "brand.timezone"."""

    file: str
    line: int
    column: int
    place: str = ""
    message: str

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{self.file}:{self.line}:{self.column} {place}{self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A YAML file as plain values. *marks* gives line and column of every place in it.

    *keys* does the same for the keys themselves. The values are whole even where *problems* says
    that a part of them is wrong, so that all problems of a file can be told together.
    """

    file: str
    value: Any = None
    marks: dict[Place, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Place, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: Place, message: str, *, at_key: bool = False) -> Problem:
        """Say *message* about *place*, or about the nearest place around it that the file has."""
        where = place
        while where and where not in self.marks:
            where = where[:-1]
        marks = self.keys if at_key and where in self.keys else self.marks
        line, column = marks.get(where, (1, 1))
        dotted = ".".join(str(word) for word in place)
        return Problem(file=self.file, line=line, column=column, place=dotted, message=message)


def read(path: Path, environ: Mapping[str, str], *, bounds: Bounds = CONFIG_BOUNDS) -> Source:
    """Read the YAML file *path* with every ${NAME} in its values replaced from *environ*.

    ${NAME:-text} gives *text* where NAME is unset or empty; $${ stands for a plain ${. Scalars
    follow the YAML 1.2 core schema, so that "no" and 09:30 are text. Tags, duplicate keys
    and what is beyond *bounds* are refused. Never raises: what is wrong is in Source.problems.
    """
    source = Source(file=str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(bounds.bytes + 1)
        if len(raw) > bounds.bytes:
            raise _Refused(1, 1, f"the file is larger than {bounds.bytes // 1_000_000} MB")
        node = _Loader(_text(raw), bounds).get_single_node()
        value = None if node is None else _Values(source, environ, bounds).of(node, ())
    except OSError as exc:
        refused = _Refused(1, 1, f"cannot be read: {exc.strerror or exc}")
    except _Refused as exc:
        refused = exc
    except yaml.MarkedYAMLError as exc:
        refused = _Refused(*_start(exc.problem_mark), f"{exc.problem or 'is not YAML'}")
    else:
        return replace(source, value=value)
    problem = Problem(
        file=source.file, line=refused.line, column=refused.column, message=refused.message
    )
    return replace(source, problems=[problem])


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Give "; did you mean 'x'?" for the nearest of *words*, or nothing if none is near."""
    near = nearest(word, words)
    return "" if near is None else f"; did you mean {near!r}?"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of *words* that is most like *word*, whatever the case; None if none is near."""
    by_fold = {candidate.casefold(): candidate for candidate in words}
    near = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[near[0]] if near else None


class _Refused(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line, self.column, self.message = line, column, message


class _Loader(Composer, Resolver):
    """Compose nodes under the YAML 1.2 core schema, within bounds, from what C has parsed."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def __init__(self, text: str, bounds: Bounds) -> None:
        Composer.__init__(self)
        Resolver.__init__(self)
        self._bounds = bounds
        self._events = yaml.parse(text, Loader=_Parser)
        self._next = next(self._events, None)
        self.nodes = 0
        self.depth = 0

    def check_event(self, *kinds: type[yaml.Event]) -> bool:
        return isinstance(self._next, kinds or yaml.Event)

    def peek_event(self) -> yaml.Event:
        assert self._next is not None  # noqa: S101 - the composer stops at the stream's end
        return self._next

    def get_event(self) -> yaml.Event:
        event = self.peek_event()
        self._next = next(self._events, None)
        return event

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        line, column = _start(event.start_mark)
        if isinstance(event, yaml.AliasEvent) and not self._bounds.aliases:
            raise _Refused(line, column, "aliases (*name) are not supported; repeat the value")
        if (tag := getattr(event, "tag", None)) is not None:
            raise _Refused(line, column, f"tags ({tag}) are not supported; leave it out")
        self.nodes += 1
        self.depth += 1
        if self.nodes > self._bounds.nodes:
            raise _Refused(line, column, f"the file has more than {self._bounds.nodes} values")
        if self.depth > MAX_DEPTH:
            raise _Refused(line, column, f"the file is nested more than {MAX_DEPTH} levels deep")
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


# https://yaml.org/spec/1.2.2/#1032-tag-resolution
for _tag, _pattern, _first in [
    ("null", r"(?:~|null|Null|NULL|)\Z", [*"~nN", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", [*"tTfF"]),
    ("int", r"[-+]?[0-9]+\Z", [*"-+0123456789"]),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", [*"-+.0123456789"]),
]:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


class _Values:
    """Turn nodes into values, noting where each stands and what is wrong with it."""

    def __init__(self, source: Source, environ: Mapping[str, str], bounds: Bounds) -> None:
        self._source = source
        self._environ = environ
        self._left = bounds.nodes

    def of(self, node: yaml.Node, place: Place) -> Any:
        self._left -= 1
        # Aliases of aliases unfold to far more than was written, or into themselves for ever.
        if self._left < 0 or len(place) > MAX_DEPTH:
            raise _Refused(*_start(node.start_mark), "its aliases repeat too much")
        self._source.marks[place] = _start(node.start_mark)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, place)
            case yaml.SequenceNode():
                return [self.of(item, (*place, at)) for at, item in enumerate(node.value)]
            case _:
                return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._say(place, "a key must be a word")
                continue
            inner = (*place, key_node.value)
            if key_node.value in values:
                first, _ = self._source.keys[inner]
                self._source.keys[inner] = _start(key_node.start_mark)
                self._say(inner, f"this key is already in line {first}", at_key=True)
                continue
            self._source.keys[inner] = _start(key_node.start_mark)
            values[key_node.value] = self.of(value_node, inner)
        return values

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        text = str(node.value)
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if len(text) < 20:
                return int(text)
            case "float":
                return float(text)
            case _:
                return _VARIABLE.sub(lambda found: self._variable(found, place), text)

    def _variable(self, found: re.Match[str], place: Place) -> str:
        if found[0] == "$${":
            return "${"
        name = _VARIABLE_NAME.match(found[1])
        if name is None:
            self._say(place, f"{found[0]} is not the name of an environment variable")
            return found[0]
        value = self._environ.get(name[1], "") or name[2]
        if value is None:
            empty = "is empty" if name[1] in self._environ else "is not set"
            self._say(place, f"the environment variable {name[1]} {empty}")
            return found[0]
        return str(value)

    def _say(self, place: Place, message: str, *, at_key: bool = False) -> None:
        self._source.problems.append(self._source.problem(place, message, at_key=at_key))


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = raw[: exc.start].decode("utf-8", "replace")
        raise _Refused(*_end(before), "is not UTF-8 text; save the file as UTF-8") from exc
    if control := yaml.reader.Reader.NON_PRINTABLE.search(text):
        message = f"the character U+{ord(control[0]):04X} is not allowed"
        raise _Refused(*_end(text[: control.start()]), message)
    return text


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _start(mark: Any) -> tuple[int, int]:
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
