"""What somebody wants to know: a window, a channel, a clock; and the report that answers it."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.reports.ask import Ask
from bot.reports.asks import Rules, asks
from bot.reports.events import Event, known
from bot.reports.figures import Targets
from bot.reports.hours import Calendar, Clock
from bot.reports.only import Only, Options, options
from bot.reports.report import Report, Window, asks_of, report_json, report_on
from bot.reports.unswept import unswept
from bot.reports.waits import Actor, Columns, Measure, Measured, each_measured

USUAL_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Choose what to report on, and how; *compared* is the window to compare with.

    *actor*, *measure* and *target_seconds* leave no ask out: they say which wait is looked at.
    """

    window: Window
    zone: ZoneInfo
    clock: Clock = field(default_factory=Calendar)
    only: Only = field(default_factory=Only)
    compared: Window | None = None
    actor: Actor = "either"
    measure: Measure = "answer"
    target_seconds: int = 3600

    @property
    def since(self) -> datetime:
        """The first instant of all that is looked at."""
        first = self.window.start_at
        return first if self.compared is None else min(first, self.compared.start_at)

    @property
    def asks_key(self) -> tuple[Hashable, ...]:
        """Tell choices of different asks apart."""
        return (self.window, self.compared, self.zone.key, self.clock.name, self.only)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Tell choices apart."""
        return (*self.asks_key, self.actor, self.measure, self.target_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The *asks* of a choice, withdrawn ones included, oldest first.

    *before* are those it is compared with, *options* what the whole window could be narrowed to.
    """

    choice: Choice
    asks: tuple[Measured, ...]
    before: tuple[Measured, ...] = ()
    options: Options = field(default_factory=Options)

    @property
    def counted(self) -> list[Measured]:
        """All but the withdrawn."""
        return [each for each in self.asks if each.status != "withdrawn"]

    @property
    def counted_before(self) -> list[Measured]:
        """The same of those it is compared with."""
        return [each for each in self.before if each.status != "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A report with the asks behind it, withdrawn ones included, oldest first."""

    report: Report
    cohort: tuple[Measured, ...]


def asks_known(events: Iterable[Event], as_of: datetime, rules: Rules | None = None) -> list[Ask]:
    """Pair *events* as far as they had happened by *as_of*."""
    return asks(known(events, as_of), rules)


@unswept()
def cohort(paired: Iterable[Ask], choice: Choice) -> Cohort:
    """Pick and measure what was chosen among asks that are known as of its instant."""
    known_asks = list(paired)
    within = list(asks_of(known_asks, choice.window))
    earlier = asks_of(known_asks, choice.compared) if choice.compared else ()
    return Cohort(
        choice=choice,
        asks=tuple(_measured(within, choice)),
        before=tuple(_measured(earlier, choice)),
        options=options(within),
    )


def report_of(asked: Cohort) -> Report:
    """Work out every figure of the window."""
    return _report(Columns.of(asked.asks), asked.choice)


@unswept()
def answer(paired: Iterable[Ask], choice: Choice) -> Answer:
    """Report on what was chosen among asks that are known as of its instant."""
    cohort = Columns.of(_measured(asks_of(paired, choice.window), choice))
    return Answer(report=_report(cohort, choice), cohort=tuple(cohort.asks.tolist()))


def answers_json(answers: Iterable[Answer], channel: str | None) -> dict[str, Any]:
    """Turn reports, one for each clock, into JSON values; *channel* None stands for all."""
    return {"channel": channel, "reports": [report_json(each.report) for each in answers]}


def usual_start(as_of: datetime, zone: ZoneInfo) -> datetime:
    """Find the local midnight from which the last four weeks count, today included."""
    midnight = as_of.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=USUAL_DAYS - 1)


def _measured(asks: Iterable[Ask], choice: Choice) -> Iterator[Measured]:
    kept = choice.only.keep(asks, choice.zone)
    return each_measured(kept, as_of=choice.window.as_of, clock=choice.clock)


def _report(cohort: Columns, choice: Choice) -> Report:
    targets = Targets(sla_seconds=choice.target_seconds)
    return report_on(
        cohort, choice.window, zone=choice.zone, clock_name=choice.clock.name, targets=targets
    )
