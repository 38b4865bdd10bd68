"""A circuit breaker: leaves a server that fails again and again alone for a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Opens after so many failures in a row; after *rest* seconds one call tries again."""

    after: int
    rest: float
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _opened_at: float | None = None
    _probing: bool = False

    def allows(self) -> bool:
        """Whether a call may go out; after a rest only one may, until it is told how it went."""
        if self._opened_at is None:
            return True
        if self._probing or self.clock() - self._opened_at < self.rest:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """Tell that the server answers."""
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """Tell that it does not."""
        self._failures += 1
        self._probing = False
        if self._failures >= self.after:
            self._opened_at = self.clock()

    def broken_off(self) -> None:
        """Tell that nobody waited for the outcome."""
        self._probing = False
