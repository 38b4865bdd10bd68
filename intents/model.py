"""The trained weights: scores messages with look-ups and few gathers, saves and loads itself.

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
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from intents.errors import ModelError
from intents.features import is_word, pieces
from intents.grams import grams, is_readable
from intents.lexicon import Lexicon, Span, digest

# Raise it whenever features or training change what a given catalogue leads to.
RECIPE = 3

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
_BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
_EVIDENCE = 3
LEAST_SHARE = 1e-6


def recipe() -> str:
    """Name what, besides the catalogue, a model depends on: our code and the lexicon."""
    return f"{RECIPE}-{digest()[:8]}"


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
        if not LEAST_SHARE < share < 1 - LEAST_SHARE:
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


class Wording(NamedTuple):
    """What a model knows of a message: the *rows* of its n-grams, each once.

    *unknown* counts the tokens that no example has; *spans* is what the lexicon spotted.
    """

    rows: Rows
    unknown: int
    spans: Sequence[Span]


class Model:
    """A linear classifier over n-grams. Immutable, but for a bounded cache of word pieces."""

    def __init__(
        self,
        *,
        labels: Sequence[str],
        grams: tuple[Sequence[str], Sequence[str]],
        lexicon: Lexicon,
        weights: Weights,
        calibration: Calibration,
        data_hash: str,
    ) -> None:
        self.labels = tuple(labels)
        self.calibration = calibration
        self.data_hash = data_hash
        self._grams = grams
        self._lexicon = lexicon
        self._weights = weights
        self._phrases = {gram: row for row, gram in enumerate(grams[0])}
        self._pieces = {gram: row for row, gram in enumerate(grams[1], start=len(grams[0]))}
        self._rarest = float(weights.squares.max())
        self._rows_of_word = lru_cache(maxsize=8192)(self._look_up_pieces)

    def wording(self, tokens: list[str]) -> Wording:
        """Look up the n-grams of *tokens*."""
        spans = self._lexicon.spans(tokens)
        found = [*map(self._phrases.get, grams(tokens, spans))]
        rows = dict.fromkeys(chain(found, *map(self._rows_of_word, tokens)))
        rows.pop(None, None)
        return Wording(
            rows=np.fromiter(rows, np.intp),
            unknown=found[: len(tokens)].count(None),
            spans=spans,
        )

    def shares(self, wordings: Sequence[Wording]) -> Floats:
        """Each label's share of the belief, by message; the shares of a message add up to 1.

        An unknown token adds to the message's length like the rarest known n-gram, so that a
        foreign message with one familiar piece is not taken for that piece.
        """
        # Scored one by one, since a product of many messages rounds by their number.
        scores = np.array([self._scores(each) for each in wordings]) + self._weights.bias
        scores -= np.maximum.reduce(scores, axis=1, keepdims=True)
        powers = np.exp(scores / self.calibration.temperature)
        shares: Floats = powers / np.add.reduce(powers, axis=1, keepdims=True)
        return shares

    def evidence(self, wording: Wording, label: int) -> tuple[str, ...]:
        """Name up to three known phrases that speak most for *label*, the heaviest first.

        Symbols of the lexicon count as phrases. Pieces of words are named only where nothing else
        speaks for it, and what nobody can read (the length, a first word) never.
        """
        weights, rows = self._weights, wording.rows
        worth = weights.scales[rows] * weights.quantized[:, label][rows]
        speaking = np.count_nonzero(worth > 0)
        heaviest = rows[worth.argsort()[::-1][:speaking]].tolist()
        phrases, pieces = self._grams
        first_piece = len(phrases)
        shown: list[str] = []
        for row in heaviest:
            if row < first_piece and is_readable(phrases[row]):
                shown.append(phrases[row])
                if len(shown) == _EVIDENCE:
                    break
        if not shown:
            parts = [row for row in heaviest if row >= first_piece]
            shown = [pieces[row - first_piece] for row in parts[:_EVIDENCE]]
        return tuple(shown)

    def save(self, path: Path) -> None:
        """Write the model to *path* at once: a reader sees the old file or the whole new one."""
        meta = {
            "recipe": recipe(),
            "data_hash": self.data_hash,
            "labels": self.labels,
            "calibration": asdict(self.calibration),
            "lexicon": self._lexicon.symbols,
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
            lexicon=Lexicon(meta["lexicon"]),
            weights=weights,
            calibration=Calibration(**meta["calibration"]),
            data_hash=meta["data_hash"],
        )

    def _scores(self, wording: Wording) -> Floats:
        weights, rows = self._weights, wording.rows
        if not rows.size:
            return np.zeros_like(weights.bias)
        squares = float(np.add.reduce(weights.squares[rows]))
        length = math.sqrt(squares + wording.unknown * self._rarest)
        columns = weights.quantized.take(rows, axis=0).astype(np.float32)
        scores: Floats = (weights.scales[rows] / length).dot(columns)
        return scores

    def _look_up_pieces(self, token: str) -> tuple[int, ...]:
        if not is_word(token):
            return ()
        known = self._pieces
        return tuple(known[piece] for piece in pieces(token) if piece in known)


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
