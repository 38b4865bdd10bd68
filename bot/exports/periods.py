"""Asks over time, in days, weeks or months: as many as can be looked at."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

import numpy as np

from bot.exports.outcome import Outcome
from bot.reports.estimate import curve
from bot.reports.report import Day
from bot.reports.waits import Measured, answer_waits

Unit = Literal["day", "week", "month"]
_MOST_DAYS = 62
_MOST_WEEKS = 54


def unit_of(outcome: Outcome) -> Unit:
    """Choose the unit by the days from the first ask to the last."""
    days = _days(outcome)
    if not days:
        return "day"
    length = (days[-1] - days[0]).days + 1
    return "day" if length <= _MOST_DAYS else "week" if length <= 7 * _MOST_WEEKS else "month"


def periods(outcome: Outcome, unit: Unit) -> list[Day]:
    """The asks of each period, named by its first day; weeks begin on Monday."""
    days = _days(outcome)
    if not days:
        return []
    of: dict[date, list[Measured]] = {first: [] for first in _firsts(days[0], days[-1], unit)}
    for each in outcome.cohort:
        if each.status != "withdrawn":
            of[_first(each.ask.opened_at.astimezone(outcome.zone).date(), unit)].append(each)
    return [_period(first, group) for first, group in of.items()]


def _days(outcome: Outcome) -> list[date]:
    opened = [each.ask.opened_at for each in outcome.cohort if each.status != "withdrawn"]
    ends = [min(opened), max(opened)] if opened else []
    return [at.astimezone(outcome.zone).date() for at in ends]


def _firsts(begin: date, end: date, unit: Unit) -> Iterator[date]:
    first = _first(begin, unit)
    while first <= end:
        yield first
        step = {"day": 1, "week": 7, "month": 31}[unit]
        first = _first(first + timedelta(days=step), unit)


def _first(day: date, unit: Unit) -> date:
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)


def _period(first: date, group: Sequence[Measured]) -> Day:
    waits = answer_waits(group)
    estimated = curve(waits)
    return Day(
        day=first,
        n=len(waits),
        answered=int(np.count_nonzero(waits.answered)),
        within_hour=estimated.within(3600),
        median=estimated.quantile(0.5),
    )
