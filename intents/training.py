"""Fit the classifier to a catalogue. Only here is scikit-learn needed, and only while fitting."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.catalog import Catalog
from intents.errors import CatalogError, ModelError
from intents.features import is_word, pieces
from intents.grams import grams, is_symbol
from intents.match import OUT_OF_SCOPE, SCREENED
from intents.model import LEAST_SHARE, Calibration, Floats, Model, Weights, recipe

log = logging.getLogger(__name__)

FOLDS = 4
# Found by cross-validation on our catalogue; 0.3 to 1.0 is a flat optimum.
_PENALTY = 0.5
_WEIGHT_OF_SYMBOL = 1.5
# A piece of a word that stands in one example only is chance; a rare phrase is not.
_LEAST_EXAMPLES_OF_PIECE = 2
# Being misled is worse than being asked again.
_COST_OF_WRONG = 2
# Abuse and spam must be right this often among those we call so: a comment may get hidden.
_SCREEN_PRECISION = 0.95
# With no right guess to learn from, only near-certainty counts.
_NEVER_SEEN_RIGHT = 0.9
_TEMPERATURES = np.geomspace(0.02, 2.0, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """Cross-validated scores: one row for each example, made by a model that never saw it."""

    labels: tuple[str, ...]
    scores: NDArray[np.float64]
    truth: NDArray[np.intp]
    languages: tuple[str, ...]


def trained(catalog: Catalog, cache: Path) -> Model:
    """Load the model of *catalog* from folder *cache*, or train it (seconds) and keep it there."""
    path = cache / f"intents-{recipe()}-{catalog.data_hash[:16]}.npz"
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


def calibration(guesses: Guesses) -> Calibration:
    """Choose the scaling by likelihood, and thresholds by what a wrong answer costs.

    A wrong answer costs twice what a right one gains, a rejection nothing; the ``oos`` examples
    have no right answer. *screen_at* keeps 95 of 100 accusations of abuse or spam true.
    """
    temperature = float(min(_TEMPERATURES, key=lambda each: _loss(guesses, float(each))))
    shares = softmax(guesses.scores / temperature)
    best = shares.argmax(axis=1)
    right = best == guesses.truth
    screened = np.isin(best, _columns(guesses, SCREENED))
    answered = ~screened & ~np.isin(best, _columns(guesses, (OUT_OF_SCOPE,)))
    scaled = _scaled(temperature, shares.max(axis=1), right)
    sure = np.array([scaled.confidence(share) for share in shares.max(axis=1).tolist()])
    return replace(
        scaled,
        answer_at=_threshold(sure[answered], right[answered], precision=None),
        screen_at=_threshold(sure[screened], right[screened], precision=_SCREEN_PRECISION),
    )


def _scaled(
    temperature: float, shares: NDArray[np.float64], right: NDArray[np.bool_]
) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    plain = Calibration(
        temperature=temperature, slope=1.0, offset=0.0, answer_at=1.0, screen_at=1.0
    )
    if right.all() or not right.any():
        return plain
    odds = np.log(shares / np.maximum(1 - shares, LEAST_SHARE))[:, np.newaxis]
    line = LogisticRegression().fit(odds, right)
    slope, offset = float(line.coef_[0, 0]), float(line.intercept_[0])
    return replace(plain, slope=slope, offset=offset) if slope > 0 else plain


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row of *scores* into shares of 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _threshold(
    sure: NDArray[np.float64], right: NDArray[np.bool_], *, precision: float | None
) -> float:
    """Find the confidence above which gains are greatest, or the lowest that keeps *precision*."""
    order = np.argsort(-sure, kind="stable")
    sure, right = sure[order], right[order]
    gains = np.cumsum(np.where(right, 1, -_COST_OF_WRONG))
    if precision is not None:
        shares = np.cumsum(right) / np.arange(1, len(sure) + 1)
        gains = np.where(shares >= precision, gains, -1)
    # Guesses of equal confidence are answered together or not at all.
    gains = np.where(np.append(sure[1:] < sure[:-1], True), gains, -1)[: len(sure)]
    if not len(sure) or gains.max() <= 0:
        return _NEVER_SEEN_RIGHT
    last = len(gains) - 1 - int(gains[::-1].argmax())
    return float(sure[last])


def _loss(guesses: Guesses, temperature: float) -> float:
    shares = softmax(guesses.scores / temperature)
    return float(-np.log(shares[np.arange(len(shares)), guesses.truth] + 1e-12).mean())


def _columns(guesses: Guesses, names: Sequence[str]) -> list[int]:
    return [at for at, label in enumerate(guesses.labels) if label in names]


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
        of_phrases = Counter(gram for tokens in messages for gram in set(grams(tokens)))
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
        rows = {self.phrases[gram] for gram in grams(tokens) if gram in self.phrases}
        return rows | {self.pieces[gram] for gram in _word_pieces(tokens) if gram in self.pieces}


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
