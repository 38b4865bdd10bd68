"""Estimates that keep the unanswered in: Kaplan-Meier, Wilson, targets met.

Kaplan and Meier 1958; bands by Greenwood's variance on the log-log scale (Kalbfleisch and
Prentice); Wilson 1927. All intervals are 95 %.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.reports.waits import Wait, Waits

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

Z = 1.959963984540054

# Running products of floats miss 0.5 by the last bit, and a median jumps to the next answer.
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Estimate:
    """Give a value with its 95 % interval; None: not reached or not estimable."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Step(NamedTuple):
    """Describe the curve from *seconds* on: *survival* is the share still waiting.

    *low* and *high* bound it at 95 %. *greenwood* is the sum of
    answered / (at risk * (at risk - answered)) up to here.
    """

    seconds: float
    at_risk: int
    answered: int
    censored: int
    survival: float
    greenwood: float
    low: float
    high: float

    @property
    def variance(self) -> float:
        """Estimate the variance of *survival* by Greenwood's formula."""
        return self.survival**2 * self.greenwood if self.survival else 0.0


@dataclass(frozen=True, slots=True)
class Mean:
    """Give the mean wait, counted up to a limit, and its standard error; both in seconds."""

    limit_seconds: float
    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Curve:
    """Hold a Kaplan-Meier curve in columns: S(t) = product of (1 - answered / at risk) up to t."""

    seconds: Floats
    at_risk: Counts
    answered: Counts
    censored: Counts
    survival: Floats
    greenwood: Floats

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The rows of the curve, one for each instant of an answer or a cut-off."""
        columns = (self.seconds, self.at_risk, self.answered, self.censored, self.survival)
        band = (self.greenwood, self.low, self.high)
        rows = zip(*(column.tolist() for column in (*columns, *band)), strict=True)
        return tuple(Step(*row) for row in rows)

    @cached_property
    def low(self) -> Floats:
        """Bound the share still waiting from below, at 95 %, at each step."""
        return self._bound(Z)

    @cached_property
    def high(self) -> Floats:
        """Bound it from above."""
        return self._bound(-Z)

    @property
    def n(self) -> int:
        """How many waits it was estimated from."""
        return int(self.at_risk[0]) if len(self) else 0

    def quantile(self, share: float) -> Estimate:
        """Find the first instant by which *share* (0 to 1) of the asks were answered."""
        level = 1 - share + _TOLERANCE
        bounds = (self.survival, self.low, self.high)
        return Estimate(*(self._first(bound <= level) for bound in bounds))

    def within(self, seconds: float) -> Estimate:
        """Estimate the share answered within *seconds*; None if nobody was followed so long."""
        if not self._covers(seconds):
            return Estimate(None)
        step = self.at(seconds)
        if step is None:
            return Estimate(0.0)
        if step.survival in {0.0, 1.0}:
            return Estimate(1 - step.survival)
        return Estimate(1 - step.survival, 1 - step.high, 1 - step.low)

    def variance(self, seconds: float) -> float:
        """Estimate the variance of the share answered within *seconds*, by Greenwood."""
        step = self.at(seconds)
        return 0.0 if step is None else step.variance

    def mean_within(self, limit_seconds: float) -> Mean | None:
        """Integrate the curve up to a limit (RMST); None if nobody was followed so long."""
        if not self._covers(limit_seconds):
            return None
        until = int(np.searchsorted(self.seconds, limit_seconds, side="right"))
        ends = np.append(self.seconds[:until], limit_seconds)
        areas = np.cumsum((self.survival[:until] * np.diff(ends))[::-1])[::-1]
        left = self.at_risk[:until] - self.answered[:until]
        going_on = self.survival[:until] > 0
        spread = np.divide(
            areas**2 * self.answered[:until],
            self.at_risk[:until] * left,
            out=np.zeros(until),
            where=going_on,
        )
        value = float(ends[0]) + (float(areas[0]) if until else 0.0)
        return Mean(limit_seconds, value, math.sqrt(float(spread.sum())))

    def at(self, seconds: float) -> Step | None:
        """Find the step in force at *seconds*; None before the first."""
        place = int(np.searchsorted(self.seconds, seconds, side="right")) - 1
        return None if place < 0 else self.part(place, place + 1).steps[0]

    def part(self, begin: int, end: int) -> "Curve":
        """Cut out some steps."""
        columns = (getattr(self, name)[begin:end] for name in _COLUMNS)
        return Curve(*columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curve) and self.steps == other.steps

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _log_log(self) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Where the curve has bounds, its height there, and its error on the log-log scale."""
        inside = (self.survival > 0) & (self.survival < 1)
        share = self.survival[inside]
        return inside, share, np.sqrt(self.greenwood[inside]) / np.abs(np.log(share))

    def _bound(self, z: float) -> Floats:
        inside, share, theta = self._log_log
        bound = self.survival.copy()
        with np.errstate(over="ignore"):
            bound[inside] = share ** np.exp(z * theta)
        return bound

    def _first(self, reached: NDArray[np.bool_]) -> float | None:
        return float(self.seconds[reached.argmax()]) if reached.any() else None

    def _covers(self, seconds: float) -> bool:
        if not len(self):
            return False
        return bool(seconds <= self.seconds[-1] or self.survival[-1] == 0)


