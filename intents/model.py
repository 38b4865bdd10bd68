"""The trained model: weighs messages with look-ups and few gathers, saves and loads itself.

A file is an ``.npz`` of plain arrays (no pickle); its ``meta`` array holds JSON.
"""

import json
import math
import os
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from intents.errors import ModelError
from intents.grams import is_readable
from intents.lexicon import Lexicon, digest
from intents.senses import LEAST_SHARE, Senses, familiar
from intents.vocabulary import Vocabulary, Wording
from intents.weights import Floats, Weights, heaviest

# Raise it whenever features or training change what a given catalogue leads to.
RECIPE = 3

_BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
_EVIDENCE = 3


def recipe() -> str:
    """Name what, besides the catalogue, a model depends on: our code and the lexicon."""
    return f"{RECIPE}-{digest()[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What cross-validation taught. Thresholds are confidences, 0 to 1.

    Scores divided by *temperature* become shares by softmax, and shares become confidences by
    *slope* and *offset*. Where *by_likeness* is not 0, a sentence encoder's likeness lowers shares
    first, by that weight. Below *answer_at* nothing is answered; below *screen_at* nobody is
    accused of abuse or spam.
    """

    temperature: float
    slope: float
    offset: float
    answer_at: float
    screen_at: float
    by_likeness: float = 0.0

    def confidence(self, share: float) -> float:
        """How often, 0 to 1, a label with this *share* is the right one (Platt scaling)."""
        if not LEAST_SHARE < share < 1 - LEAST_SHARE:
            share = min(max(share, LEAST_SHARE), 1 - LEAST_SHARE)
        odds = self.slope * math.log(share / (1 - share)) + self.offset
        return 1 / (1 + math.exp(-odds))


class Weighed(NamedTuple):
    """What a message's phrases hold, by row, and what it says for each label: all by its length."""

    scales: Floats
    columns: Floats
    scores: Floats

    def worths(self, label: int) -> list[float]:
        """What each phrase speaks for *label*."""
        worths: list[float] = (self.columns[:, label] * self.scales).tolist()
        return worths


