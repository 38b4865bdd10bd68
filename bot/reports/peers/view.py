"""What another product would show: its figures, and the messages that it counted for each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, median
from typing import Literal

from bot.reports.events import Event
from bot.reports.hours import Calendar, OpeningHours
from bot.reports.report import Window

Unit = Literal["share", "seconds", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Choose the instants to count, and the opening hours (None: the brand has none)."""

    window: Window
    hours: OpeningHours | None = None

    def covers(self, at: datetime) -> bool:
        """Tell whether *at* lies in the window."""
        return self.window.start_at <= at < self.window.end_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A message that a product counts, and the reply that it takes for the answer (None: none).

    *asked_at* is where its clock starts, which need not be when that message came.
    """

    message: Event
    asked_at: datetime
    answer: Event | None = None

    @property
    def seconds(self) -> float:
        """The wait by the calendar; only for a pair with an answer."""
        if self.answer is None:
            raise ValueError("an unanswered message has no response time")
        return Calendar().seconds(self.asked_at, self.answer.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One figure; *value* is None where the product would show nothing.

    *pairs* are what it was worked out from. What the product passes over is not among them.
    """

    name: str
    unit: Unit
    value: float | None
    pairs: tuple[Pair, ...] = field(default=(), repr=False)

    @property
    def n(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All figures of one product.

    *unseen* are the runs of customer messages that are in no figure, with their answers by
    anybody, if there are any.
    """

    peer: str
    figures: tuple[Counted, ...]
    unseen: tuple[Pair, ...] = field(default=(), repr=False)


Measure = Callable[[Pair], float]


def mean_of(name: str, pairs: Iterable[Pair], measure: Measure | None = None) -> Counted:
    """Average the answered *pairs* by *measure* (seconds; the calendar's if None)."""
    return _summary(name, pairs, fmean, measure)


def median_of(name: str, pairs: Iterable[Pair], measure: Measure | None = None) -> Counted:
    """Take the median of the answered *pairs*."""
    return _summary(name, pairs, median, measure)


def share_of(name: str, pairs: Sequence[Pair]) -> Counted:
    """Tell how many of *pairs* were answered, 0 to 1."""
    answered = sum(pair.answer is not None for pair in pairs)
    value = answered / len(pairs) if pairs else None
    return Counted(name=name, unit="share", value=value, pairs=tuple(pairs))


def count_of(name: str, pairs: Sequence[Pair]) -> Counted:
    """Count *pairs*."""
    return Counted(name=name, unit="count", value=len(pairs), pairs=tuple(pairs))


def by_hours(hours: OpeningHours) -> Measure:
    """Measure pairs by opening hours."""
    return lambda pair: hours.seconds(pair.asked_at, pair.answer.at) if pair.answer else 0.0


def _summary(
    name: str,
    pairs: Iterable[Pair],
    summarise: Callable[[list[float]], float],
    measure: Measure | None,
) -> Counted:
    answered = tuple(pair for pair in pairs if pair.answer is not None)
    seconds = [pair.seconds if measure is None else measure(pair) for pair in answered]
    value = summarise(seconds) if seconds else None
    return Counted(name=name, unit="seconds", value=value, pairs=answered)
