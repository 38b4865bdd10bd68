"""The trained weights: scores a message with look-ups and one numpy gather, saves and loads itself.

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
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from intents.errors import ModelError
from intents.features import is_word, pieces
from intents.grams import grams, is_plain, is_symbol
from intents.lexicon import lexicon

# Raise it whenever features or training change what a given catalogue leads to.
RECIPE = 2

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
_BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
_EVIDENCE = 3
LEAST_SHARE = 1e-6


def recipe() -> str:
    """Name what, besides the catalogue, a model depends on: our code and the lexicon."""
    return f"{RECIPE}-{lexicon().digest[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What cross-validation taught. Thresholds are confidences, 0 to 1.

    Scores divided by *temperature* become shares by softmax, and shares become confidences by
    *slope* and *offset*. Below *answer_at* nothing is answered; below *screen_at* nobody is
    accused of abuse or spam.
    """

    temperature: float
    slope: float
    offset: float
    answer_at: float
    screen_at: float

    def confidence(self, share: float) -> float:
        """How often, 0 to 1, a label with this *share* is the right one (Platt scaling)."""
        share = min(max(share, LEAST_SHARE), 1 - LEAST_SHARE)
        odds = self.slope * math.log(share / (1 - share)) + self.offset
        return 1 / (1 + math.exp(-odds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One row for each n-gram (phrases first, then pieces), one column for each label.

    A weight is ``int8 * scale of its row``, inverse document frequency included; *squares* are the
    squared frequencies, for the length of a message.
    """

    quantized: NDArray[np.int8]
    scales: Floats
    squares: Floats
    bias: Floats


class Model:
    """A linear classifier over n-grams. Immutable, but for a bounded cache of word pieces."""

    def __init__(
        self,
        *,
        labels: Sequence[str],
        grams: tuple[Sequence[str], Sequence[str]],
        weights: Weights,
        calibration: Calibration,
        data_hash: str,
    ) -> None:
        self.labels = tuple(labels)
        self.calibration = calibration
        self.data_hash = data_hash
        self._grams = grams
        self._weights = weights
        self._phrases = {gram: row for row, gram in enumerate(grams[0])}
        self._pieces = {gram: row for row, gram in enumerate(grams[1], start=len(grams[0]))}
        self._rarest = float(weights.squares.max())
        self._rows_of_word = lru_cache(maxsize=8192)(self._look_up_pieces)

    def rows(self, tokens: list[str]) -> Rows:
        """Name the known n-grams of *tokens*, each once."""
        known = self._phrases
        rows = [known[phrase] for phrase in grams(tokens) if phrase in known]
        for token in tokens:
            if is_word(token):
                rows += self._rows_of_word(token)
        return np.array(list(dict.fromkeys(rows)), dtype=np.intp)

    def unknown(self, tokens: list[str]) -> int:
        """Count the *tokens* that no example has."""
        known = self._phrases
        return sum(token not in known for token in tokens)

    def shares(self, rows: Rows, *, unknown: int) -> list[float]:
        """Each label's share of the belief; they add up to 1.

        An unknown token adds to the message's length like the rarest known n-gram, so that a
        foreign message with one familiar piece is not taken for that piece.
        """
        weights = self._weights
        scores = weights.bias
        if rows.size:
            length = math.sqrt(float(weights.squares.take(rows).sum()) + unknown * self._rarest)
            values = weights.scales.take(rows) / np.float32(length)
            scores = scores + values @ weights.quantized.take(rows, axis=0).astype(np.float32)
        powers = np.exp((scores - scores.max()) / np.float32(self.calibration.temperature))
        shares: list[float] = (powers / powers.sum()).tolist()
        return shares

    def evidence(self, rows: Rows, label: int) -> tuple[str, ...]:
        """Name up to three known phrases that speak most for *label*, the heaviest first.

        Symbols of the lexicon count as phrases. Pieces of words are named only where nothing else
        speaks for it, and what nobody can read (the length, a first word) never.
        """
        weights = self._weights
        column = weights.quantized.take(rows * len(self.labels) + label)
        worth = weights.scales.take(rows) * column
        heaviest = rows[np.argsort(worth)[: -np.count_nonzero(worth > 0) - 1 : -1]].tolist()
        whole = (self._gram(row) for row in heaviest if row < len(self._phrases))
        parts = (self._gram(row) for row in heaviest if row >= len(self._phrases))
        shown = (gram for gram in whole if is_plain(gram) or is_symbol(gram))
        return tuple(islice(shown, _EVIDENCE)) or tuple(islice(parts, _EVIDENCE))

    def save(self, path: Path) -> None:
        """Write the model to *path* at once: a reader sees the old file or the whole new one."""
        meta = {
            "recipe": recipe(),
            "data_hash": self.data_hash,
            "labels": self.labels,
            "calibration": asdict(self.calibration),
        }
        arrays: dict[str, Any] = {
            "meta": _bytes(json.dumps(meta)),
            "phrases": _bytes("\n".join(self._grams[0])),
            "pieces": _bytes("\n".join(self._grams[1])),
            "quantized": self._weights.quantized,
            "scales": self._weights.scales,
            "squares": self._weights.squares,
            "bias": self._weights.bias,
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
        """Read what `save` wrote. Raises ModelError for anything else, with the reason."""
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
            weights=weights,
            calibration=Calibration(**meta["calibration"]),
            data_hash=meta["data_hash"],
        )

    def _look_up_pieces(self, word: str) -> tuple[int, ...]:
        known = self._pieces
        return tuple(known[piece] for piece in pieces(word) if piece in known)

    def _gram(self, row: int) -> str:
        known_phrases, known_pieces = self._grams
        if row < len(known_phrases):
            return known_phrases[row]
        return known_pieces[row - len(known_phrases)]


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


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _lines(array: NDArray[np.uint8]) -> list[str]:
    text = array.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []
