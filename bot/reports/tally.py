"""Waits by the million: bins of 1 %, in counts that can be added up.

Of a wait only the number of its bin is kept; bins grow by a constant factor, so that every wait
is known to within 1 %, be it a second or a week (as in DDSketch, Masson et al. 2019). Counts
are exact. Waits that still go on do not belong here: they are longer with every second.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.reports.estimate import Counts, Curve, Floats, curve_of
from bot.reports.waits import Waits

GROWTH = 1.0202
_SHORTEST = 0.001
_KINDS = 8
_NUMBER = np.dtype("<i4")


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts of waits: *cells* are rows of (bin, kind, count), in order and each pair once.

    A kind is any number from 0 to 7 that says how a wait ended.
    """

    cells: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), np.int64))

    @classmethod
    def of(cls, seconds: Floats, kinds: NDArray[np.int8]) -> "Tally":
        """Count waits, each with its kind."""
        columns = (bins_of(seconds), kinds.astype(np.int64), np.ones(len(seconds), np.int64))
        return cls(_summed(np.stack(columns, axis=1)))

    @classmethod
    def load(cls, stored: Iterable[bytes]) -> "Tally":
        """Add up what `dump` gave, any number of them at once."""
        return cls(_summed(np.frombuffer(b"".join(stored), _NUMBER).reshape(-1, 3)))

    def dump(self) -> bytes:
        """Write the counts as little-endian numbers of 32 bits."""
        return self.cells.astype(_NUMBER).tobytes()

    def count(self, kinds: Collection[int]) -> int:
        """Tell how many waits are of one of *kinds*."""
        return int(self.cells[np.isin(self.cells[:, 1], list(kinds)), 2].sum())

    def without(self, kind: int) -> "Tally":
        """Leave one kind out."""
        return Tally(self.cells[self.cells[:, 1] != kind])

    def curve(self, answered: Collection[int], still: Waits | None = None) -> Curve:
        """Estimate the curve of all waits: kinds in *answered* ended so, others were cut off.

        *still* adds waits that are known exactly.
        """
        bins, kinds, counts = self.cells.T
        seconds, hit = middles(bins), np.isin(kinds, list(answered))
        if still is not None:
            seconds = np.concatenate([seconds, still.seconds])
            hit = np.concatenate([hit, still.answered])
            counts = np.concatenate([counts, np.ones(len(still), np.int64)])
        at, place = np.unique(seconds, return_inverse=True)
        return curve_of(
            at,
            _counted(place[hit], counts[hit], len(at)),
            _counted(place[~hit], counts[~hit], len(at)),
        )

    def __len__(self) -> int:
        return int(self.cells[:, 2].sum())

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(_summed(np.concatenate([self.cells, other.cells])))

    def __sub__(self, other: "Tally") -> "Tally":
        taken_off = other.cells * np.array([1, 1, -1])
        return Tally(_summed(np.concatenate([self.cells, taken_off])))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and np.array_equal(self.cells, other.cells)

    __hash__ = None  # type: ignore[assignment]


def bins_of(seconds: Floats) -> NDArray[np.int64]:
    """Number the bins of waits; next to nothing is bin 0."""
    numbers = np.log(np.maximum(seconds, _SHORTEST) / _SHORTEST) / np.log(GROWTH)
    found: NDArray[np.int64] = np.where(seconds < _SHORTEST, 0, 1 + np.floor(numbers)).astype("i8")
    return found


def middles(bins: NDArray[np.int64]) -> Floats:
    """Give each bin's middle in seconds, as factors go; bin 0 is no wait at all."""
    return np.where(bins == 0, 0.0, _SHORTEST * GROWTH ** (bins - 0.5))


def _counted(place: NDArray[np.intp], counts: Counts, size: int) -> Counts:
    return np.bincount(place, counts, minlength=size).astype(np.int64)


def _summed(cells: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64]:
    # Bins are logarithms, so there are at most a few thousand places.
    counts = np.bincount(cells[:, 0] * _KINDS + cells[:, 1], cells[:, 2]).astype(np.int64)
    keys = np.flatnonzero(counts)
    summed: NDArray[np.int64] = np.stack([keys // _KINDS, keys % _KINDS, counts[keys]], axis=1)
    return summed