_COLUMNS = ("seconds", "at_risk", "answered", "censored", "survival", "greenwood")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """Count asks against a target; *pending* ones may still meet it."""

    target_seconds: float
    met: int
    breached: int
    pending: int
    attainment: Estimate


def curve(waits: Iterable[Wait]) -> Curve:
    """Estimate how waits are distributed, by Kaplan-Meier.

    A wait that was cut off at the instant of an answer was still at risk then.
    """
    columns = Waits.of(waits)
    seconds, place = np.unique(columns.seconds, return_inverse=True)
    total = np.bincount(place, minlength=len(seconds))
    answered = np.bincount(place[columns.answered], minlength=len(seconds))
    return curve_of(seconds, answered, total - answered)


def curve_of(seconds: Floats, answered: Counts, censored: Counts) -> Curve:
    """Estimate the same from counts at each of some rising *seconds*."""
    gone = answered + censored
    at_risk = gone[::-1].cumsum()[::-1]
    left = at_risk - answered
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(answered > 0, answered / (at_risk * left), 0.0)
    return Curve(
        seconds=seconds,
        at_risk=at_risk,
        answered=answered,
        censored=censored,
        survival=_survival(at_risk, left, censored),
        greenwood=hazard.cumsum(),
    )


def _survival(at_risk: Counts, left: Counts, censored: Counts) -> Floats:
    """Multiply the shares left over.

    Between two cut-offs the factors cancel out: one division, hardly any rounding.
    """
    if not len(left):
        return np.zeros(0)
    ends = np.flatnonzero(censored)
    begins = np.minimum(np.append(0, ends + 1), len(left) - 1)
    at_begin = at_risk[begins]
    whole = np.append(1.0, np.cumprod(left[ends] / at_begin[:-1]))
    block = np.searchsorted(ends, np.arange(len(left)))
    survival: Floats = whole[block] * (left / at_begin[block])
    return survival


def wilson(successes: int, n: int, *, z: float = Z) -> Estimate:
    """Estimate a share from counts; all None when *n* is 0."""
    if not n:
        return Estimate(None)
    share = successes / n
    square = z**2 / n
    middle = share + square / 2
    spread = z * math.sqrt(share * (1 - share) / n + square / (4 * n))
    low = (middle - spread) / (1 + square) if successes else 0.0
    high = (middle + spread) / (1 + square) if successes < n else 1.0
    return Estimate(share, low, high)


def sla(waits: Iterable[Wait], target_seconds: float) -> Sla:
    """Count the waits that met a target; exactly on target is met, or still pending."""
    columns = Waits.of(waits)
    late = columns.seconds > target_seconds
    met = int(np.count_nonzero(columns.answered & ~late))
    breached = int(np.count_nonzero(late))
    return Sla(
        target_seconds=target_seconds,
        met=met,
        breached=breached,
        pending=len(columns) - met - breached,
        attainment=wilson(met, met + breached),
    )


def answered_to_date(waits: Iterable[Wait]) -> Estimate:
    """Estimate the share answered so far, 0 to 1."""
    columns = Waits.of(waits)
    return wilson(int(np.count_nonzero(columns.answered)), len(columns))


def naive_mean(waits: Iterable[Wait]) -> float | None:
    """Average only the answered, as others do; shown to explain the difference, never alone."""
    answered = _answered(waits)
    return float(answered.mean()) if len(answered) else None


def naive_median(waits: Iterable[Wait]) -> float | None:
    """Take the median of only the answered; see naive_mean."""
    answered = _answered(waits)
    return float(np.median(answered)) if len(answered) else None


def _answered(waits: Iterable[Wait]) -> Floats:
    columns = Waits.of(waits)
    return columns.seconds[columns.answered]
