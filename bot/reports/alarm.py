"""When a rate has drifted: the cumulative sum of what exceeds it (CUSUM, E. S. Page, 1954)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drift:
    """Hold the sum after each value, and where it first passed the limit (None: never)."""

    path: tuple[float, ...]
    first_alarm: int | None


def drift(values: Iterable[float], *, target: float, slack: float, limit: float) -> Drift:
    """Add up how far *values* lie above *target* plus *slack*; the sum never falls below 0."""
    path: list[float] = []
    total = 0.0
    for value in values:
        total = max(0.0, total + value - target - slack)
        path.append(total)
    return Drift(tuple(path), next((i for i, total in enumerate(path) if total > limit), None))
