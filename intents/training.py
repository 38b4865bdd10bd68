"""Fit the classifier to a catalogue. Only here is scikit-learn needed, and only while fitting."""

import logging
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.calibration import Guesses, calibration
from intents.catalog import Catalog
from intents.errors import CatalogError, ModelError
from intents.features import is_word, pieces
from intents.grams import grams, is_symbol
from intents.keyword_file import lexicon
from intents.model import Floats, Model, Weights, recipe

log = logging.getLogger(__name__)

_FOLDS = 4
# Found by cross-validation on our catalogue; 0.5 to 1.5 is a flat optimum of both.
_PENALTY = 1.0
_WEIGHT_OF_SYMBOL = 1.25
# A piece of a word that stands in one example only is chance; a rare phrase is not.
_LEAST_EXAMPLES_OF_PIECE = 2


def trained(catalog: Catalog, cache: Path) -> Model:
    """Load the model of *catalog* from folder *cache*, or train it (seconds) and keep it there."""
    path = kept_at(catalog, cache)
    if path.exists():
        try:
            model = Model.load(path)
        except ModelError as exc:
            log.warning("training anew: %s", exc)
        else:
            if model.data_hash == catalog.data_hash:
                return model
    model = train(catalog)
    model.save(path)
    return model


def kept_at(catalog: Catalog, cache: Path) -> Path:
    """The file of folder *cache* that holds the model of *catalog*, once it is trained."""
    return cache / f"intents-{recipe()}-{catalog.data_hash[:16]}.npz"


def train(catalog: Catalog) -> Model:
    """Train on every example of *catalog*; cross-validation sets temperature and thresholds.

    The same catalogue gives the same model. Raises CatalogError unless there are two
    intents, and two examples of each.
    """
    _check_size(catalog)
    messages, truth, languages = _examples(catalog)
    lesson = _Lesson(messages)
    seen = lesson.weighing(np.arange(len(messages)))
    weights, bias = _fit(lesson.matrix(seen), truth)
    return Model(
        labels=catalog.names,
        grams=lesson.known(seen),
        lexicon=lexicon(),
        weights=_quantized(weights, bias, seen[seen > 0]),
        calibration=calibration(_guesses(catalog, lesson, truth, languages)),
        data_hash=catalog.data_hash,
    )


def guesses(catalog: Catalog) -> Guesses:
    """Score every example by a model fitted to the other folds."""
    messages, truth, languages = _examples(catalog)
    return _guesses(catalog, _Lesson(messages), truth, languages)


