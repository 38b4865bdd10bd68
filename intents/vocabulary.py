"""Look up what of a message's wording is known from training."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from intents.features import is_word, pieces
from intents.grams import grams
from intents.lexicon import Lexicon, Span, stem
from intents.weights import Floats, Weights

_WORDS_KEPT = 8192
_AT_ONCE = 256


class Wording(NamedTuple):
    """What is known of a message of *tokens*.

    *rows* are its known phrases, each once. *words* has a vector for each of its words: what its
    pieces speak for each label, and last their squared length. *unknown* counts the tokens that no
    example has; *spans* is what the lexicon spotted.
    """

    tokens: Sequence[str]
    rows: Sequence[int]
    words: Sequence[Floats]
    unknown: int
    spans: Sequence[Span]


_SILENCE = Wording([], [], [], 0, ())


class Vocabulary:
    """The phrases and pieces that have weights. Keeps what it looked up of frequent words."""

    def __init__(
        self, phrases: Sequence[str], pieces: Sequence[str], *, lexicon: Lexicon, weights: Weights
    ) -> None:
        self.phrases = phrases
        self.pieces = pieces
        self.lexicon = lexicon
        self._weights = weights
        self._rows = {gram: row for row, gram in enumerate(phrases)}
        self._rows_of_pieces = {gram: row for row, gram in enumerate(pieces, start=len(phrases))}
        # Words that were learnt are known from the start, others when they are first said.
        self._vectors = dict(self._vectors_of([gram for gram in phrases if " " not in gram]))
        self._token = lru_cache(maxsize=_WORDS_KEPT)(self._look_up)

    def wording(self, tokens: list[str]) -> Wording:
        """Look up the n-grams of *tokens*."""
        if not tokens:
            return _SILENCE
        stems, rows, vectors = zip(*map(self._token, tokens), strict=True)
        spans = self.lexicon.spans(stems)
        others = islice(grams(tokens, spans), len(tokens), None)
        known = dict.fromkeys(chain(rows, map(self._rows.get, others)))
        known.pop(None, None)
        # A word that stands twice counts once, like a phrase.
        words = dict(zip(tokens, vectors, strict=True)).values()
        return Wording(
            tokens, [*known], [each for each in words if each is not None], rows.count(None), spans
        )

    def rows_of_pieces(self, token: str) -> list[int]:
        """The rows of the known pieces of *token*, if it is a word."""
        if not is_word(token):
            return []
        known = self._rows_of_pieces
        return [known[piece] for piece in dict.fromkeys(pieces(token)) if piece in known]

    def _look_up(self, token: str) -> tuple[str, int | None, Floats | None]:
        """The stem of *token*, its row if it is known, and the vector of a word's pieces."""
        vector = self._vectors.get(token)
        if vector is None and (rows := self.rows_of_pieces(token)):
            [vector] = self._weights.sums([rows])
        return stem(token), self._rows.get(token), vector

    def _vectors_of(self, tokens: Sequence[str]) -> Iterator[tuple[str, Floats]]:
        """The vectors of those of *tokens* that are words with known pieces."""
        rows = [(token, self.rows_of_pieces(token)) for token in tokens if is_word(token)]
        known = [(token, of_token) for token, of_token in rows if of_token]
        for start in range(0, len(known), _AT_ONCE):
            words, groups = zip(*known[start : start + _AT_ONCE], strict=True)
            yield from zip(words, self._weights.sums(groups), strict=True)
