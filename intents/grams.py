"""Name everything about a message's wording that the classifier weighs, but for pieces of words."""

from itertools import pairwise

from intents.features import phrases
from intents.lexicon import lexicon

_START, _END = "^", "$"
_LONGEST = 12


def grams(tokens: list[str]) -> list[str]:
    """Name words, neighbours, first and last word, symbols of the lexicon, and the length."""
    if not tokens:
        return []
    read = lexicon().reading(tokens)
    symbols = [word for word in read if is_symbol(word)]
    around = [
        f"{first} {second}"
        for first, second in pairwise([_START, *read, _END])
        if is_symbol(first) or is_symbol(second)
    ]
    edges = [f"{_START} {tokens[0]}", f"{tokens[-1]} {_END}"]
    return [*phrases(tokens), *edges, *symbols, *around, f"{_START}{_size(tokens)}"]


def is_symbol(gram: str) -> bool:
    """Tell whether *gram* is the symbol of one group of the lexicon."""
    return gram[0] == "<" and " " not in gram


def is_plain(gram: str) -> bool:
    """Tell whether *gram* is words alone, as a person can read them."""
    return gram[0] != _START and gram[-1] != _END and "<" not in gram


def _size(tokens: list[str]) -> int:
    """Two steps for each doubling of the number of *tokens*."""
    return min(_LONGEST, int(len(tokens) ** 2).bit_length())