def _guesses(
    catalog: Catalog, lesson: "_Lesson", truth: NDArray[np.intp], languages: tuple[str, ...]
) -> Guesses:
    folds = _folds(truth)
    scores = np.empty((len(truth), len(catalog.names)))
    for fold in range(_FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not outside.size:
            continue
        matrix = lesson.matrix(lesson.weighing(inside))
        weights, bias = _fit(matrix[inside], truth[inside])
        scores[outside] = matrix[outside] @ weights + bias
    return Guesses(labels=catalog.names, scores=scores, truth=truth, languages=languages)


def _examples(catalog: Catalog) -> tuple[list[list[str]], NDArray[np.intp], tuple[str, ...]]:
    all_examples = [
        (example, column)
        for column, intent in enumerate(catalog.intents)
        for example in intent.examples
    ]
    return (
        [list(example.tokens) for example, _ in all_examples],
        np.array([column for _, column in all_examples], dtype=np.intp),
        tuple(example.language for example, _ in all_examples),
    )


def _folds(truth: NDArray[np.intp]) -> NDArray[np.intp]:
    """Deal each intent's examples round the folds, so that all folds look alike."""
    dealt: Counter[int] = Counter()
    folds = np.empty(len(truth), dtype=np.intp)
    for at, column in enumerate(truth.tolist()):
        folds[at] = dealt[column] % _FOLDS
        dealt[column] += 1
    return folds


def _check_size(catalog: Catalog) -> None:
    if len(catalog.intents) < 2:
        raise CatalogError("a classifier needs at least two intents")
    for intent in catalog.intents:
        if len(intent.examples) < 2:
            place = intent.examples[0].place
            raise CatalogError(f"{place}: {intent.name} needs a second example to learn from")


class _Lesson:
    """Which n-grams stand in which message: a column for each, the phrases first."""

    def __init__(self, messages: Sequence[list[str]]) -> None:
        phrases = [set(_grams(tokens)) for tokens in messages]
        pieces = [
            {piece for token in set(tokens) for piece in _pieces(token)} for tokens in messages
        ]
        self._phrases = sorted(set().union(*phrases))
        self._pieces = sorted(set().union(*pieces))
        columns = {gram: at for at, gram in enumerate(self._phrases)}
        of_pieces = {gram: at for at, gram in enumerate(self._pieces, start=len(columns))}
        self._present = _counts(
            [
                [*map(columns.__getitem__, some), *map(of_pieces.__getitem__, others)]
                for some, others in zip(phrases, pieces, strict=True)
            ],
            columns=len(columns) + len(of_pieces),
        )
        self._tokens = _counts(
            [[columns[token] for token in tokens] for tokens in messages],
            columns=len(columns) + len(of_pieces),
        )

    def weighing(self, learnt: NDArray[np.intp]) -> NDArray[np.float64]:
        """The inverse document frequency of each n-gram in the messages *learnt*; 0 if unknown."""
        counts = np.asarray(self._present[learnt].sum(axis=0)).ravel()
        first_piece = len(self._phrases)
        weights: NDArray[np.float64] = np.log((1 + len(learnt)) / (1 + counts)) + 1
        weights[[at for at, gram in enumerate(self._phrases) if is_symbol(gram)]] *= (
            _WEIGHT_OF_SYMBOL
        )
        weights[:first_piece][counts[:first_piece] == 0] = 0
        weights[first_piece:][counts[first_piece:] < _LEAST_EXAMPLES_OF_PIECE] = 0
        return weights

    def known(self, weighing: NDArray[np.float64]) -> tuple[list[str], list[str]]:
        """The phrases and the pieces that are known."""
        known = (weighing > 0).tolist()
        parted = len(self._phrases)
        return list(compress(self._phrases, known)), list(compress(self._pieces, known[parted:]))

    def matrix(self, weighing: NDArray[np.float64]) -> Any:
        """One sparse row for each message, as `Model.shares` weighs it (scipy has no types)."""
        unknown = self._tokens @ (weighing == 0)
        squares = self._present @ weighing**2 + unknown * weighing.max() ** 2
        weighed = self._present.copy()
        weighed.data = weighing[weighed.indices] / np.repeat(
            np.sqrt(np.maximum(squares, 1.0)), np.diff(weighed.indptr)
        )
        return weighed[:, np.flatnonzero(weighing)]


def _counts(rows: Sequence[Sequence[int]], *, columns: int) -> Any:
    """How often each column is named in each of *rows*, as a sparse matrix."""
    from scipy.sparse import csr_array

    # liblinear takes no wider indices.
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    named = np.fromiter(chain.from_iterable(rows), np.int32, count=ends[-1])
    counts = csr_array((np.ones(len(named)), named, ends), shape=(len(rows), columns))
    counts.sum_duplicates()
    return counts


def _grams(tokens: list[str]) -> list[str]:
    return grams(tokens, lexicon().spans(tokens))


@lru_cache(maxsize=65536)
def _pieces(token: str) -> tuple[str, ...]:
    return tuple(pieces(token)) if is_word(token) else ()


def _fit(matrix: Any, truth: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Fit one linear separator for each label: weights (n-grams by labels) and biases."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_PENALTY, random_state=0, max_iter=5000).fit(matrix, truth)
    weights, bias = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return weights.T.astype(np.float32), bias.astype(np.float32)


def _quantized(weights: Floats, bias: Floats, frequencies: NDArray[np.float64]) -> Weights:
    """Round each row to 255 steps, which costs no accuracy and a quarter of the memory."""
    rows = weights * frequencies[:, np.newaxis]
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
    return Weights(
        quantized=np.rint(rows / scales[:, np.newaxis]).astype(np.int8),
        scales=scales.astype(np.float32),
        squares=(frequencies**2).astype(np.float32),
        bias=bias,
    )
