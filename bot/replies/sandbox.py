"""A Jinja2 that cannot run away: few words of the language, no Python attributes, bounded work.

Jinja2's own sandbox bounds neither time nor memory ('a' * 10**8, nested ranges), so what could
grow is refused before it is compiled.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2 import BaseLoader, StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from bot.replies.source import MACROS

MAX_BYTES: Final = 4_096
MAX_ITEMS: Final = 100
_MAX_NODES = 1_000
_FEW = "a list of a loop"
_MAX_DEPTH = 6
_LOOP_FACTS = frozenset({"first", "last", "index"})

_ALLOWED: frozenset[type[nodes.Node]] = frozenset(
    {
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple),
        *(nodes.Getattr, nodes.Filter, nodes.Test, nodes.Concat, nodes.CondExpr, nodes.If),
        *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.For),
        *(nodes.Call, nodes.FromImport, nodes.Keyword, nodes.List),
    }
)
_MACRO_FILE = (_ALLOWED - {nodes.For, nodes.Call, nodes.FromImport}) | {nodes.Macro}


class NotPlain(Exception):
    """A value is neither text nor number, so it cannot be part of a reply."""


def _joined(values: Sequence[Any], between: str = "") -> str:
    if isinstance(_told(values), str) or not isinstance(values, Sequence):
        raise NotPlain("join takes a list")
    return _short(between.join(str(plain_output(value)) for value in values))


def _few(values: Any) -> Sequence[Any]:
    if isinstance(_told(values), (str, Mapping)) or not isinstance(values, Sequence):
        raise NotPlain("a loop takes a list")
    return values


def _default(value: Any, otherwise: Any = "") -> Any:
    return otherwise if isinstance(value, Undefined) or value is None else value


def _thousands(value: Any) -> str:
    if isinstance(_told(value), bool) or not isinstance(value, (int, float)):
        raise NotPlain(f"thousands takes a number, not {type(value).__name__}")
    return f"{value:,}"


def _told(value: Any) -> Any:
    """Complain about a missing variable as such, not as a wrong value."""
    if isinstance(value, Undefined):
        str(value)
    return value


def _short(text: str) -> str:
    if len(text) > MAX_BYTES:
        raise OverflowError("longer than a reply")
    return text


FILTERS: Mapping[str, Callable[..., Any]] = {
    "default": _default,
    "first": lambda values: values[0] if values else "",
    "join": _joined,
    "length": len,
    "lower": lambda value: str(plain_output(value)).lower(),
    "thousands": _thousands,
    "trim": lambda value: str(plain_output(value)).strip(),
    "upper": lambda value: _short(str(plain_output(value)).upper()),
}
TESTS = frozenset({"defined", "undefined", "none"})


class Sandbox(SandboxedEnvironment):
    """Compile templates of few words. Dots reach into mappings only, never into objects."""

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            finalize=plain_output,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
        )
        self.globals.clear()
        self.filters = {**FILTERS, _FEW: _few}
        self.tests = {name: test for name, test in self.tests.items() if name in TESTS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        # Checked before the optimizer runs, which would already compute 'a' * 10**8.
        tree = super()._parse(source, name, filename)
        _refuse_wild(tree, macros=name == MACROS)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, _FEW, [], [], None, None, lineno=loop.lineno)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _LOOP_FACTS:
            return getattr(obj, attribute)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)


def plain_output(value: Any) -> Any:
    """Let text and numbers through. None, objects and lists would only embarrass us."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise NotPlain(f"{type(value).__name__} is not text")
    return value


def plain_variables(values: Mapping[str, Any]) -> dict[str, Any]:
    """A bounded copy of *values* without anything that a template could call or change.

    What is not text, number, truth value, list or mapping is left out, so using it is a missing
    variable.
    """
    return {
        str(name): plain
        for name, value in values.items()
        if (plain := _plain(value, _MAX_DEPTH)) is not None
    }


def _plain(value: Any, depth: int) -> Any:
    match value:
        case str():
            # One more than fits: cut text must not pass for the whole.
            return str(value[: MAX_BYTES + 1])
        case bool() | float():
            return value
        case int():
            return value if value.bit_length() < 128 else None
        case Mapping() if depth:
            return {
                str(name): plain
                for name, each in value.items()
                if (plain := _plain(each, depth - 1)) is not None
            }
        case list() | tuple() if depth:
            plain = (_plain(each, depth - 1) for each in value[:MAX_ITEMS])
            return tuple(each for each in plain if each is not None)
        case _:
            return None


def _refuse_wild(tree: nodes.Template, *, macros: bool) -> None:
    allowed = _MACRO_FILE if macros else _ALLOWED
    imported = {
        alias
        for statement in tree.find_all(nodes.FromImport)
        for names in statement.names
        for alias in ([names] if isinstance(names, str) else names[1:])
    }
    for count, node in enumerate(tree.find_all(nodes.Node)):
        if count > _MAX_NODES:
            raise TemplateSyntaxError("too much for one template", 1)
        if type(node) not in allowed and not isinstance(node, nodes.Helper):
            raise TemplateSyntaxError(f"{_word(node)} is not allowed in replies", node.lineno)
        reason = _refusal(node, imported)
        if reason:
            raise TemplateSyntaxError(reason, node.lineno)


def _refusal(node: nodes.Node, imported: set[str]) -> str | None:
    match node:
        case nodes.For() if node.recursive or next(_inner(node, nodes.For), None):
            return "a loop inside a loop is not allowed in replies"
        case nodes.FromImport() if not _is_macros(node):
            return f'only "{MACROS}" can be imported'
        case nodes.Call() if not (isinstance(node.node, nodes.Name) and node.node.name in imported):
            return "only imported macros can be called"
        case nodes.Call() if (
            node.dyn_args or node.dyn_kwargs or next(_inner(node, nodes.Call), None)
        ):
            return "a macro takes plain values"
        case nodes.Filter(name=name) if name not in FILTERS:
            return f"there is no filter {name!r}; there are {', '.join(FILTERS)}"
        case nodes.Test(name=name) if name not in TESTS:
            return f"there is no test {name!r}; there are {', '.join(sorted(TESTS))}"
        case _:
            return None


def _inner(node: nodes.Node, kind: type[nodes.Node]) -> Any:
    return node.find_all(kind)


def _is_macros(node: nodes.FromImport) -> bool:
    return isinstance(node.template, nodes.Const) and node.template.value == MACROS


def _word(node: nodes.Node) -> str:
    return type(node).__name__.lower()
