"""Cut normalised text into the n-grams that the classifier weighs."""

import re
from itertools import pairwise

# A Latin word, one character of any other script, an emoji or placeholder, or the last ? of a run.
_TOKEN = re.compile(
    r"[a-z0-9\u00c0-\u024f]+(?:'[a-z]+)?|\?(?!\?)"
    r"|[\u0250-\u1fff\u2070-\u2fff\u3040-\ufdff\ufe10-\U0010ffff]"
)
_GAP = re.compile(r"(?<=[\u0250-\uffff]) (?=[\u0250-\uffff])")
_LATIN_END = "\u0250"
_LONGEST_WORD = 32
_LENGTHS = (2, 3, 4)


def tokens(text: str) -> list[str]:
    """Cut normalised *text* into Latin words and single characters of every other script."""
    return _TOKEN.findall(text)


def phrases(tokens: list[str]) -> list[str]:
    """Name every token and every two neighbours: words in English, characters in Chinese."""
    return [*tokens, *map(" ".join, pairwise(tokens))]


def written(gram: str) -> str:
    """Spell a phrase or piece as it stands in the text: without gaps between Chinese characters."""
    return gram if gram.isascii() else _GAP.sub("", gram)


def is_word(token: str) -> bool:
    """Tell whether *token* is a Latin word, which is cut into pieces to survive typing errors."""
    return "0" <= token[0] < _LATIN_END and token != "?"


def pieces(word: str) -> list[str]:
    """Cut a Latin *word* into two to four characters; a space stands for its edge."""
    padded = f" {word[:_LONGEST_WORD]} "
    return [
        padded[start : start + length]
        for length in _LENGTHS
        for start in range(len(padded) - length + 1)
    ]
