"""Name everything about a message's wording that the classifier weighs, but for pieces of words."""

from collections.abc import Sequence

from intents.features import phrases
from intents.lexicon import Span

_START, _END = "^", "$"
# Starts the symbol of a group of the lexicon; no token holds it.
_SYMBOL = "<"
_LONGEST = 12


def grams(tokens: list[str], spans: Sequence[Span]) -> list[str]:
    """Name words, neighbours, first and last word, symbols of the lexicon, and the length.

    The *tokens* come first. *spans* is what the lexicon spots in them.
    """
    if not tokens:
        return []
    named = [*phrases(tokens), f"{_START} {tokens[0]}", f"{tokens[-1]} {_END}"]
    if spans:
        named += [span.symbol for span in spans]
        named += _around(tokens, spans)
    named.append(f"{_START}{_size(tokens)}")
    return named


def is_symbol(gram: str) -> bool:
    """Tell whether *gram* is the symbol of one group of the lexicon."""
    return gram[0] == _SYMBOL and " " not in gram


def is_readable(gram: str) -> bool:
    """Tell whether *gram* is a symbol, or words alone, as a person can read them."""
    if _SYMBOL in gram:
        return " " not in gram
    return gram[0] != _START and gram[-1] != _END


def _around(tokens: list[str], spans: Sequence[Span]) -> list[str]:
    """Name each symbol with its neighbour on either side."""
    padded = [_START, *tokens, _END]
    named: list[str] = []
    before, free = "", -1
    for start, end, symbol in spans:
        if start == free:
            named[-1] = f"{before} {symbol}"
        else:
            named.append(f"{padded[start]} {symbol}")
        named.append(f"{symbol} {padded[end + 1]}")
        before, free = symbol, end
    return named


def _size(tokens: list[str]) -> int:
    """Two steps for each doubling of the number of *tokens*."""
    size = (len(tokens) * len(tokens)).bit_length()
    return size if size < _LONGEST else _LONGEST
