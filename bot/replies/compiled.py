"""Find templates in the brand's folder, then in ours, and compile each once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import FileSystemLoader, Template, TemplateError, TemplateSyntaxError, meta

from bot.replies.draw import draw_of
from bot.replies.errors import BrokenTemplate
from bot.replies.header import addresses
from bot.replies.sandbox import Sandbox
from bot.replies.source import (
    TemplateFile,
    UnreadableTemplate,
    Variant,
    read_template,
    template_paths,
)

log = logging.getLogger(__name__)

NO_TEXTS: Mapping[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A template file ready to be said in *language*; *names* are what each variant speaks of.

    *addresses* holds the addresses of its offers that speak of variables.
    """

    file: TemplateFile
    language: str
    variants: tuple[Template, ...]
    names: tuple[frozenset[str], ...]
    addresses: Mapping[str, Template]


class Library:
    """Every template of *languages* that *folders* hold."""

    def __init__(
        self,
        folders: Sequence[Path],
        languages: Sequence[str],
        taught: Mapping[tuple[str, str], str] = NO_TEXTS,
    ) -> None:
        self._sandbox = sandbox(folders)
        self._ready: dict[tuple[str, str], Compiled] = {}
        self._broken: dict[tuple[str, str], str] = {}
        for language in languages:
            for name, path in template_paths(folders, language).items():
                self._add(name, language, path)
        for (name, language), text in taught.items():
            if (name, language) not in self._ready and (name, language) not in self._broken:
                self._ready[name, language] = self._plain(name, language, text)

    def find(self, name: str, language: str) -> Compiled | None:
        """The template, or None if there is none. Raises BrokenTemplate."""
        if (name, language) in self._broken:
            raise BrokenTemplate(name, self._broken[name, language])
        return self._ready.get((name, language))

    def _plain(self, name: str, language: str, text: str) -> Compiled:
        """A template that says *text* as it stands, whatever braces are in it."""
        variant = Variant(text=text.replace("{", "{{ '{' }}"), line=1)
        return Compiled(
            file=TemplateFile(
                path=Path(f"taught/{language}/{name}"),
                name=name,
                variants=(variant,),
                weights=(1,),
                draw=draw_of([text], (1,), ""),
            ),
            language=language,
            variants=(compiled(self._sandbox, variant),),
            names=(frozenset(),),
            addresses={},
        )

    def _add(self, name: str, language: str, path: Path) -> None:
        try:
            file = read_template(path)
            self._ready[name, language] = Compiled(
                file=file,
                language=language,
                variants=tuple(compiled(self._sandbox, variant) for variant in file.variants),
                names=tuple(_names(self._sandbox, variant) for variant in file.variants),
                addresses=compiled_addresses(self._sandbox, file),
            )
        except UnreadableTemplate as exc:
            self._broken[name, language] = f"{path}:{exc.line}: {exc}"
            log.error("broken template %s", self._broken[name, language])


def sandbox(folders: Sequence[Path]) -> Sandbox:
    """A sandbox that finds _macros.j2 in the first of *folders* that has one."""
    return Sandbox(FileSystemLoader([str(folder) for folder in folders]))


def compiled(environment: Sandbox, variant: Variant) -> Template:
    """Compile one variant and the macros it imports.

    Raises UnreadableTemplate with the line in the file.
    """
    try:
        return environment.from_string(variant.text)
    except TemplateSyntaxError as exc:
        line = exc.lineno + variant.line - 1 if exc.name is None else variant.line
        raise UnreadableTemplate(exc.message or "wrong syntax", line=line) from exc
    except (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        raise UnreadableTemplate(f"cannot be compiled: {exc}", line=variant.line) from exc


def compiled_addresses(environment: Sandbox, file: TemplateFile) -> dict[str, Template]:
    """The addresses of *file* that speak of variables. Raises UnreadableTemplate."""
    return {
        address: compiled(environment, Variant(text=address, line=2))
        for address in addresses(file.offers)
        if "{{" in address
    }


def _names(environment: Sandbox, variant: Variant) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(environment.parse(variant.text)))
