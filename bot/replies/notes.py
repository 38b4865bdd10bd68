"""What is no mistake in templates but good to know: limits of platforms, languages that differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Literal

from bot.replies.source import TemplateFile, UnreadableTemplate, read_template, template_paths
from bot.settings_source import Problem
from channels.base import Capabilities
from channels.messages import Content, Surface
from channels.rich import fitted, offered


def shortened(
    folders: Sequence[Path],
    *,
    languages: Sequence[str],
    capabilities: Mapping[str, Capabilities],
) -> list[Problem]:
    """What templates offer that some platform shortens or can only say in words."""
    return [
        _note(file, f"on {channel}: {'; '.join(told)}", *_place(file, told))
        for language in languages
        for file in _readable(folders, language).values()
        for channel, able in capabilities.items()
        if able.surface is not Surface.COMMENT
        if (told := sorted({str(change) for change in changes(file.offers, able)}))
    ]


def unlike(folders: Sequence[Path], *, languages: Sequence[str]) -> list[Problem]:
    """Where a template says or counts something else in another language, or the same twice."""
    found: list[Problem] = []
    files = {language: _readable(folders, language) for language in languages}
    for ours in files.values():
        for file in ours.values():
            found += _twice(file)
    for one, other in combinations(files, 2):
        for name in sorted(files[one].keys() & files[other].keys()):
            found += _differing(files[one][name], files[other][name], other)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What a platform makes of what a template offers. *title* is the one that is shortened."""

    kind: Literal["shortened", "numbered", "cards", "attachments", "unsaid"]
    title: str = ""

    def __str__(self) -> str:
        return _IN_WORDS[self.kind].format(title=self.title)


_IN_WORDS = {
    "shortened": "{title!r} is shortened",
    "numbered": "choices become numbered words",
    "cards": "cards become words",
    "attachments": "attachments become links",
    "unsaid": "choices are left out, for everybody could read the answer",
}


def changes(offers: Content, able: Capabilities) -> Iterator[Change]:
    """What a platform that is *able* makes of *offers*; nothing where it shows all."""
    said = fitted(replace(offers, text="…"), able)
    if able.surface is Surface.COMMENT:
        if offered(offers):
            yield Change("unsaid")
        return
    shown = {title for part in said for title in titles(part)}
    # What became words stands in the text, as a whole.
    words = "\n".join(part.text for part in said)
    for title in titles(offers):
        if title not in shown and title not in words:
            yield Change("shortened", title)
    if any(part.options for part in said):
        yield Change("numbered")
    if offers.cards and not any(part.cards for part in said):
        yield Change("cards")
    if offers.attachments and not any(part.attachments for part in said):
        yield Change("attachments")


def titles(content: Content) -> Iterator[str]:
    """The titles of all that a customer may tap, and of cards."""
    yield from (each.title for each in offered(content))
    yield from (each.title for each in content.cards)


def _place(file: TemplateFile, told: Sequence[str]) -> tuple[int, int]:
    """Where a title that is shortened stands, else where the header begins."""
    cut = [title for title in titles(file.offers) if any(repr(title) in one for one in told)]
    return file.place(cut[0]) if cut else (2, 1)


_SAME: Mapping[str, Callable[[TemplateFile], object]] = {
    "flags": lambda file: sorted(file.flags),
    "payloads": lambda file: [each.payload for each in offered(file.offers)],
    "weights": lambda file: list(file.weights),
}


def _differing(one: TemplateFile, other: TemplateFile, language: str) -> Iterator[Problem]:
    there = f"{language}/{other.path.name}"
    if len(one.variants) != len(other.variants):
        more, less = sorted((one, other), key=lambda file: -len(file.variants))
        lonely = len(less.variants)
        where = f"{less.path.parent.name}/{less.path.name}"
        told = f"variant {lonely + 1} has no pair in {where}; write one there, or take it out here"
        yield _note(more, told, more.variants[lonely].line)
    for what, of in _SAME.items():
        alike = len(one.variants) == len(other.variants) or what != "weights"
        if alike and of(one) != of(other):
            line, column = one.place(what)
            yield _note(one, f"its {what} are not those of {there}", line, column)


def _twice(file: TemplateFile) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, variant in enumerate(file.variants, start=1):
        first = seen.setdefault(" ".join(variant.text.split()), number)
        if first != number:
            told = f"variant {number} says the same as variant {first}: their figures tell nothing"
            yield _note(file, told, variant.line)


def _readable(folders: Sequence[Path], language: str) -> dict[str, TemplateFile]:
    found: dict[str, TemplateFile] = {}
    for name, path in template_paths(folders, language).items():
        with suppress(UnreadableTemplate):
            found[name] = read_template(path)
    return found


def _note(file: TemplateFile, message: str, line: int, column: int = 1) -> Problem:
    return Problem(file=str(file.path), line=line, column=column, message=message)
