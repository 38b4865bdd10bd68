"""Targets kept: of all asks, by channel and by day."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.reports.choice import Choice, Cohort
from bot.reports.estimate import Sla, sla
from bot.reports.groups import grouped
from bot.reports.waits import Measured, waits_for

TARGETS = (300, 900, 3600, 14400, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTarget:
    """Count a group's asks against a target; *n* is all of them."""

    key: str
    n: int
    sla: Sla


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """Hold the usual targets for all asks, and the chosen one by channel and local day."""

    targets: tuple[OfTarget, ...]
    channels: tuple[OfTarget, ...]
    days: tuple[OfTarget, ...]


def attained(cohort: Cohort) -> Attained:
    """Count who was answered in time, who was not, and who may still be."""
    choice = cohort.choice
    counted = cohort.counted
    chosen = choice.target_seconds
    targets = sorted({*TARGETS, chosen})
    return Attained(
        targets=tuple(_of(str(seconds), counted, seconds, choice) for seconds in targets),
        channels=_by(grouped(counted, lambda each: each.ask.channel), choice),
        days=_by(grouped(counted, lambda each: _day(each, choice)), choice),
    )


def _by(groups: dict[str, list[Measured]], choice: Choice) -> tuple[OfTarget, ...]:
    return tuple(_of(key, groups[key], choice.target_seconds, choice) for key in sorted(groups))


def _of(key: str, asks: Sequence[Measured], seconds: int, choice: Choice) -> OfTarget:
    waits = waits_for(asks, choice.measure, choice.actor)
    return OfTarget(key=key, n=len(waits), sla=sla(waits, seconds))


def _day(each: Measured, choice: Choice) -> str:
    return each.ask.opened_at.astimezone(choice.zone).date().isoformat()