class Model:
    """A linear classifier over n-grams. Immutable, but for a bounded cache of words."""

    def __init__(
        self,
        *,
        labels: Sequence[str],
        grams: tuple[Sequence[str], Sequence[str]],
        lexicon: Lexicon,
        weights: Weights,
        calibration: Calibration,
        data_hash: str,
        senses: Senses | None = None,
    ) -> None:
        self.labels = tuple(labels)
        self.calibration = calibration
        self.data_hash = data_hash
        self._weights = weights
        self._senses = senses
        self._vocabulary = Vocabulary(*grams, lexicon=lexicon, weights=weights)
        self._bias = weights.bias / np.float32(calibration.temperature)
        # A list is quicker than an array where few are wanted.
        self._squares: list[float] = weights.squares.tolist()
        self._rarest = max(self._squares)

    def wording(self, tokens: list[str]) -> Wording:
        """Look up the n-grams of *tokens*."""
        return self._vocabulary.wording(tokens)

    def weigh(self, wording: Wording) -> Weighed:
        """Weigh all that is known of a message.

        An unknown token adds to the message's length like the rarest known n-gram, so that a
        foreign message with one familiar piece is not taken for that piece.
        """
        rows = np.array(wording.rows, np.intp)
        columns = self._weights.quantized.take(rows, axis=0).astype(np.float32)
        scales = self._weights.scales.take(rows)
        scores = scales.dot(columns)
        squares = sum(map(self._squares.__getitem__, wording.rows))
        squares += wording.unknown * self._rarest
        if wording.words:
            words = np.add.reduce(np.array(wording.words))
            scores += words[:-1]
            squares += float(words[-1])
        scores *= 1 / (self.calibration.temperature * math.sqrt(squares or 1.0))
        return Weighed(scales, columns, scores)

    def shares(self, weighed: Sequence[Weighed], texts: Sequence[str] = ()) -> list[list[float]]:
        """Each label's share of the belief, by message; the shares of a message add up to 1.

        *texts* are the same messages, normalised: a model with a sentence encoder reads them.
        """
        scores = np.array([each.scores for each in weighed])
        scores += self._bias
        meanings = self._senses.meanings(texts) if self._senses else None
        if meanings:
            scores += meanings.scores / np.float32(self.calibration.temperature)
        scores -= np.maximum.reduce(scores, axis=1, keepdims=True)
        powers = np.exp(scores, out=scores)
        powers /= np.add.reduce(powers, axis=1, keepdims=True)
        if meanings and self.calibration.by_likeness:
            powers = familiar(powers, meanings.likeness, weight=self.calibration.by_likeness)
        shares: list[list[float]] = powers.tolist()
        return shares

    def evidence(self, wording: Wording, weighed: Weighed, label: int) -> tuple[str, ...]:
        """Name up to three known phrases that speak most for *label*, the heaviest first.

        Symbols of the lexicon count as phrases. Pieces of words are named only where nothing else
        speaks for it, and what nobody can read (the length, a first word) never.
        """
        phrases = self._vocabulary.phrases
        worths = weighed.worths(label)
        shown: list[str] = []
        for place in heaviest(worths):
            if worths[place] <= 0 or len(shown) == _EVIDENCE:
                break
            phrase = phrases[wording.rows[place]]
            if is_readable(phrase):
                shown.append(phrase)
        return tuple(shown) or self._speaking_pieces(wording.tokens, label)

    def save(self, path: Path) -> None:
        """Write the model to *path* at once: a reader sees the old file or the whole new one."""
        meta = {
            "recipe": recipe(),
            "data_hash": self.data_hash,
            "labels": self.labels,
            "calibration": asdict(self.calibration),
            "lexicon": self._vocabulary.lexicon.symbols,
            "senses": [self._senses.name, self._senses.made_by] if self._senses else None,
        }
        arrays: dict[str, Any] = {
            "meta": _bytes(json.dumps(meta)),
            "phrases": _bytes("\n".join(self._vocabulary.phrases)),
            "pieces": _bytes("\n".join(self._vocabulary.pieces)),
            "quantized": self._weights.quantized,
            "scales": self._weights.scales,
            "squares": self._weights.squares,
            "bias": self._weights.bias,
            **(self._senses.arrays() if self._senses else {}),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            try:
                np.savez_compressed(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises ModelError for anything else, with the reason.

        Raises EncoderMissing if the model needs a sentence encoder that is not installed.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls._from(path, {name: arrays[name] for name in arrays.files})
        except _BROKEN as exc:
            raise ModelError(path, f"{type(exc).__name__}: {exc}") from exc

    @classmethod
    def _from(cls, path: Path, arrays: dict[str, Any]) -> Self:
        meta = json.loads(arrays["meta"].tobytes())
        if meta["recipe"] != recipe():
            raise ModelError(path, f"made by recipe {meta['recipe']}, this is {recipe()}")
        grams = (_lines(arrays["phrases"]), _lines(arrays["pieces"]))
        weights = Weights(**{name: arrays[name] for name in Weights.__dataclass_fields__})
        _check(path, weights, rows=len(grams[0]) + len(grams[1]), columns=len(meta["labels"]))
        return cls(
            labels=meta["labels"],
            grams=grams,
            lexicon=Lexicon(meta["lexicon"]),
            weights=weights,
            calibration=Calibration(**meta["calibration"]),
            data_hash=meta["data_hash"],
            senses=_senses(path, meta.get("senses"), arrays, labels=len(meta["labels"])),
        )

    def _speaking_pieces(self, tokens: Sequence[str], label: int) -> tuple[str, ...]:
        """Name up to three known pieces of *tokens* that speak most for *label*."""
        known = self._vocabulary
        rows = [*dict.fromkeys(row for token in tokens for row in known.rows_of_pieces(token))]
        worths = self._weights.worths(rows, label)
        places = heaviest(worths)[:_EVIDENCE]
        first = len(known.phrases)
        return tuple(known.pieces[rows[place] - first] for place in places if worths[place] > 0)


def _check(path: Path, weights: Weights, *, rows: int, columns: int) -> None:
    expected = {
        "quantized": ((rows, columns), np.int8),
        "scales": ((rows,), np.float32),
        "squares": ((rows,), np.float32),
        "bias": ((columns,), np.float32),
    }
    for name, (shape, kind) in expected.items():
        array = getattr(weights, name)
        if array.shape != shape or array.dtype != kind:
            raise ModelError(
                path, f"{name} is {array.dtype}{array.shape}, not {kind.__name__}{shape}"
            )
        if not np.isfinite(array).all():
            raise ModelError(path, f"{name} holds what is not a number")


def _senses(
    path: Path, named: list[Any] | None, arrays: dict[str, Any], *, labels: int
) -> Senses | None:
    if named is None:
        return None
    name, made_by = named
    senses = Senses.of(name, arrays, labels=labels)
    if senses.made_by != made_by:
        raise ModelError(path, f"made with {made_by}, this is {senses.made_by}")
    return senses


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _lines(array: NDArray[np.uint8]) -> list[str]:
    text = array.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []
