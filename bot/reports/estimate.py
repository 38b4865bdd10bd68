"""Estimates that keep the unanswered in: Kaplan-Meier, Wilson, targets met.

Kaplan and Meier 1958; bands by Greenwood's variance on the log-log scale (Kalbfleisch and
Prentice); Wilson 1927. All intervals are 95 %.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean, median
from typing import NamedTuple

from bot.reports.waits import Wait

Z = 1.959963984540054

# Running products of floats miss 0.5 by the last bit, and a median jumps to the next answer.
_TOLERANCE = 1e-12
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Estimate:
    """Give a value with its 95 % interval; None: not reached or not estimable."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Step(NamedTuple):
    """Describe the curve from *seconds* on: *survival* is the share still waiting.

    *greenwood* is the sum of answered / (at risk * (at risk - answered)) up to here.
    """

    seconds: float
    at_risk: int
    answered: int
    censored: int
    survival: float
    greenwood: float

    @property
    def variance(self) -> float:
        """Estimate the variance of *survival* by Greenwood's formula."""
        return self.survival**2 * self.greenwood if self.survival else 0.0

    @property
    def low(self) -> float:
        """Bound *survival* from below, at 95 %."""
        return self._bound(Z)

    @property
    def high(self) -> float:
        """Bound *survival* from above, at 95 %."""
        return self._bound(-Z)

    def _bound(self, z: float) -> float:
        if self.survival in {0.0, 1.0}:
            return self.survival
        theta = math.sqrt(self.greenwood) / abs(math.log(self.survival))
        return float(self.survival ** math.exp(z * theta))


