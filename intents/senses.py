"""What a sentence encoder adds to the classifier: scores from what a text means, not its words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from intents.encoder import SIZE, encoder
from intents.exact_product import ExactProduct, Floats
from intents.match import EncoderName
from intents.spelling import Spelling

# Of a share so near to 0 or 1 nobody knows what it is worth.
LEAST_SHARE = 1e-6


class Meanings(NamedTuple):
    """What an encoder says of messages: a row for each, a column for each label.

    *scores* are added to those of the n-grams; *likeness* is the cosine between a message and the
    mean of a label's examples.
    """

    scores: Floats
    likeness: Floats


class Senses:
    """The weights of a text's vector: for each label's score, then for its likeness.

    *name* is what config.yml calls the encoder. *words* are those of the examples, the most
    frequent first: what is misspelt is taken for one of them.
    """

    def __init__(self, name: EncoderName, weights: ExactProduct, words: Sequence[str]) -> None:
        self.name = name
        self._encoder = encoder(name)
        self._weights = weights
        self._words = words
        self._spelling = Spelling(words, is_word=self._encoder.knows)

    @property
    def made_by(self) -> str:
        """The package, with its version, whose vectors these weights are for."""
        return self._encoder.made_by

    def meanings(self, texts: Sequence[str]) -> Meanings:
        """Judge normalised *texts*, each as if it came alone."""
        spelt = [self._spelling.corrected(text) for text in texts]
        told: Floats = self._encoder.vectors(spelt) @ self._weights
        return Meanings(*np.hsplit(told, 2))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights and words by name, to be saved."""
        return {
            "sense_steps": self._weights.steps,
            "sense_scales": self._weights.scales,
            "sense_words": np.frombuffer("\n".join(self._words).encode(), np.uint8),
        }

    @classmethod
    def of(cls, name: EncoderName, arrays: Mapping[str, NDArray[Any]], *, labels: int) -> Self:
        """Take the weights for so many *labels* from what was saved.

        Raises EncoderMissing without the encoder, ValueError for other shapes or types.
        """
        steps, scales = arrays["sense_steps"], arrays["sense_scales"]
        if steps.shape != (SIZE, 2 * labels) or steps.dtype != np.int8:
            raise ValueError(f"sense_steps is {steps.dtype}{steps.shape}")
        if scales.shape != (2 * labels,) or scales.dtype != np.float32:
            raise ValueError(f"sense_scales is {scales.dtype}{scales.shape}")
        if not np.isfinite(scales).all():
            raise ValueError("sense_scales holds what is not a number")
        words = arrays["sense_words"].tobytes().decode().split("\n")
        return cls(name, ExactProduct(steps, scales), words)


def familiar(shares: NDArray[Any], likeness: NDArray[Any], *, weight: float) -> NDArray[Any]:
    """Lower the *shares* of each message by how unlike the examples of its likeliest label it is.

    Their odds are multiplied by ``exp(weight * (likeness - 1))``. What is missing to 1 afterwards
    belongs to no label: the message may be foreign.
    """
    at = np.arange(len(shares))
    like = likeness[at, shares.argmax(axis=1)][:, np.newaxis]
    kept = np.clip(shares, LEAST_SHARE, 1 - LEAST_SHARE)
    odds = kept / (1 - kept) * np.exp(weight * (like - 1))
    lowered: NDArray[Any] = odds / (1 + odds)
    return lowered
