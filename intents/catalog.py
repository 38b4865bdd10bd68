"""Load the intents and their examples from ``catalog/*.yml``; refuse what is not exactly that."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from sys import intern

import yaml

from intents.errors import CatalogError, suggestion
from intents.match import LANGUAGES, Utterance
from intents.prepared import prepared
from intents.source import NAME, Source

_KEYS = ("intent", "label", "examples")
_REQUIRED = ("intent", "examples")
MAX_LABEL = 40
_MAX_EXAMPLE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message that means its intent. Messages with equal *tokens* count as equal."""

    text: str
    language: str
    tokens: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One intent and the messages that mean it.

    *label* is what customers call it, by language, for when we ask whether they mean it.
    """

    name: str
    examples: tuple[Example, ...]
    label: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Every intent, in order of name."""

    intents: tuple[Intent, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The intents' names."""
        return tuple(intent.name for intent in self.intents)

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 (hex) over names and examples: equal catalogues, equal models."""
        content = [
            [intent.name, [[example.language, example.text] for example in intent.examples]]
            for intent in self.intents
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def check_names(self, names: Sequence[str], *, where: str) -> None:
        """Raise CatalogError when one of *names*, given in *where*, is no intent of ours."""
        for name in names:
            if name not in self.names:
                raise CatalogError(f"{where}: no intent {name!r}; {suggestion(name, self.names)}")


def load(folder: Path, *, languages: Sequence[str] = LANGUAGES) -> Catalog:
    """Load every ``*.yml`` of *folder*, each one intent with examples in some of *languages*.

    Raises CatalogError as ``file:line:column: what is wrong`` for anything else: unknown keys,
    languages or names, aliases and tags, empty examples, one example under two intents.
    """
    return load_all([folder], languages=languages)


def load_all(folders: Sequence[Path], *, languages: Sequence[str] = LANGUAGES) -> Catalog:
    """Load several *folders* as one catalogue: an intent of a later one replaces its namesake.

    Only what remains must agree: an example may mean two intents as long as one is replaced.
    Raises CatalogError as `load` does, and when no folder is given.
    """
    if not folders:
        raise CatalogError("no folder of intents")
    intents = {
        intent.name: intent for folder in folders for intent in _of_folder(folder, languages)
    }
    catalog = Catalog(intents=tuple(intents[name] for name in sorted(intents)))
    _check_duplicates(catalog)
    return catalog


def _of_folder(folder: Path, languages: Sequence[str]) -> list[Intent]:
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise CatalogError(f"{folder}: no *.yml files, so no intents")
    return [_intent(file, languages) for file in files]


def _check_duplicates(catalog: Catalog) -> None:
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    clashes: list[str] = []
    for intent in catalog.intents:
        for example in intent.examples:
            name, place = seen.setdefault(example.tokens, (intent.name, example.place))
            if name != intent.name:
                clashes.append(f"{example.place}: {example.text!r} is also in {name}, at {place}")
    if clashes:
        raise CatalogError("\n".join(clashes))


def _intent(file: Path, languages: Sequence[str]) -> Intent:
    source = Source(file)
    fields = source.mapping(source.root, _KEYS, what="key")
    for key in _REQUIRED:
        if key not in fields:
            raise source.error(source.root, f"the key {key!r} is missing")
    name = source.scalar(fields["intent"])
    if not NAME.fullmatch(name) or name != file.stem:
        why = f"intent {name!r} in a file for {file.stem!r}; did you mean {file.stem!r}?"
        raise source.error(fields["intent"], why)
    groups = source.mapping(fields["examples"], languages, what="language")
    examples = tuple(
        _example(source, item, language)
        for language, group in groups.items()
        for item in source.sequence(group)
    )
    if not examples:
        raise source.error(fields["examples"], "no examples")
    label = _label(source, fields["label"], languages) if "label" in fields else {}
    place = source.place(fields["intent"].start_mark)
    return Intent(name=name, examples=examples, label=label, place=place)


def _label(source: Source, node: yaml.Node, languages: Sequence[str]) -> dict[str, str]:
    words = source.mapping(node, languages, what="language")
    label = {language: source.scalar(each).strip() for language, each in words.items()}
    for language, text in label.items():
        if not 0 < len(text) <= MAX_LABEL:
            why = f"a label of {len(text)} characters; 1 to {MAX_LABEL}, 20 fit every platform"
            raise source.error(words[language], why)
    return label


def _example(source: Source, node: yaml.Node, language: str) -> Example:
    text = source.scalar(node)
    # Thousands of examples share a few words: each is kept once.
    tokens = tuple(map(intern, prepared(Utterance(text=text)).tokens))
    if not tokens:
        raise source.error(
            node, "an example without a word; quote it if it starts with # or is empty"
        )
    if len(text) > _MAX_EXAMPLE:
        raise source.error(node, f"an example of {len(text)} characters; at most {_MAX_EXAMPLE}")
    place = source.place(node.start_mark)
    return Example(text=text, language=language, tokens=tokens, place=place)
