"""A brand's templates as they lie on disk now, looked through once until a file changes."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal
from unicodedata import normalize

from bot import checks
from bot.config import Config, ConfigError, built_in_responses, load
from bot.replies import Replies
from bot.replies.source import (
    MACROS,
    TemplateFile,
    UnreadableTemplate,
    read_template,
    template_paths,
)
from bot.rules import Rules, Way
from bot.settings_source import Problem

# Whose file is used: ours, the brand's, or the brand's in the place of ours.
Origin = Literal["built_in", "own", "replaces"]
_Stamp = tuple[tuple[str, int], ...]
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """One file of a template. *template* is None where it cannot be read; *source* is its text.

    *shown_path* is where people find it: below the brand's folder, or among the built-in ones.
    """

    language: str
    version: str
    shown_path: str
    origin: Origin
    source: str
    template: TemplateFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A template with all its files, who says it, and what `antiphon validate` tells of it."""

    name: str
    files: tuple[OnDisk, ...]
    callers: tuple[tuple[Way, str | None], ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    words: str = field(default="", repr=False)

    @property
    def origin(self) -> Origin:
        """Whose it is; the brand's as soon as one file is."""
        return next((file.origin for file in self.files if file.origin != "built_in"), "built_in")

    @property
    def variants(self) -> int:
        """How many variants its richest file has."""
        return max((len(one.template.variants) for one in self.files if one.template), default=1)

    def first_words(self, language: str) -> str:
        """How its text begins, in *language* if there is one; without what is no text."""
        files = sorted(self.files, key=lambda file: file.language != language)
        texts = (each.template.variants[0].text for each in files if each.template)
        return " ".join(_STATEMENT.sub(" ", next(texts, "")).split())[:160]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All templates by name. *stale*: config.yml is wrong, so that the running one counts.

    *shared* is what is wrong with the macros, which many templates share.
    """

    config: Config
    stale: bool
    shared: tuple[Problem, ...]
    replies: Replies
    entries: Mapping[str, Entry]

    def shown_path(self, problem: Problem) -> str:
        """Where people find the file of *problem*."""
        return _shown_path(Path(problem.file), self.config)

    def found(self, words: str) -> list[Entry]:
        """Those with all of *words* in their name, text, or who says them."""
        wanted = folded(words).split()
        return [
            entry for entry in self.entries.values() if all(word in entry.words for word in wanted)
        ]


class Shelves:
    """Keeps the shelf of a brand until one of its files changes. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[_Stamp, Shelf] | None = None

    def present(self, running: Config) -> Shelf:
        """The shelf now; reads files. *running* is what the service was started with."""
        with self._lock:
            config, stale = _on_disk(running)
            stamp = _stamp(config)
            if self._kept is None or self._kept[0] != stamp:
                self._kept = stamp, _shelf(config, stale=stale)
            return self._kept[1]


def folded(text: str) -> str:
    """*text* as it is searched."""
    return normalize("NFKC", text).casefold()


def _on_disk(running: Config) -> tuple[Config, bool]:
    if not running.file.is_file():
        return running, False
    try:
        return load(running.file, os.environ), False
    except ConfigError:
        return running, True


def _stamp(config: Config) -> _Stamp:
    folders = (*config.response_folders, *config.catalog_folders)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return tuple(
        (str(path), path.stat().st_mtime_ns)
        for path in sorted({*files, config.file})
        if path.exists()
    )


def _shelf(config: Config, *, stale: bool) -> Shelf:
    intents = _intents(config)
    callers: dict[str, list[tuple[Way, str | None]]] = defaultdict(list)
    for name, way, intent in Rules.of(config).callers(intents):
        callers[name].append((way, intent))
    wrong = checks.templates(config, intents)
    problems = _by_template(wrong)
    notes = _by_template(checks.notes(config))
    files: dict[str, list[OnDisk]] = defaultdict(list)
    for file in _files(config):
        files[file.version.partition(".")[0]].append(file)
    return Shelf(
        config=config,
        stale=stale,
        shared=tuple(each for each in wrong if Path(each.file).name == MACROS),
        replies=Replies.of(config),
        entries={
            name: _entry(name, files[name], callers[name], problems[name], notes[name], config)
            for name in sorted({*files, *problems})
        },
    )


def _entry(
    name: str,
    files: Sequence[OnDisk],
    callers: Sequence[tuple[Way, str | None]],
    problems: Sequence[Problem],
    notes: Sequence[Problem],
    config: Config,
) -> Entry:
    there = {file.language for file in files}
    searched = [name, *(file.source for file in files), *(intent or "" for _, intent in callers)]
    return Entry(
        name=name,
        files=tuple(files),
        callers=tuple(callers),
        missing=tuple(each for each in config.brand.languages if each not in there),
        problems=tuple(problems),
        notes=tuple(notes),
        words=folded("\n".join(searched)),
    )


def _intents(config: Config) -> frozenset[str]:
    """The names of all intents; each stands in a file of its name."""
    built_in, *own = config.catalog_folders
    chosen = config.understanding.built_in
    names = {path.stem for path in built_in.glob("*.yml")}
    names &= names if chosen is None else set(chosen)
    return frozenset(names.union(path.stem for folder in own for path in folder.glob("*.yml")))


def _files(config: Config) -> Iterator[OnDisk]:
    for language in config.brand.languages:
        for version, path in sorted(template_paths(config.response_folders, language).items()):
            template: TemplateFile | None = None
            try:
                template = read_template(path)
                source = path.read_text(encoding="utf-8-sig")
            except (OSError, UnreadableTemplate):
                source = path.read_bytes().decode(errors="replace") if path.is_file() else ""
            yield OnDisk(
                language=language,
                version=version,
                shown_path=_shown_path(path, config),
                origin=_origin(path, config),
                source=source,
                template=template,
            )


def _shown_path(path: Path, config: Config) -> str:
    for folder, before in ((built_in_responses(), "responses"), (config.folder, "")):
        if path.is_relative_to(folder):
            return str(Path(before) / path.relative_to(folder))
    return f"{path.parent.name}/{path.name}"


def _origin(path: Path, config: Config) -> Origin:
    ours = built_in_responses()
    if path.is_relative_to(ours):
        return "built_in"
    return "replaces" if (ours / path.parent.name / path.name).is_file() else "own"


def _by_template(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        path = Path(problem.file)
        if path.suffix == ".j2" and not path.name.startswith("_"):
            found[path.name.partition(".")[0]].append(problem)
    return found
