"""Spot the words and phrases of ``keywords.yml``, so that one never seen in training still counts.

The classifier sees the name of a group wherever a phrase of it stands, and learns from the
catalogue what that is worth: a phrase alone decides nothing, so "no refund, just a receipt" is not
taken for a refund.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from intents.errors import CatalogError
from intents.features import is_word, tokens
from intents.match import LANGUAGES
from intents.normalize import normalized
from intents.source import Source

FILE = Path(__file__).with_name("keywords.yml")
_SECTIONS = ("intents", "hints", "concepts")
# What a group of each section is called among the n-grams; no token holds such a character.
_SYMBOLS = {"intents": "<{}>", "hints": "<{}?>", "concepts": "<#{}>"}
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 4
_NONE: "dict[str, _Branch]" = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A phrase of the lexicon as *stems*, and the *symbol* of its group."""

    symbol: str
    stems: tuple[str, ...]
    text: str
    place: str


class Span(NamedTuple):
    """A phrase of the lexicon stands in ``tokens[start:end]``; *symbol* is its group's."""

    start: int
    end: int
    symbol: str


class _Branch(NamedTuple):
    """What may follow the beginning of a phrase; *symbol* is its group's if that is all of it."""

    symbol: str | None
    branches: "dict[str, _Branch]"


class Lexicon:
    """The phrases of a keyword file, found from the left, the longest first."""

    def __init__(self, phrases: Sequence[Phrase], *, digest: str) -> None:
        self.phrases = tuple(phrases)
        self.digest = digest
        self._tree = _tree(phrases, depth=0)

    def spans(self, tokens: Sequence[str]) -> list[Span]:
        """Spot the phrases in *tokens*, from left to right; none overlaps another."""
        # What ends the list is no stem, so no phrase reaches beyond it.
        stems = [*map(stem, tokens), ""]
        found: list[Span] = []
        free = 0
        for start in range(len(tokens)):
            if start < free:
                continue
            longest, end, branches = None, start, self._tree
            while branch := branches.get(stems[end]):
                end += 1
                symbol, branches = branch
                if symbol:
                    longest = Span(start, end, symbol)
            if longest:
                found.append(longest)
                free = longest.end
        return found


def _tree(phrases: Sequence[Phrase], *, depth: int) -> dict[str, _Branch]:
    """Sort *phrases*, alike in their first *depth* stems, by the next ones."""
    groups: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if len(phrase.stems) > depth:
            groups.setdefault(phrase.stems[depth], []).append(phrase)
    return {
        first: _Branch(
            symbol=next((each.symbol for each in group if len(each.stems) == depth + 1), None),
            branches=_tree(group, depth=depth + 1) or _NONE,
        )
        for first, group in groups.items()
    }


@lru_cache(maxsize=8192)
def stem(token: str) -> str:
    """Cut the ending off an English word that is long enough: ``deliveries`` is ``delivery``.

    What remains need only be equal for forms of one word, so it is often no word itself.
    """
    if len(token) <= _SHORTEST_STEM or not is_word(token):
        return token
    if token.endswith("ies"):
        return f"{token[:-3]}y"
    word = token.removesuffix("'s")
    for ending in _ENDINGS:
        kept = len(word) - len(ending)
        if word.endswith(ending) and kept >= _SHORTEST_STEM and not word.endswith("ss"):
            word = word[:kept]
            break
    long = len(word) > _SHORTEST_STEM
    if long and (word[-1] == "e" or word[-1] == word[-2]):
        word = word[:-1]
    return word


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
    return Lexicon(phrases, digest=hashlib.sha256(file.read_bytes()).hexdigest())


def _check_distinct(phrases: Sequence[Phrase]) -> None:
    seen: dict[tuple[str, ...], Phrase] = {}
    for phrase in phrases:
        other = seen.setdefault(phrase.stems, phrase)
        if other.symbol != phrase.symbol:
            why = f"{phrase.text!r} is also {other.text!r} in {other.symbol}, at {other.place}"
            raise CatalogError(f"{phrase.place}: {why}")


def _groups(source: Source, section: str, node: yaml.Node) -> Iterator[Phrase]:
    for name, group in source.mapping(node, None, what="group").items():
        symbol = _SYMBOLS[section].format(name)
        for items in source.mapping(group, LANGUAGES, what="language").values():
            for item in source.sequence(items):
                yield _phrase(source, item, symbol)


def _phrase(source: Source, node: yaml.Node, symbol: str) -> Phrase:
    text = source.scalar(node)
    stems = tuple(stem(token) for token in tokens(normalized(text)))
    if not stems:
        raise source.error(node, "a phrase without a word; quote it if it starts with #")
    return Phrase(symbol=symbol, stems=stems, text=text, place=source.place(node.start_mark))
