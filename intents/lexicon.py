"""Spot the words and phrases of ``keywords.yml``, so that one never seen in training still counts.

The classifier sees the name of a group wherever a phrase of it stands, and learns from the
catalogue what that is worth: a phrase alone decides nothing, so "no refund, just a receipt" is not
taken for a refund.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from intents.errors import CatalogError
from intents.features import is_word, tokens, written
from intents.match import LANGUAGES
from intents.normalize import normalized
from intents.source import Source

FILE = Path(__file__).with_name("keywords.yml")
_SECTIONS = ("intents", "hints", "concepts")
# What a group of each section is called among the n-grams; no token holds such a character.
_SYMBOLS = {"intents": "<{}>", "hints": "<{}?>", "concepts": "<#{}>"}
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A phrase of the lexicon as *stems*, and the *symbol* of its group."""

    symbol: str
    stems: tuple[str, ...]
    text: str
    place: str


class Lexicon:
    """The phrases of a keyword file, found from the left, the longest first."""

    def __init__(self, phrases: Sequence[Phrase], *, digest: str) -> None:
        self.phrases = tuple(phrases)
        self.digest = digest
        self._by_stems = {phrase.stems: phrase for phrase in phrases}
        self._lengths: dict[str, list[int]] = {}
        for stems in sorted(self._by_stems, key=len, reverse=True):
            lengths = self._lengths.setdefault(stems[0], [])
            if len(stems) not in lengths:
                lengths.append(len(stems))

    def reading(self, tokens: Sequence[str]) -> list[str]:
        """Rewrite *tokens* with the symbol of its group in place of each phrase."""
        return [symbol or tokens[start] for start, _, symbol in self._spans(tokens)]

    def spotted(self, tokens: Sequence[str]) -> Mapping[str, str]:
        """Spell the first phrase of each group that stands in *tokens*, by the group's symbol."""
        found: dict[str, str] = {}
        for start, end, symbol in self._spans(tokens):
            if symbol is not None:
                found.setdefault(symbol, written(" ".join(tokens[start:end])))
        return found

    def _spans(self, tokens: Sequence[str]) -> Iterator[tuple[int, int, str | None]]:
        stems = [stem(token) for token in tokens]
        end = 0
        for at, first in enumerate(stems):
            if at < end:
                continue
            phrase = self._longest(stems, at) if first in self._lengths else None
            end = at + (len(phrase.stems) if phrase else 1)
            yield at, end, phrase.symbol if phrase else None

    def _longest(self, stems: list[str], at: int) -> Phrase | None:
        for length in self._lengths[stems[at]]:
            if phrase := self._by_stems.get(tuple(stems[at : at + length])):
                return phrase
        return None


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
