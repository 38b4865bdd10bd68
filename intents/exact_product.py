"""Products of matrices that come out alike whatever rows they are computed with."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Up to here a float32 holds every whole number, so sums are the same in any order.
_WHOLE = 2**24
_LEAST = np.float32(1e-30)


class ExactProduct:
    """The right side of ``rows @ weights``: *steps* (int8) times *scales*, one for each column.

    A library of linear algebra adds up in an order that depends on the number of rows, and so
    rounds a row differently in other company. Here both sides are whole numbers, small enough that
    nothing is ever rounded while adding; each row of the left side is rounded beforehand, to as
    many steps as that leaves room for (some 400 to 1600 on either side of zero).
    """

    # So that numpy leaves `@` to us.
    __array_ufunc__: Any = None

    def __init__(self, steps: NDArray[np.int8], scales: Floats) -> None:
        self.steps = steps
        self.scales = scales
        self._matrix = steps.astype(np.float32)
        heaviest = np.abs(self._matrix).sum(axis=0).max(initial=1)
        self._room = np.float32(_WHOLE // int(heaviest))

    @classmethod
    def of(cls, weights: NDArray[Any]) -> Self:
        """Round each column of *weights* to 127 steps on either side of zero."""
        scales = np.maximum(np.abs(weights).max(axis=0), _LEAST) / 127
        return cls(np.rint(weights / scales).astype(np.int8), scales.astype(np.float32))

    def __rmatmul__(self, rows: Floats) -> Floats:
        highest = rows.max(axis=1, keepdims=True)
        scales = np.maximum(np.maximum(highest, -rows.min(axis=1, keepdims=True)), _LEAST)
        scales /= self._room
        whole = rows / scales
        product: Floats = np.rint(whole, out=whole) @ self._matrix
        product *= scales
        product *= self.scales
        return product
