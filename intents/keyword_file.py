"""Load the lexicon from ``keywords.yml``; refuse what is not exactly that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from intents.errors import CatalogError
from intents.features import tokens
from intents.lexicon import FILE, Lexicon, stem
from intents.match import LANGUAGES
from intents.normalize import normalized
from intents.source import Source

_SECTIONS = ("intents", "hints", "concepts")
# What a group of each section is called among the n-grams; no token holds such a character.
_SYMBOLS = {"intents": "<{}>", "hints": "<{}?>", "concepts": "<#{}>"}


@cache
def lexicon() -> Lexicon:
    """The lexicon that comes with us. Raises CatalogError as `load` does."""
    return load(FILE)


def load(file: Path) -> Lexicon:
    """Load a keyword *file*: ``intents``, ``hints`` and ``concepts``, each groups of phrases.

    Raises CatalogError as ``file:line:column: what is wrong`` for unknown sections or languages,
    phrases without a word, and a phrase (or another form of it) that stands in two groups.
    """
    source = Source(file)
    phrases = [
        phrase
        for section, groups in source.mapping(source.root, _SECTIONS, what="section").items()
        for phrase in _groups(source, section, groups)
    ]
    _check_distinct(phrases)
    return Lexicon({phrase.stems: phrase.symbol for phrase in phrases})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrase:
    """A phrase as *stems* with spaces between, and the *symbol* of its group."""

    symbol: str
    stems: str
    text: str
    place: str


def _check_distinct(phrases: Sequence[_Phrase]) -> None:
    seen: dict[str, _Phrase] = {}
    for phrase in phrases:
        other = seen.setdefault(phrase.stems, phrase)
        if other.symbol != phrase.symbol:
            why = f"{phrase.text!r} is also {other.text!r} in {other.symbol}, at {other.place}"
            raise CatalogError(f"{phrase.place}: {why}")


def _groups(source: Source, section: str, node: yaml.Node) -> Iterator[_Phrase]:
    for name, group in source.mapping(node, None, what="group").items():
        symbol = _SYMBOLS[section].format(name)
        for items in source.mapping(group, LANGUAGES, what="language").values():
            for item in source.sequence(items):
                yield _phrase(source, item, symbol)


def _phrase(source: Source, node: yaml.Node, symbol: str) -> _Phrase:
    text = source.scalar(node)
    stems = " ".join(map(stem, tokens(normalized(text))))
    if not stems:
        raise source.error(node, "a phrase without a word; quote it if it starts with #")
    return _Phrase(symbol=symbol, stems=stems, text=text, place=source.place(node.start_mark))
