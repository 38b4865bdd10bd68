"""Finds a bot's own actions in its Python, without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "actions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One action class: *name* as rasa-sdk calls it, *module* from where it is imported."""

    name: str
    module: str
    cls: str


def own_actions(folder: Path) -> tuple[list[Code], list[tuple[Path, int, str]]]:
    """The classes of ``actions.py`` or ``actions/``; and what is no Python, with line and why."""
    found: list[Code] = []
    broken: list[tuple[Path, int, str]] = []
    for path, module in _modules(folder):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError) as exc:
            broken.append((path, getattr(exc, "lineno", None) or 1, str(exc)))
            continue
        found += (
            Code(name=name, module=module, cls=node.name)
            for node in tree.body
            if isinstance(node, ast.ClassDef) and (name := _name(node))
        )
    return found, broken


def _modules(folder: Path) -> Iterator[tuple[Path, str]]:
    single = folder / f"{PACKAGE}.py"
    if single.is_file():
        yield single, PACKAGE
    package = folder / PACKAGE
    for path in sorted(package.rglob("*.py")) if package.is_dir() else ():
        parts = path.relative_to(folder).with_suffix("").parts
        yield path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _name(node: ast.ClassDef) -> str | None:
    """What the class's ``name`` returns, if it is a plain word."""
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name == "name":
            for statement in method.body:
                if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Constant):
                    return str(statement.value.value)
    return None
