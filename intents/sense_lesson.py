"""Learn from the meaning of examples, as a sentence encoder tells it."""

from collections import Counter
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from intents.catalog import Catalog
from intents.encoder import encoder
from intents.exact_product import ExactProduct, Floats
from intents.features import is_word
from intents.match import EncoderName, Utterance
from intents.prepared import prepared
from intents.senses import Senses

# How much the vector of a text weighs beside its n-grams, which weigh 1 together. Found by
# cross-validation of public training sets; a third more or less costs at most half a point.
_WEIGHT = 1.5
# With few examples of each label their mean tells more than a separator alone: a point with ten.
_FEW = 20
_WEIGHT_OF_LIKENESS = 2.0
# The directions in which vectors differ most are as good as all 512, and learnt in half the time.
_DIRECTIONS = 128


class SenseLesson:
    """What is learnt beside n-grams: *columns* for the classifier, a row for each example.

    Likeness times *weight_of_likeness* is added to the scores that the classifier learns.
    """

    def __init__(
        self, name: EncoderName, vectors: Floats, *, words: Sequence[str], labels: int
    ) -> None:
        self._name = name
        self._words = words
        self._vectors = vectors
        self.weight_of_likeness = _WEIGHT_OF_LIKENESS if len(vectors) < _FEW * labels else 0.0
        wide = vectors.astype(np.float64)
        directions = np.linalg.eigh(wide.T @ wide).eigenvectors[:, -_DIRECTIONS:]
        self._directions = (_WEIGHT * directions).astype(np.float32)
        self.columns: Floats = vectors @ self._directions

    @classmethod
    def of(cls, catalog: Catalog, name: EncoderName) -> Self:
        """Encode every example of *catalog* (a millisecond each). Raises EncoderMissing."""
        examples = [each for intent in catalog.intents for each in intent.examples]
        counts = Counter(token for each in examples for token in each.tokens if is_word(token))
        return cls(
            name,
            encoder(name).vectors([_text(each.text) for each in examples]),
            words=sorted(counts, key=lambda word: (-counts[word], word)),
            labels=len(catalog.intents),
        )

    def likeness(
        self, of: NDArray[np.intp], to: NDArray[np.intp], truth: NDArray[np.intp], *, labels: int
    ) -> Floats:
        """Tell how like the examples at *of* are to the mean of each label's examples at *to*."""
        likeness: Floats = self._vectors[of] @ self._means(to, truth, labels=labels)
        return likeness

    def learnt(self, weights: Floats, truth: NDArray[np.intp]) -> Senses:
        """Turn the *weights* of the columns, for each label, into those of whole vectors."""
        everything = np.arange(len(truth))
        means = self._means(everything, truth, labels=weights.shape[1])
        scores = self._directions @ weights + self.weight_of_likeness * means
        both = np.hstack([scores, means])
        return Senses(self._name, ExactProduct.of(both), self._words)

    def _means(self, at: NDArray[np.intp], truth: NDArray[np.intp], *, labels: int) -> Floats:
        """The direction of each label's examples *at* these places, one column each."""
        sums = np.zeros((labels, self._vectors.shape[1]), np.float32)
        np.add.at(sums, truth[at], self._vectors[at])
        means: Floats = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)).T
        return means


def _text(example: str) -> str:
    return prepared(Utterance(text=example)).text
