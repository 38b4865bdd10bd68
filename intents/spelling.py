"""Put typing errors right before a text's meaning is told: an encoder knows no misspelt word."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

# A shorter word is one letter away from too many others; with a digit it is a code.
_WORD = re.compile(r"(?<![0-9a-z\u00c0-\u024f'])[a-z\u00c0-\u024f]{4,32}(?![0-9a-z\u00c0-\u024f'])")


class Spelling:
    """Knows *words*, the most frequent first, and of any other *is_word* whether it is one at all.

    A word that is neither, and one slip away from a known one, is taken for that: a letter too
    many, too few or wrong, or two that changed places. Words with other letters than Latin ones,
    and short ones, are left alone.
    """

    def __init__(self, words: Sequence[str], *, is_word: Callable[[str], bool]) -> None:
        known = [word for word in words if _WORD.fullmatch(word)]
        self._is_word = is_word
        self._places = {word: place for place, word in enumerate(known)}
        self._near: dict[str, list[str]] = {}
        for word in known:
            for cut in _cuts(word):
                self._near.setdefault(cut, []).append(word)
        self._put_right = lru_cache(maxsize=8192)(self._nearest)

    def corrected(self, text: str) -> str:
        """Put the words of normalised *text* right."""
        return _WORD.sub(lambda found: self._one(found[0]), text)

    def _one(self, word: str) -> str:
        return word if word in self._places else self._put_right(word)

    def _nearest(self, word: str) -> str:
        if self._is_word(word):
            return word
        found = {near for cut in _cuts(word) for near in self._near.get(cut, ())}
        return min(
            (each for each in found if _one_slip(word, each)),
            key=self._places.__getitem__,
            default=word,
        )


def _cuts(word: str) -> Iterator[str]:
    """*word*, and *word* without each of its letters: words one slip apart share one of these."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _one_slip(one: str, other: str) -> bool:
    at = 0
    while one[at] == other[at]:
        at += 1
        if at == min(len(one), len(other)):
            break
    rest, of_other = one[at:], other[at:]
    swapped = of_other[1::-1] + of_other[2:]
    return rest[1:] in (of_other, of_other[1:]) or of_other[1:] == rest or rest == swapped
