"""What somebody wants to know: a window, a channel, a clock; and the report that answers it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.reports.ask import Ask
from bot.reports.asks import Rules, asks
from bot.reports.events import Event, known
from bot.reports.hours import Calendar, Clock
from bot.reports.report import Report, Window, asks_of, report_json, report_on
from bot.reports.waits import Measured, measured

USUAL_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Choose what to report on; all channels if *channel* is None."""

    window: Window
    zone: ZoneInfo
    channel: str | None = None
    clock: Clock = field(default_factory=Calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A report with the asks behind it, withdrawn ones included, oldest first."""

    report: Report
    cohort: tuple[Measured, ...]


def asks_known(events: Iterable[Event], as_of: datetime, rules: Rules | None = None) -> list[Ask]:
    """Pair *events* as far as they had happened by *as_of*."""
    return asks(known(events, as_of), rules)


def answer(paired: Iterable[Ask], choice: Choice) -> Answer:
    """Report on what was chosen among asks that are known as of its instant."""
    of_channel = [ask for ask in paired if choice.channel is None or ask.channel == choice.channel]
    window = choice.window
    cohort = measured(asks_of(of_channel, window), as_of=window.as_of, clock=choice.clock)
    made = report_on(cohort, window, zone=choice.zone, clock_name=choice.clock.name)
    return Answer(report=made, cohort=tuple(cohort))


def answers_json(answers: Iterable[Answer], channel: str | None) -> dict[str, Any]:
    """Turn reports, one for each clock, into JSON values; *channel* None stands for all."""
    return {"channel": channel, "reports": [report_json(each.report) for each in answers]}


def usual_start(as_of: datetime, zone: ZoneInfo) -> datetime:
    """Find the local midnight from which the last four weeks count, today included."""
    midnight = as_of.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=USUAL_DAYS - 1)
