"""Spot the phrases of the lexicon, so that a word never seen in training still counts.

The classifier sees the name of a group wherever a phrase of it stands, and learns from the
catalogue what that is worth: a phrase alone decides nothing, so "no refund, just a receipt" is not
taken for a refund.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from intents.features import is_word

FILE = Path(__file__).with_name("keywords.yml")
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 4


class Span(NamedTuple):
    """A phrase of the lexicon stands in ``tokens[start:end]``; *symbol* is its group's."""

    start: int
    end: int
    symbol: str


class _Branch:
    """What may follow the beginning of a phrase; *symbol* is its group's if that is all of it."""

    __slots__ = ("branches", "symbol")

    def __init__(self) -> None:
        self.symbol: str | None = None
        self.branches: dict[str, _Branch] = {}


class Lexicon:
    """Phrases, found from the left, the longest first.

    *symbols* has the symbol of each phrase's group; a phrase is its stems, with spaces between.
    """

    def __init__(self, symbols: Mapping[str, str]) -> None:
        self.symbols = symbols
        self._tree = _tree(symbols)

    def spans(self, stems: Sequence[str]) -> list[Span]:
        """Spot the phrases in a message, given its *stems*; none overlaps another."""
        # What ends the list is no stem, so no phrase reaches beyond it.
        stems = [*stems, ""]
        found: list[Span] = []
        free = 0
        for start, first in enumerate(stems):
            branch = self._tree.get(first)
            if branch is None or start < free:
                continue
            longest, end = None, start
            while branch is not None:
                end += 1
                if branch.symbol:
                    longest = Span(start, end, branch.symbol)
                branch = branch.branches.get(stems[end])
            if longest:
                found.append(longest)
                free = longest.end
        return found


def digest() -> str:
    """SHA-256 (hex) of the file that our lexicon is loaded from."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()


def _tree(symbols: Mapping[str, str]) -> dict[str, _Branch]:
    root = _Branch()
    for phrase, symbol in symbols.items():
        branch = root
        for each in phrase.split(" "):
            branch = branch.branches.setdefault(each, _Branch())
        branch.symbol = symbol
    return root.branches


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
