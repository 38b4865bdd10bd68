"""Fit the classifier to a catalogue. Only here is scikit-learn needed, and only while fitting."""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.calibration import Guesses, calibration
from intents.catalog import Catalog
from intents.errors import CatalogError, ModelError
from intents.features import is_word, pieces
from intents.grams import grams, is_symbol
from intents.lexicon import lexicon
from intents.model import Floats, Model, Weights, recipe

log = logging.getLogger(__name__)

FOLDS = 4
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
    messages, truth, _ = _examples(catalog)
    vocabulary = _Vocabulary(messages)
    weights, bias = _fit(vocabulary.matrix(messages), truth)
    return Model(
        labels=catalog.names,
        grams=(list(vocabulary.phrases), list(vocabulary.pieces)),
        weights=_quantized(weights, bias, vocabulary.frequencies),
        calibration=calibration(guesses(catalog)),
        data_hash=catalog.data_hash,
    )


def guesses(catalog: Catalog) -> Guesses:
    """Score every example by a model fitted to the other folds."""
    messages, truth, languages = _examples(catalog)
    folds = _folds(truth)
    scores = np.empty((len(messages), len(catalog.names)))
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not outside.size:
            continue
        known = [messages[at] for at in inside]
        vocabulary = _Vocabulary(known)
        weights, bias = _fit(vocabulary.matrix(known), truth[inside])
        scores[outside] = vocabulary.matrix([messages[at] for at in outside]) @ weights + bias
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
        folds[at] = dealt[column] % FOLDS
        dealt[column] += 1
    return folds


def _check_size(catalog: Catalog) -> None:
    if len(catalog.intents) < 2:
        raise CatalogError("a classifier needs at least two intents")
    for intent in catalog.intents:
        if len(intent.examples) < 2:
            place = intent.examples[0].place
            raise CatalogError(f"{place}: {intent.name} needs a second example to learn from")


class _Vocabulary:
    """The n-grams of *messages* and their inverse document frequencies."""

    def __init__(self, messages: Sequence[list[str]]) -> None:
        of_phrases = Counter(gram for tokens in messages for gram in set(_grams(tokens)))
        of_pieces = Counter(gram for tokens in messages for gram in set(_word_pieces(tokens)))
        kept = [gram for gram, count in of_pieces.items() if count >= _LEAST_EXAMPLES_OF_PIECE]
        self.phrases = {gram: row for row, gram in enumerate(sorted(of_phrases))}
        self.pieces = {gram: row for row, gram in enumerate(sorted(kept), start=len(self.phrases))}
        counts = [of_phrases[gram] for gram in self.phrases] + [
            of_pieces[gram] for gram in self.pieces
        ]
        self.frequencies: NDArray[np.float64] = (
            np.log((1 + len(messages)) / (1 + np.array(counts))) + 1
        )
        known = [row for gram, row in self.phrases.items() if is_symbol(gram)]
        self.frequencies[known] *= _WEIGHT_OF_SYMBOL

    def matrix(self, messages: Sequence[list[str]]) -> Any:
        """One sparse row for each message, as `Model.shares` weighs it (scipy has no types)."""
        from scipy.sparse import csr_matrix

        columns: list[NDArray[np.intp]] = []
        values: list[NDArray[np.float64]] = []
        for tokens in messages:
            known = np.array(sorted(self._rows(tokens)), dtype=np.intp)
            weights = self.frequencies[known]
            unknown = sum(token not in self.phrases for token in tokens)
            length = np.sqrt((weights**2).sum() + unknown * self.frequencies.max() ** 2)
            columns.append(known)
            values.append(weights / max(length, 1.0))
        ends = np.cumsum([0, *map(len, columns)])
        shape = (len(messages), len(self.frequencies))
        return csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=shape)

    def _rows(self, tokens: list[str]) -> set[int]:
        rows = {self.phrases[gram] for gram in _grams(tokens) if gram in self.phrases}
        return rows | {self.pieces[gram] for gram in _word_pieces(tokens) if gram in self.pieces}


def _grams(tokens: list[str]) -> list[str]:
    return grams(tokens, lexicon().spans(tokens))


def _word_pieces(tokens: list[str]) -> list[str]:
    return [piece for token in tokens if is_word(token) for piece in pieces(token)]


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
