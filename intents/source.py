"""Read a YAML file that knows where each of its words stands; refuse what is not exactly that."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import yaml

from intents.errors import CatalogError, suggestion

try:
    from yaml import CSafeLoader as _Loader
except ImportError:
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MAX_BYTES = 1_000_000
# file > section > group > language's list; a list within gets the clearer message.
_DEEPEST = 4


class _Mark(Protocol):
    line: int
    column: int


class Source:
    """One file as YAML nodes, which know their line and column.

    Raises CatalogError as ``file:line:column: what is wrong`` for whatever is not plain text, lists
    and mappings of known keys.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.root = self._compose(self._text())

    def error(self, at: yaml.Node | yaml.Event, why: str) -> CatalogError:
        return CatalogError(f"{self.place(at.start_mark)}: {why}")

    def mapping(
        self, node: yaml.Node, keys: Sequence[str] | None, *, what: str
    ) -> dict[str, yaml.Node]:
        """Read a mapping; its keys are some of *keys*, or any name of lower-case words if None."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"expected {', '.join(keys or ('names with a colon',))} here")
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self.scalar(key_node)
            if keys is None and not NAME.fullmatch(key):
                raise self.error(key_node, f"{key!r} is no name for a {what}; use a-z, 0-9 and _")
            if keys is not None and key not in keys:
                raise self.error(key_node, f"unknown {what} {key!r}; {suggestion(key, keys)}")
            if key in found:
                raise self.error(key_node, f"the {what} {key!r} stands here twice")
            found[key] = value
        return found

    def sequence(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, "expected a list, each item on a line after '- '")
        return list(node.value)

    def scalar(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(
                node, "expected text; put it in quotes if it holds ': ' or starts with [ or {"
            )
        # As written: `yes`, `no` and `1` are words that customers type.
        return str(node.value)

    def place(self, mark: _Mark | None) -> str:
        line, column = (mark.line, mark.column) if mark else (0, 0)
        return f"{self._file}:{line + 1}:{column + 1}"

    def _text(self) -> str:
        raw = self._file.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise CatalogError(f"{self.place(None)}: larger than {_MAX_BYTES} bytes")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as exc:
            line = raw.count(b"\n", 0, exc.start) + 1
            raise CatalogError(f"{self._file}:{line}:1: not UTF-8 ({exc.reason})") from exc

    def _compose(self, text: str) -> yaml.Node:
        try:
            self._refuse_tricks(yaml.parse(text, Loader=_Loader))
            root = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as exc:
            mark = exc.problem_mark or exc.context_mark
            why = exc.problem or exc.context or "not YAML"
            raise CatalogError(f"{self.place(mark)}: {why}") from exc
        except yaml.YAMLError as exc:
            raise CatalogError(f"{self.place(None)}: {exc}") from exc
        if root is None:
            raise CatalogError(f"{self.place(None)}: empty")
        return root

    def _refuse_tricks(self, events: Iterator[yaml.Event]) -> None:
        depth = 0
        for event in events:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise self.error(event, "nested too deeply; quote text that starts with [ or {")
            if getattr(event, "anchor", None):
                raise self.error(
                    event, "aliases are not allowed; write the text out (quote a leading & or *)"
                )
            if getattr(event, "tag", None):
                raise self.error(event, "tags are not allowed (quote a leading !)")
