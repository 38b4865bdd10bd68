"""The figures of one group of asks, each with its interval, its count and its oldest wait."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bot.reports.ask import Status
from bot.reports.estimate import Curve, Estimate, Mean, Sla, answered_to_date, curve, sla
from bot.reports.waits import Actor, Columns, Measured, Waits

# A drawn curve needs no step finer than a pixel.
_FINEST_DROP = 1 / 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Choose what is asked of the curves, in seconds of the report's clock."""

    within_seconds: tuple[int, ...] = (60, 300, 3600, 86400)
    sla_seconds: int = 3600
    mean_seconds: int = 86400


@dataclass(frozen=True, slots=True)
class Point:
    """Draw one corner: the share still waiting from *seconds* on, and its 95 % band."""

    seconds: float
    waiting: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Within:
    """Give the share answered within *seconds*."""

    seconds: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Oldest:
    """Name the ask that has waited longest, so that it can be opened."""

    ask_id: str
    opened_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Describe how *n* waits are distributed; every value keeps the unanswered in."""

    n: int
    answered: int
    answered_to_date: Estimate
    median: Estimate
    p90: Estimate
    within: tuple[Within, ...]
    mean: Mean | None
    sla: Sla
    settled: float | None
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Report one actor's answers to a group of asks.

    *answered_by_other* asks leave the actor's curve at that instant, without an answer. *open*
    asks wait for anybody; *oldest* is None if there are none. *unneeded* ones need no reply, as
    somebody said; they count as unanswered.
    """

    actor: Actor
    answered_by_other: int
    open: int
    expired: int
    closed_without_reply: int
    unneeded: int
    oldest: Oldest | None
    spread: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the figures of all three actors share, looked up once for a group of asks."""

    statuses: Counter[Status]
    closed_without_reply: int
    unneeded: int
    oldest: Oldest | None
    waits: dict[Actor, Waits]

    @classmethod
    def of(cls, asks: Columns) -> "Standing":
        """Look it up."""
        return cls(
            statuses=Counter(asks.statuses.tolist()),
            closed_without_reply=int(np.count_nonzero(asks.dropped)),
            unneeded=int(np.count_nonzero(asks.unneeded)),
            oldest=_oldest(asks.asks[asks.statuses == "open"].tolist()),
            waits=_by_length(asks),
        )


def _by_length(asks: Columns) -> dict[Actor, Waits]:
    """Sort the waits of all three actors, whose curves need that, once."""
    order = np.argsort(asks.seconds)
    seconds = asks.seconds[order]
    actors: tuple[Actor, ...] = ("bot", "human", "either")
    return {actor: Waits(seconds, asks.answer_waits(actor).answered[order]) for actor in actors}


def figures(standing: Standing, *, targets: Targets, actor: Actor) -> Figures:
    """Work out the figures of a group of asks for one actor."""
    statuses = standing.statuses
    of_actor = spread(standing.waits[actor], targets)
    return Figures(
        actor=actor,
        answered_by_other=statuses["answered"] - of_actor.answered,
        open=statuses["open"],
        expired=statuses["expired"],
        closed_without_reply=standing.closed_without_reply,
        unneeded=standing.unneeded,
        oldest=standing.oldest,
        spread=of_actor,
    )


def spread(waits: Waits, targets: Targets) -> Spread:
    """Describe *waits* by their Kaplan-Meier curve.

    *settled* is the share whose verdict on the target can no longer change, 0 to 1.
    """
    estimated = curve(waits)
    verdict = sla(waits, targets.sla_seconds)
    return Spread(
        n=len(waits),
        answered=int(np.count_nonzero(waits.answered)),
        answered_to_date=answered_to_date(waits),
        median=estimated.quantile(0.5),
        p90=estimated.quantile(0.9),
        within=tuple(
            Within(seconds, estimated.within(seconds)) for seconds in targets.within_seconds
        ),
        mean=estimated.mean_within(targets.mean_seconds),
        sla=verdict,
        settled=1 - verdict.pending / len(waits) if waits else None,
        curve=_points(estimated),
    )


def _oldest(waiting: Sequence[Measured]) -> Oldest | None:
    if not waiting:
        return None
    oldest = min(waiting, key=lambda each: (each.ask.opened_at, each.ask.id))
    return Oldest(oldest.ask.id, oldest.ask.opened_at, oldest.seconds)


def _points(estimated: Curve) -> tuple[Point, ...]:
    if not len(estimated):
        return ()
    # Each corner is the first step that lies a pixel lower than the corner before it.
    waiting, last = estimated.survival, len(estimated) - 1
    corners: list[int] = []
    level, rising = 1.0, -waiting
    while (place := int(np.searchsorted(rising, _FINEST_DROP - level))) < last:
        corners.append(place)
        level = float(waiting[place])
    columns = (estimated.seconds, waiting, estimated.low, estimated.high)
    drawn = zip(*(column[[*corners, last]].tolist() for column in columns), strict=True)
    return (Point(0.0, 1.0, 1.0, 1.0), *(Point(*corner) for corner in drawn))
