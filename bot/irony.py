"""Doubt praise that everybody reads: irony has marks, and honest praise says little else.

No pattern understands irony, but whoever mocks has to say what happened. So praise that speaks of
trouble, or of more than the praise we know, goes to a person without a word: a thank-you that comes
later costs little, one for mockery is passed around.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from re import Pattern

from bot.phrases import patterns
from intents.match import Utterance
from intents.normalize import normalized
from intents.prepared import prepared

FILE = Path(__file__).with_name("irony.yml")
_READ = 2_000
# New words, and new pairs of Chinese characters, that praise may bring along.
_NEW_WORDS, _NEW_PAIRS = 1, 3
# A word that fewer than one in so many examples has tells what one customer got: no praise.
_EXAMPLES_WITH_A_WORD = 1000


# Faces and words that turn what stands beside them around, and praise in quotation marks.
def irony(text: str, *, praise: bool) -> str | None:
    """The first sign, normalised, that *text* means the contrary; None if there is none.

    In *praise*, or beside a kind word, a word of trouble is one, too.
    """
    plain, said = normalized(text[:_READ]), _said()
    found = said["marks"].search(plain)
    if found is None and (praise or said["kind"].search(plain)):
        found = said["trouble"].search(said["denied"].sub(" ", plain))
    return None if found is None else found[0]


def vocabulary(examples: Iterable[str]) -> frozenset[str]:
    """The common words, and all pairs of Chinese characters, of *examples*."""
    of_examples = [{*_pieces(text)} for text in examples]
    counts = Counter(chain.from_iterable(of_examples))
    least = len(of_examples) / _EXAMPLES_WITH_A_WORD
    return frozenset(
        piece for piece, count in counts.items() if count >= least or not piece.isascii()
    )


def says_more(text: str, known: frozenset[str]) -> bool:
    """Tell whether *text* has more words outside of *known* than plain praise would."""
    new = [piece for piece in _pieces(text) if piece not in known]
    words = sum(map(str.isascii, new))
    return words > _NEW_WORDS or len(new) - words > _NEW_PAIRS


@lru_cache(maxsize=1)
def _said() -> dict[str, Pattern[str]]:
    return patterns(FILE)


def _pieces(text: str) -> Iterator[str]:
    tokens = prepared(Utterance(text=text)).tokens
    yield from (token for token in tokens if token.isascii())
    for one, other in pairwise(tokens):
        if not (one.isascii() or other.isascii()):
            yield one + other
