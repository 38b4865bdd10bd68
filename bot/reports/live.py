"""How it goes right now: hour by hour, so that an outage shows while it lasts.

A Kaplan-Meier curve takes those who wait for like those who asked before them. In an outage that
began an hour ago they are not. So each hour of opening has a curve of its own, and the shares are
weighed by the asks of their hours (metrics of stratified survival, as for example in Kalbfleisch
and Prentice, 1980).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.reports.estimate import Estimate, Z, curve
from bot.reports.waits import Measured, answer_waits

SPAN = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The share answered *within* some seconds of the asks of the last day, as *n* of them tell.

    *later* are asks of hours that began too recently to tell; they are not in it.
    """

    within: Estimate
    n: int
    later: int


def live(asks: Iterable[Measured], *, as_of: datetime, seconds: int) -> Live:
    """Estimate it hour by hour from *asks* that were measured by the calendar as of *as_of*."""
    hours: dict[datetime, list[Measured]] = {}
    for each in asks:
        opened = each.ask.opened_at
        if each.status != "withdrawn" and as_of - SPAN <= opened <= as_of:
            hour = opened.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            hours.setdefault(hour, []).append(each)
    told = [(len(group), curve(answer_waits(group))) for group in hours.values()]
    known = [
        (n, share, of_hour.variance(seconds))
        for n, of_hour in told
        if (share := of_hour.within(seconds).value) is not None
    ]
    n = sum(size for size, *_ in known)
    return Live(within=_weighed(known, n), n=n, later=sum(size for size, _ in told) - n)


def _weighed(known: list[tuple[int, float, float]], n: int) -> Estimate:
    if not n:
        return Estimate(None)
    value = math.fsum(size * share for size, share, _ in known) / n
    error = math.sqrt(math.fsum(size**2 * variance for size, _, variance in known)) / n
    if not error:
        return Estimate(value)
    return Estimate(value, max(0.0, value - Z * error), min(1.0, value + Z * error))
