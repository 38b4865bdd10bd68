"""Fit the classifier to a catalogue. Only here is scikit-learn needed, and only while fitting."""

import logging
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.calibration import Guesses, calibration
from intents.catalog import Catalog
from intents.errors import CatalogError, ModelError
from intents.keyword_file import lexicon
from intents.lesson import Lesson
from intents.match import EncoderName
from intents.model import Model, recipe
from intents.sense_lesson import SenseLesson
from intents.separators import separators
from intents.weights import Floats, Weights

log = logging.getLogger(__name__)

_FOLDS = 4


def trained(catalog: Catalog, cache: Path, *, encoder: EncoderName | None = None) -> Model:
    """Load the model of *catalog* from folder *cache*, or train it (seconds) and keep it there.

    Raises what `train` raises.
    """
    path = kept_at(catalog, cache, encoder=encoder)
    if path.exists():
        try:
            model = Model.load(path)
        except ModelError as exc:
            log.warning("training anew: %s", exc)
        else:
            if model.data_hash == catalog.data_hash:
                return model
    model = train(catalog, encoder=encoder)
    model.save(path)
    return model


def kept_at(catalog: Catalog, cache: Path, *, encoder: EncoderName | None = None) -> Path:
    """The file of folder *cache* that holds the model of *catalog*, once it is trained."""
    by = f"{recipe()}-{encoder}" if encoder else recipe()
    return cache / f"intents-{by}-{catalog.data_hash[:16]}.npz"


def train(catalog: Catalog, *, encoder: EncoderName | None = None) -> Model:
    """Train on every example of *catalog*; cross-validation sets temperature and thresholds.

    With a sentence *encoder* the meaning of messages counts beside their n-grams. The same
    catalogue gives the same model. Raises CatalogError unless there are two intents, and two
    examples of each, and EncoderMissing.
    """
    _check_size(catalog)
    messages, truth, languages = _examples(catalog)
    senses = SenseLesson.of(catalog, encoder) if encoder else None
    lesson = Lesson(messages, senses)
    seen = lesson.weighing(np.arange(len(messages)))
    matrix = lesson.matrix(seen)
    weights, bias = separators(matrix, truth, labels=len(catalog.names))
    grams = np.count_nonzero(seen)
    return Model(
        labels=catalog.names,
        grams=lesson.known(seen),
        lexicon=lexicon(),
        weights=_quantized(weights[:grams], bias, seen[seen > 0]),
        senses=senses.learnt(weights[grams:], truth) if senses else None,
        calibration=calibration(
            _guesses(catalog, lesson, truth, languages, likely=matrix @ weights + bias)
        ),
        data_hash=catalog.data_hash,
    )


def guesses(catalog: Catalog, *, encoder: EncoderName | None = None) -> Guesses:
    """Score every example by a model fitted to the other folds."""
    messages, truth, languages = _examples(catalog)
    senses = SenseLesson.of(catalog, encoder) if encoder else None
    return _guesses(catalog, Lesson(messages, senses), truth, languages, likely=None)


def _guesses(
    catalog: Catalog,
    lesson: Lesson,
    truth: NDArray[np.intp],
    languages: tuple[str, ...],
    *,
    likely: Floats | None,
) -> Guesses:
    folds = _folds(truth)
    scores = np.empty((len(truth), len(catalog.names)))
    likeness = np.zeros_like(scores, np.float32) if lesson.senses else None
    for fold in range(_FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if not outside.size:
            continue
        matrix = lesson.matrix(lesson.weighing(inside))
        weights, bias = separators(
            matrix[inside],
            truth[inside],
            labels=len(catalog.names),
            likely=None if likely is None else likely[inside],
        )
        scores[outside] = matrix[outside] @ weights + bias
        if lesson.senses and likeness is not None:
            like = lesson.senses.likeness(outside, inside, truth, labels=len(catalog.names))
            likeness[outside] = like
            scores[outside] += lesson.senses.weight_of_likeness * like
    return Guesses(
        labels=catalog.names, scores=scores, truth=truth, languages=languages, likeness=likeness
    )


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
