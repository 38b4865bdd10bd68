"""The same figures for each group of asks: channels, places, intents."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.reports.change import Change, change
from bot.reports.choice import Choice, Cohort
from bot.reports.estimate import curve, sla
from bot.reports.figures import Spread, Targets, spread
from bot.reports.waits import Measured, answered_within, waits_for

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Generic[K]):
    """Describe the asks with one *key*: *in_time* of them were answered within the target so far.

    *change* is that of the share in time, if compared.
    """

    key: K
    asks: int
    open: int
    expired: int
    spread: Spread
    in_time: int
    change: Change | None


def grouped(asks: Iterable[Measured], key: Callable[[Measured], K]) -> dict[K, list[Measured]]:
    """Sort asks into groups, in one pass."""
    groups: dict[K, list[Measured]] = {}
    for each in asks:
        groups.setdefault(key(each), []).append(each)
    return groups


def groups(cohort: Cohort, key: Callable[[Measured], K]) -> tuple[Group[K], ...]:
    """Work out the figures of each group by its *key*, in the order of the keys."""
    now = grouped(cohort.counted, key)
    before = grouped(cohort.counted_before, key)
    return tuple(
        group(name, now[name], before.get(name, ()), cohort.choice) for name in sorted(now, key=str)
    )


def group(key: K, asks: Sequence[Measured], before: Sequence[Measured], choice: Choice) -> Group[K]:
    """Work out the figures of one group."""
    waits = waits_for(asks, choice.measure, choice.actor)
    earlier = waits_for(before, choice.measure, choice.actor)
    return Group(
        key=key,
        asks=len(asks),
        open=sum(each.status == "open" for each in asks),
        expired=sum(each.status == "expired" for each in asks),
        spread=spread(waits, targets_of(choice)),
        in_time=answered_within(waits, choice.target_seconds),
        change=change(curve(waits), curve(earlier), choice.target_seconds) if earlier else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Say how many waits a page is made from, and which share of their verdicts is *settled*."""

    n: int
    settled: float | None


def counted(cohort: Cohort) -> Counted:
    """Count what the chosen measure and target look at."""
    choice = cohort.choice
    verdict = sla(waits_for(cohort.counted, choice.measure, choice.actor), choice.target_seconds)
    n = verdict.met + verdict.breached + verdict.pending
    return Counted(n=n, settled=1 - verdict.pending / n if n else None)


def targets_of(choice: Choice) -> Targets:
    """Ask the usual questions of the curves, and the chosen one."""
    usual = Targets()
    within = tuple(sorted({*usual.within_seconds, choice.target_seconds}))
    return Targets(within_seconds=within, sla_seconds=choice.target_seconds)