@dataclass(frozen=True, slots=True)
class Mean:
    """Give the mean wait, counted up to a limit, and its standard error; both in seconds."""

    limit_seconds: float
    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Hold a Kaplan-Meier curve: S(t) = product of (1 - answered / at risk) up to t."""

    steps: tuple[Step, ...]

    def quantile(self, share: float) -> Estimate:
        """Find the first instant by which *share* (0 to 1) of the asks were answered."""
        level = 1 - share + _TOLERANCE
        return Estimate(
            self._first(lambda step: step.survival <= level, self._below(level)),
            self._first_low(level),
            # The upper bound lies above the curve, so it cannot be reached earlier.
            self._first(lambda step: step.high <= level, self._below(level)),
        )

    def within(self, seconds: float) -> Estimate:
        """Estimate the share answered within *seconds*; None if nobody was followed so long."""
        if not self._covers(seconds):
            return Estimate(None)
        step = self._at(seconds)
        if step is None:
            return Estimate(0.0)
        if step.survival in {0.0, 1.0}:
            return Estimate(1 - step.survival)
        return Estimate(1 - step.survival, 1 - step.high, 1 - step.low)

    def mean_within(self, limit_seconds: float) -> Mean | None:
        """Integrate the curve up to a limit (RMST); None if nobody was followed so long."""
        if not self._covers(limit_seconds):
            return None
        steps = [step for step in self.steps if step.seconds <= limit_seconds]
        areas = _areas(steps, limit_seconds)
        variance = math.fsum(
            area**2 * step.answered / (step.at_risk * (step.at_risk - step.answered))
            for step, area in zip(steps, areas, strict=True)
            if step.survival > 0
        )
        before = min(steps[0].seconds if steps else limit_seconds, limit_seconds)
        return Mean(limit_seconds, before + (areas[0] if areas else 0.0), math.sqrt(variance))

    def _first(self, reached: Callable[[Step], bool], begin: int) -> float | None:
        later = islice(self.steps, begin, None)
        return next((step.seconds for step in later if reached(step)), None)

    def _below(self, level: float) -> int:
        """Find the first step at which the curve itself is down to *level*."""
        return bisect_left(self.steps, -level, key=lambda step: -step.survival)

    def _first_low(self, level: float) -> float | None:
        """Find where the lower bound is first down to *level*, leaving out what cannot be there.

        The bound is exp(-L exp(z sqrt(g) / L)) with L = -ln S. For one g that exponent falls and
        then rises in L, so that within a block it is largest at an end; it rises with g.
        """
        for begin in range(0, len(self.steps), _BLOCK):
            block = self.steps[begin : begin + _BLOCK]
            if _may_be_low(block[0], block[-1], level):
                found = next((step.seconds for step in block if step.low <= level), None)
                if found is not None:
                    return found
        return None

    def _at(self, seconds: float) -> Step | None:
        after = bisect_right(self.steps, seconds, key=lambda step: step.seconds)
        return self.steps[after - 1] if after else None

    def _covers(self, seconds: float) -> bool:
        if not self.steps:
            return False
        last = self.steps[-1]
        return seconds <= last.seconds or last.survival == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """Count asks against a target; *pending* ones may still meet it."""

    target_seconds: float
    met: int
    breached: int
    pending: int
    attainment: Estimate


def curve(waits: Sequence[Wait]) -> Curve:
    """Estimate how waits are distributed, by Kaplan-Meier.

    A wait that was cut off at the instant of an answer was still at risk then.
    """
    answered = Counter(wait.seconds for wait in waits if wait.answered)
    censored = Counter(wait.seconds for wait in waits if not wait.answered)
    steps: list[Step] = []
    at_risk = block_at_risk = len(waits)
    survival = block_survival = 1.0
    greenwood = 0.0
    for seconds in sorted(answered.keys() | censored.keys()):
        events, lost = answered[seconds], censored[seconds]
        left = at_risk - events
        if events:
            # Between two cut-offs the factors cancel out: one division, hardly any rounding.
            survival = block_survival * (left / block_at_risk)
            greenwood += events / (at_risk * left) if left else math.inf
        steps.append(Step(seconds, at_risk, events, lost, survival, greenwood))
        at_risk = left - lost
        if lost:
            block_survival, block_at_risk = survival, at_risk
    return Curve(tuple(steps))


def wilson(successes: int, n: int) -> Estimate:
    """Estimate a share from counts; all None when *n* is 0."""
    if not n:
        return Estimate(None)
    share = successes / n
    square = Z**2 / n
    middle = share + square / 2
    spread = Z * math.sqrt(share * (1 - share) / n + square / (4 * n))
    low = (middle - spread) / (1 + square) if successes else 0.0
    high = (middle + spread) / (1 + square) if successes < n else 1.0
    return Estimate(share, low, high)


def sla(waits: Sequence[Wait], target_seconds: float) -> Sla:
    """Count the waits that met a target; exactly on target is met, or still pending."""
    met = sum(wait.answered and wait.seconds <= target_seconds for wait in waits)
    breached = sum(wait.seconds > target_seconds for wait in waits)
    return Sla(
        target_seconds=target_seconds,
        met=met,
        breached=breached,
        pending=len(waits) - met - breached,
        attainment=wilson(met, met + breached),
    )


def answered_to_date(waits: Sequence[Wait]) -> Estimate:
    """Estimate the share answered so far, 0 to 1."""
    return wilson(sum(wait.answered for wait in waits), len(waits))


def naive_mean(waits: Sequence[Wait]) -> float | None:
    """Average only the answered, as others do; shown to explain the difference, never alone."""
    answered = [wait.seconds for wait in waits if wait.answered]
    return fmean(answered) if answered else None


def naive_median(waits: Sequence[Wait]) -> float | None:
    """Take the median of only the answered; see naive_mean."""
    answered = [wait.seconds for wait in waits if wait.answered]
    return median(answered) if answered else None


def _may_be_low(first: Step, last: Step, level: float) -> bool:
    if not (0 < last.survival <= first.survival < 1 and level > 0):
        return True
    reach = Z * math.sqrt(last.greenwood)
    ends = (-math.log(first.survival), -math.log(last.survival))
    largest = max(end * math.exp(min(reach / end, 700.0)) for end in ends)
    # A little early rather than too late: both sides are rounded.
    return largest >= -math.log(level) * (1 - 1e-9)


def _areas(steps: Sequence[Step], limit_seconds: float) -> list[float]:
    """Integrate the curve from each step to the limit."""
    areas: list[float] = []
    area, until = 0.0, limit_seconds
    for step in reversed(steps):
        area += step.survival * (until - step.seconds)
        until = step.seconds
        areas.append(area)
    return areas[::-1]
