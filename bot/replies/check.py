"""Look through all templates before a customer does, for ``antiphon validate``."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from bot.config import built_in_responses
from bot.replies.compiled import compiled, compiled_addresses, sandbox
from bot.replies.header import addresses
from bot.replies.sandbox import MAX_BYTES, Sandbox
from bot.replies.source import (
    MACROS,
    TemplateFile,
    UnreadableTemplate,
    Variant,
    read_template,
    template_paths,
)
from bot.replies.uses import Use, uses
from bot.replies.variables import FACTS, TURN_VARIABLES, in_language
from bot.settings_source import Problem, did_you_mean
from channels.base import Capabilities
from channels.messages import Surface
from channels.text import length


def check(
    folders: Sequence[Path],
    *,
    languages: Sequence[str],
    needed: Iterable[str],
    variables: Mapping[str, Any],
    action_variables: Collection[str] = (),
    capabilities: Mapping[str, Capabilities] | None = None,
) -> list[Problem]:
    """Find what is wrong with the templates of *folders*, sorted by file and line.

    *needed* are the templates that the rules name, each wanted in every language. *variables* are
    those of the config; *action_variables* are names that only actions give. A text that is longer
    than one message on one of *capabilities*, by channel, is reported.
    """
    needed = sorted(set(needed))
    environment = sandbox(folders)
    problems = list(_macro_problems(folders, environment))
    for language in languages:
        known = _known(in_language(variables, language, languages), action_variables)
        paths = template_paths(folders, language)
        problems += _missing(folders, language, needed, paths)
        for path in paths.values():
            problems += _file_problems(path, environment, known, capabilities or {})
    return sorted(set(problems), key=lambda problem: (problem.file, problem.line, problem.column))


def untold_facts(
    folders: Sequence[Path], *, languages: Sequence[str], variables: Mapping[str, Any]
) -> dict[str, list[str]]:
    """The facts that nobody told ("shop.shipping_fee"), each with the templates that need it.

    Nothing is wrong with that: a customer who asks for one is handed to a person.
    """
    environment = sandbox(folders)
    told = _known(in_language(variables, languages[0], languages), ())[FACTS] or ()
    untold: dict[str, set[str]] = {}
    for name, path in template_paths(folders, languages[0]).items():
        for variant in _readable(path, environment):
            for use in uses(environment.parse(variant.text)):
                if use.needed and use.root == FACTS and use.attribute not in {None, *told}:
                    untold.setdefault(use.name, set()).add(name)
    return {fact: sorted(names) for fact, names in sorted(untold.items())}


def _readable(path: Path, environment: Sandbox) -> Iterator[Variant]:
    with suppress(UnreadableTemplate):
        for variant in read_template(path).variants:
            compiled(environment, variant)
            yield variant


_Known = Mapping[str, Collection[str] | None]


def _known(variables: Mapping[str, Any], action_variables: Collection[str]) -> _Known:
    """Names that templates may use; None where anything may follow the dot."""
    static = {
        name: frozenset(value) if isinstance(value, Mapping) else None
        for name, value in {"brand": {}, FACTS: {}, **variables}.items()
    }
    # A brand's lists are among the entities.
    turn = {name: keys | (static.get(name) or set()) for name, keys in TURN_VARIABLES.items()}
    return {**static, **turn, **dict.fromkeys(action_variables), "loop": None}


def _macro_problems(folders: Sequence[Path], environment: Sandbox) -> Iterator[Problem]:
    path = next((folder / MACROS for folder in folders if (folder / MACROS).is_file()), None)
    if path is None:
        return
    try:
        environment.get_template(MACROS)
    except TemplateSyntaxError as exc:
        yield _problem(path, exc.lineno, exc.message or "wrong syntax")
    except (TemplateError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        yield _problem(path, 1, f"cannot be compiled: {exc}")


def _missing(
    folders: Sequence[Path], language: str, needed: Iterable[str], paths: Mapping[str, Path]
) -> Iterator[Problem]:
    for name in needed:
        if name not in paths:
            where = folders[0] / language / f"{name}.j2"
            hint = did_you_mean(name, paths)
            yield _problem(where, 1, f"there is no template {name!r} in {language}{hint}")


def _file_problems(
    path: Path, environment: Sandbox, known: _Known, capabilities: Mapping[str, Capabilities]
) -> Iterator[Problem]:
    try:
        file = read_template(path)
    except UnreadableTemplate as exc:
        yield _problem(path, exc.line, str(exc), column=exc.column)
        return
    yield from _address_problems(file, environment, known)
    for variant in file.variants:
        yield from _variant_problems(file, variant, environment, known)
        yield from _too_long(file, variant, environment, capabilities)


def _variant_problems(
    file: TemplateFile, variant: Variant, environment: Sandbox, known: _Known
) -> Iterator[Problem]:
    if not variant.text.strip():
        yield _problem(file.path, variant.line, "the text is empty")
        return
    try:
        compiled(environment, variant)
        tree = environment.parse(variant.text)
    except UnreadableTemplate as exc:
        yield _problem(file.path, exc.line, str(exc), column=exc.column)
        return
    for use in uses(tree):
        complaint = _complaint(use, known, file.path) if use.needed else None
        if complaint:
            column = max(variant.text.splitlines()[use.line - 1].find(use.name), 0) + 1
            yield _problem(file.path, variant.line + use.line - 1, complaint, column=column)


def _address_problems(file: TemplateFile, environment: Sandbox, known: _Known) -> Iterator[Problem]:
    """What addresses in the header speak of that nobody tells."""
    try:
        compiled_addresses(environment, file)
    except UnreadableTemplate as exc:
        yield _problem(file.path, exc.line, str(exc), column=exc.column)
        return
    for address in addresses(file.offers):
        for use in uses(environment.parse(address)):
            complaint = _complaint(use, known, file.path) if use.needed else None
            if complaint:
                line, column = file.place(use.name)
                yield _problem(file.path, line, complaint, column=column)


def _complaint(use: Use, known: _Known, path: Path) -> str | None:
    if use.root not in known:
        return f"nothing is called {use.root!r} here{did_you_mean(use.root, known)}"
    below = known[use.root]
    if use.attribute is None or below is None or use.attribute in below:
        return None
    # A fact that our own templates name is untold, not misspelt.
    ours = use.root == FACTS and path.is_relative_to(built_in_responses())
    hint = "" if ours else did_you_mean(use.attribute, below)
    return f"there is no {use.name}{hint}" if hint or use.root != FACTS else None


def _too_long(
    file: TemplateFile,
    variant: Variant,
    environment: Sandbox,
    capabilities: Mapping[str, Capabilities],
) -> Iterator[Problem]:
    if len(variant.text.encode()) > MAX_BYTES:
        yield _problem(file.path, variant.line, f"longer than {MAX_BYTES} bytes, never sent")
        return
    public_only = file.name.endswith(".comment")
    for channel, able in capabilities.items():
        if public_only and able.surface is not Surface.COMMENT:
            continue
        size = length(_own_words(variant, environment), able.unit)
        if size > able.max_text:
            message = f"longer than one message on {channel}: {size} of {able.max_text} {able.unit}"
            yield _problem(file.path, variant.line, message)


def _own_words(variant: Variant, environment: Sandbox) -> str:
    """What the template says whatever it is told, by its longest branches."""
    try:
        return _longest(environment.parse(variant.text))
    except TemplateError:
        return ""


def _longest(node: nodes.Node) -> str:
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.If):
        branches = [node.body, *(other.body for other in node.elif_), node.else_]
        return max(("".join(map(_longest, branch)) for branch in branches), key=len)
    return "".join(map(_longest, node.iter_child_nodes()))


def _problem(path: Path, line: int, message: str, *, column: int = 1) -> Problem:
    return Problem(file=str(path), line=line, column=column, message=message)
