"""What a closed ask adds to the tallies: where it belongs, and how long it waited for what."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from bot.reports.ask import Ask
from bot.reports.hours import Calendar
from bot.reports.tally import Tally
from bot.reports.waits import Measure, Measured, measured

# How a wait ended: the kinds of a tally.
CUT_OFF, BOT, AGENT, WITHDRAWN, CLOSED = range(5)
_LONGEST = 64


class Facets(NamedTuple):
    """What asks are told apart by where only counts are kept. *day* is a date's ordinal."""

    day: int
    channel: str
    account: str
    surface: str
    intent: str
    language: str
    measure: Measure


def tallies(asks: Iterable[Ask], *, zone: ZoneInfo, as_of: datetime) -> dict[Facets, Tally]:
    """Count asks that have ended, by the calendar. An open ask raises ValueError."""
    found: dict[Facets, tuple[list[float], list[int]]] = {}
    for each in measured(asks, as_of=as_of, clock=Calendar()):
        for measure, seconds, kind in _waits(each):
            waits = found.setdefault(_facets(each.ask, measure, zone), ([], []))
            waits[0].append(seconds)
            waits[1].append(kind)
    return {
        facets: Tally.of(np.array(seconds, np.float64), np.array(kinds, np.int8))
        for facets, (seconds, kinds) in found.items()
    }


def _facets(ask: Ask, measure: Measure, zone: ZoneInfo) -> Facets:
    return Facets(
        day=ask.opened_at.astimezone(zone).toordinal(),
        channel=ask.channel,
        account=ask.account,
        surface=ask.surface,
        intent=(ask.intent or "")[:_LONGEST],
        language=ask.language or "",
        measure=measure,
    )


def _waits(each: Measured) -> Iterator[tuple[Measure, float, int]]:
    match each.status:
        case "open":
            raise ValueError(f"{each.ask.id} is still open")
        case "withdrawn":
            yield "answer", 0.0, WITHDRAWN
            return
        case "answered":
            yield "answer", each.seconds, BOT if each.ask.answered_by == "bot" else AGENT
        case "expired":
            yield "answer", each.seconds, CUT_OFF if each.ask.closed_at is None else CLOSED
    yield "touch", each.touch_seconds, CUT_OFF if each.ask.touched_at is None else BOT
    if each.human_seconds is not None:
        yield "human", each.human_seconds, CUT_OFF if each.ask.human_at is None else AGENT
