"""How far two shares are apart, for one look and for looking as often as one likes.

Newcombe 1998, method 10 (the hybrid of two Wilson intervals), is right for one look at a time that
was chosen before. Who looks every day and stops at the first difference needs the wider one:
Johari, Koomen, Pekelis and Walsh 2022, "Always Valid Inference", a mixture sequential probability
ratio test. However often one looks, it leaves out the truth no more often than *error*, as far as
shares of some dozens are normal.
"""

import math
from dataclasses import dataclass
from typing import Literal

from bot.reports.estimate import Estimate, wilson

# Fewer than FEWEST tell nothing, fewer than FEW not much.
FEWEST = 5
FEW = 30
ERROR = 0.05
# Differences of about so much are what two wordings may make; it only tunes the width.
_USUAL = 0.1

Verdict = Literal["few", "none", "hint", "clear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """*hits* of *n*; *estimate* is None where too few are behind it."""

    hits: int
    n: int

    @property
    def estimate(self) -> Estimate | None:
        """The share with its Wilson interval."""
        return wilson(self.hits, self.n) if self.n >= FEWEST else None

    @property
    def few(self) -> bool:
        """Whether so few are behind it that it may mislead."""
        return self.n < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One share less another. *once* is its interval for one look, *always* for any number."""

    once: Estimate
    always: Estimate
    verdict: Verdict


def difference(one: Share, base: Share, *, comparisons: int) -> Difference | None:
    """How much more often *one* is hit than *base*; None where too few are behind either.

    It is *clear* only where it stands among so many *comparisons* (Bonferroni) and looks, a *hint*
    where it would stand alone and seen once.
    """
    if min(one.n, base.n) < FEWEST:
        return None
    once = newcombe(one, base)
    always = always_valid(one, base, error=ERROR / comparisons)
    verdict: Verdict = "few"
    if not (one.few or base.few):
        standing: Verdict = "hint" if _covers_nothing(always) else "clear"
        verdict = "none" if _covers_nothing(once) else standing
    return Difference(once=once, always=always, verdict=verdict)


def newcombe(one: Share, base: Share) -> Estimate:
    """The difference with its 95 % interval; both must have an n."""
    first, second = wilson(one.hits, one.n), wilson(base.hits, base.n)
    p, low, high = _told(first)
    q, base_low, base_high = _told(second)
    return Estimate(
        p - q,
        p - q - math.hypot(p - low, base_high - q),
        p - q + math.hypot(high - p, q - base_low),
    )


def always_valid(one: Share, base: Share, *, error: float = ERROR) -> Estimate:
    """The difference with an interval that holds at every look at once, but for *error*."""
    value = one.hits / one.n - base.hits / base.n
    square = _variance(one) + _variance(base)
    usual = _USUAL**2
    odds = math.log(1 / error) + math.log1p(usual / square) / 2
    reach = math.sqrt(2 * square * (square + usual) / usual * odds)
    return Estimate(value, max(value - reach, -1.0), min(value + reach, 1.0))


def _variance(share: Share) -> float:
    # One hit and one miss more (Agresti and Caffo 2000): none of five is not certainly never.
    smoothed = (share.hits + 1) / (share.n + 2)
    return smoothed * (1 - smoothed) / share.n


def _told(estimate: Estimate) -> tuple[float, float, float]:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        raise ValueError("a share of nothing has no difference from another")
    return estimate.value, estimate.low, estimate.high


def _covers_nothing(estimate: Estimate) -> bool:
    _, low, high = _told(estimate)
    return low <= 0 <= high
