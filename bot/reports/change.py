"""Whether two groups of asks really differ: the difference of what was answered in time.

The interval is that of two independent Kaplan-Meier estimates, SE = sqrt(V1 + V2), V by Greenwood.
Where all or none were answered in time Greenwood knows no spread; Wilson's takes its place.
"""

import math
from dataclasses import dataclass

from bot.reports.difference import FEWEST
from bot.reports.estimate import Curve, Z, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Give a difference of shares (-1 to 1) with its 95 % interval; *n* are both groups."""

    value: float
    low: float
    high: float
    n: tuple[int, int]

    @property
    def is_clear(self) -> bool:
        """Tell whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def change(now: Curve, before: Curve, seconds: float) -> Change | None:
    """Compare the shares answered within *seconds*.

    None where a group has fewer than FEWEST asks or was not followed so long.
    """
    n = now.n, before.n
    if min(n) < FEWEST:
        return None
    ours, theirs = now.within(seconds).value, before.within(seconds).value
    if ours is None or theirs is None:
        return None
    reach = Z * math.sqrt(_variance(now, ours, seconds) + _variance(before, theirs, seconds))
    difference = ours - theirs
    return Change(
        value=difference,
        low=max(difference - reach, -1.0),
        high=min(difference + reach, 1.0),
        n=n,
    )


def _variance(curve: Curve, share: float, seconds: float) -> float:
    variance = curve.variance(seconds)
    if variance > 0:
        return variance
    stand_in = wilson(round(share * curve.n), curve.n)
    width = (stand_in.high or 0.0) - (stand_in.low or 0.0)
    return (width / (2 * Z)) ** 2
