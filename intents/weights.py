"""What each n-gram speaks for each label, in few bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


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

    def sums(self, groups: Sequence[Sequence[int]]) -> Floats:
        """What the rows of each of *groups* together speak, and last their squared length.

        No group may be empty.
        """
        rows = np.fromiter(chain.from_iterable(groups), np.intp)
        starts = np.cumsum([0, *map(len, groups)])[:-1]
        sums = np.empty((len(groups), len(self.bias) + 1), np.float32)
        worths = self.quantized.take(rows, axis=0) * self.scales.take(rows)[:, np.newaxis]
        np.add.reduceat(worths, starts, axis=0, out=sums[:, :-1])
        np.add.reduceat(self.squares.take(rows), starts, out=sums[:, -1])
        return sums

    def worths(self, rows: Sequence[int], label: int) -> list[float]:
        """What each of *rows* speaks for *label*."""
        at = np.array(rows, np.intp)
        worths: list[float] = (self.quantized[at, label] * self.scales.take(at)).tolist()
        return worths


def heaviest(values: Sequence[float]) -> list[int]:
    """Places of *values*, that of the greatest first; of equals the last one."""
    return sorted(range(len(values)), key=values.__getitem__)[::-1]
