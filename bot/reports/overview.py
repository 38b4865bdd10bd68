"""The first page: every headline figure of a window, with its change."""

from dataclasses import dataclass

from bot.reports.change import Change, change
from bot.reports.choice import Cohort
from bot.reports.estimate import curve
from bot.reports.figures import Figures, Spread, spread
from bot.reports.groups import Group, groups, targets_of
from bot.reports.report import ByActor, Day, by_actor, days
from bot.reports.unswept import unswept
from bot.reports.waits import Columns, human_waits, waits_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Hold the figures of the page: as in a Report, and the *changes* by seconds of the target.

    *spread* is that of the chosen measure and actor.
    """

    spread: Spread
    by_actor: ByActor
    figures: Figures
    touch: Spread
    human_wait: Spread
    withdrawn: int
    changes: dict[int, Change | None]
    days: tuple[Day, ...]
    channels: tuple[Group[str], ...]


@unswept()
def overview(cohort: Cohort) -> Overview:
    """Work out the page."""
    choice = cohort.choice
    counted = cohort.counted
    targets = targets_of(choice)
    columns = Columns.of(counted)
    actors = by_actor(columns, targets)
    figures: Figures = getattr(actors, choice.actor)
    touch, human_wait = (
        spread(columns.touch_waits(), targets),
        spread(human_waits(counted), targets),
    )
    spreads = {"answer": figures.spread, "touch": touch, "human": human_wait}
    return Overview(
        spread=spreads[choice.measure],
        by_actor=actors,
        figures=figures,
        touch=touch,
        human_wait=human_wait,
        withdrawn=len(cohort.asks) - len(counted),
        changes=_changes(cohort, targets.within_seconds),
        days=days(columns, choice.window, choice.zone),
        channels=groups(cohort, lambda each: each.ask.channel),
    )


def _changes(cohort: Cohort, targets: tuple[int, ...]) -> dict[int, Change | None]:
    choice = cohort.choice
    if not cohort.before:
        return {}
    now, before = (
        curve(waits_for(asks, choice.measure, choice.actor))
        for asks in (cohort.counted, cohort.counted_before)
    )
    return {seconds: change(now, before, seconds) for seconds in targets}
