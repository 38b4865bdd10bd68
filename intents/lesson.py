"""Messages as a sparse matrix to learn from: which n-grams stand in which, and their weight."""

from collections.abc import Sequence
from itertools import chain, compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.features import is_word, pieces
from intents.grams import grams, is_symbol
from intents.keyword_file import lexicon
from intents.lexicon import stem
from intents.sense_lesson import SenseLesson

# Found by cross-validation on our catalogue; optima are flat.
_WEIGHT_OF_SYMBOL = 1.25
_WEIGHT_OF_PIECE = 0.8
# A piece of a word that stands in one example only is chance; a rare phrase is not.
_LEAST_EXAMPLES_OF_PIECE = 2


class Lesson:
    """Which n-grams stand in which of *messages*: a column for each, the phrases first.

    *senses* adds columns of its own after them.

    A phrase counts once in a message, a piece once for each word that has it: so what the pieces of
    a word speak can be kept for the word.
    """

    def __init__(self, messages: Sequence[list[str]], senses: SenseLesson | None = None) -> None:
        self.senses = senses
        words = sorted({token for tokens in messages for token in tokens if is_word(token)})
        of_words = [{*pieces(word)} for word in words]
        of_messages = [_phrases(tokens) for tokens in messages]
        self._phrases = sorted(set().union(*of_messages))
        self._pieces = sorted(set().union(*of_words))
        self._tokens = _counts(messages, self._phrases)
        self._grams = _beside(
            _counts(of_messages, self._phrases),
            _counts([{*tokens} for tokens in messages], words) @ _counts(of_words, self._pieces),
        )

    def weighing(self, learnt: NDArray[np.intp]) -> NDArray[np.float64]:
        """The inverse document frequency of each n-gram in the messages *learnt*; 0 if unknown."""
        parted = len(self._phrases)
        counts = np.bincount(self._grams[learnt].indices, minlength=self._grams.shape[1])
        weights: NDArray[np.float64] = np.log((1 + len(learnt)) / (1 + counts)) + 1
        weights[:parted][[*map(is_symbol, self._phrases)]] *= _WEIGHT_OF_SYMBOL
        weights[parted:] *= _WEIGHT_OF_PIECE
        weights[:parted][counts[:parted] == 0] = 0
        weights[parted:][counts[parted:] < _LEAST_EXAMPLES_OF_PIECE] = 0
        return weights

    def known(self, weighing: NDArray[np.float64]) -> tuple[list[str], list[str]]:
        """The phrases and the pieces that are known."""
        known = (weighing > 0).tolist()
        parted = len(self._phrases)
        return list(compress(self._phrases, known)), list(compress(self._pieces, known[parted:]))

    def matrix(self, weighing: NDArray[np.float64]) -> Any:
        """One sparse row for each message, as `Model.weigh` weighs it (scipy has no types)."""
        unknown = self._tokens @ (weighing[: len(self._phrases)] == 0)
        squares = self._grams @ weighing**2 + unknown * weighing.max() ** 2
        weighed = self._grams.copy()
        weighed.data *= weighing[weighed.indices] / np.repeat(
            np.sqrt(np.maximum(squares, 1.0)), np.diff(weighed.indptr)
        )
        known = weighed[:, np.flatnonzero(weighing)]
        return known if self.senses is None else _beside(known, self.senses.columns)


def _phrases(tokens: list[str]) -> set[str]:
    return {*grams(tokens, lexicon().spans([*map(stem, tokens)]))}


def _counts(rows: Sequence[Sequence[str] | set[str]], names: Sequence[str]) -> Any:
    """How often each of *names*, a column each, stands in each of *rows*, as a sparse matrix."""
    from scipy.sparse import csr_array

    columns = {name: at for at, name in enumerate(names)}
    named = [[columns[each] for each in row if each in columns] for row in rows]
    # liblinear takes no wider indices.
    ends = np.cumsum([0, *map(len, named)], dtype=np.int32)
    indices = np.fromiter(chain.from_iterable(named), np.int32, count=ends[-1])
    counts = csr_array((np.ones(len(indices)), indices, ends), shape=(len(rows), len(names)))
    counts.sum_duplicates()
    return counts


def _beside(left: Any, right: Any) -> Any:
    from scipy.sparse import csr_array, hstack

    return hstack([left, csr_array(right)], format="csr")
