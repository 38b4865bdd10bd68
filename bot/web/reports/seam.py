"""From an address to an answer: the one way on which every page, file and JSON gets its figures."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

from aiohttp import web
from sqlalchemy import Connection

from bot.reports import groups
from bot.reports.choice import Choice, Cohort
from bot.reports.hours import Calendar
from bot.reports.report import plain
from bot.reports.waits import Measured
from bot.store.alarms import Raised
from bot.store.log import Opening, openings
from bot.web.keys import CLOCK, CONFIG, DATABASE, KEEPER
from bot.web.pages import language_of
from bot.web.reports import charts, names, query
from bot.web.reports.alarm_text import alarm_text
from bot.web.reports.instants import At
from bot.web.reports.numbers import Numbers
from bot.web.reports.places import place_of
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.source import Source
from bot.web.words import words

SOURCE = web.AppKey("SOURCE", Source)
CALENDAR = Calendar()
# What nobody has acknowledged, for the pages that people read.
ALARMS: Final = web.RequestKey("ALARMS", tuple[Raised, ...])
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads what: the address's query, and how figures and instants read."""

    query: Query
    numbers: Numbers
    at: At


def asked(request: web.Request) -> Query:
    """What the address asks for; answers 422 where that means nothing."""
    try:
        return query.read(request.query, request.app[CONFIG], now=request.app[CLOCK]())
    except WrongFilter as exc:
        raise web.HTTPUnprocessableEntity from exc


def reader(request: web.Request, chosen: Query) -> Reader:
    """The reader of *request*."""
    language = language_of(request)
    return Reader(query=chosen, numbers=Numbers(words(language)), at=At(chosen.zone, language))


def choice(request: web.Request, chosen: Query) -> Choice:
    """What is looked at, with the clock that was chosen."""
    return chosen.choice(query.clock_of(chosen, request.app[CONFIG]))


async def cohort(request: web.Request, wanted: Choice) -> Cohort:
    """The asks of a choice."""
    await request.app[KEEPER].catch_up()
    return await request.app[DATABASE].read(
        lambda connection: request.app[SOURCE].cohort(connection, wanted)
    )


async def worked_out(
    request: web.Request, wanted: Choice, work: Callable[[Cohort], T]
) -> tuple[Cohort, T]:
    """The asks of a choice, and what *work* makes of them."""
    await request.app[KEEPER].catch_up()
    return await request.app[DATABASE].read(
        lambda connection: request.app[SOURCE].worked_out(connection, wanted, work)
    )


async def first_words(request: web.Request, group: Sequence[Measured]) -> dict[str, Opening]:
    """How asks began, by their first message."""
    return await words_of(request, [each.ask.message_ids[0] for each in group])


async def words_of(request: web.Request, ids: Sequence[str]) -> dict[str, Opening]:
    """What messages said and who wrote them, by their names."""

    def read(connection: Connection) -> dict[str, Opening]:
        return openings(connection, ids)

    return await request.app[DATABASE].read(read)


def counted(asked: Cohort, read_by: Reader) -> dict[str, Any]:
    """What a page says of how it was counted, and what it offers to choose from."""
    of = groups.counted(asked)
    return {
        "options": asked.options,
        "n": of.n,
        "settled": of.settled,
        "empty": not asked.asks,
        "before": read_by.query.before if asked.before else None,
        "n_before": len(asked.counted_before),
    }


def told(asked: Cohort, made: Any) -> dict[str, Any]:
    """The same for programs: what was chosen, how it was counted, and what was *made* of it."""
    return head(asked) | {"page": {key: plain(value) for key, value in asdict(made).items()}}


def head(asked: Cohort) -> dict[str, Any]:
    """What was chosen, and how it was counted, as JSON values."""
    choice = asked.choice
    said = {
        "window": asdict(choice.window),
        "compared": None if choice.compared is None else asdict(choice.compared),
        "zone": choice.zone.key,
        "clock": choice.clock.name,
        "only": choice.only.chosen(),
        "actor": choice.actor,
        "measure": choice.measure,
        "target_seconds": choice.target_seconds,
        "counted": asdict(groups.counted(asked)),
    }
    return {key: plain(value) for key, value in said.items()}


def shared(request: web.Request, read_by: Reader) -> dict[str, Any]:
    """What every template of the reports uses."""
    return {
        "query": read_by.query,
        "alarms": request.get(ALARMS, ()),
        "alarm_text": lambda alarm: alarm_text(alarm, read_by.numbers, read_by.at),
        "numbers": read_by.numbers,
        "at": read_by.at,
        "has_hours": request.app[CONFIG].brand.hours is not None,
        "targets": query.targets(read_by.query),
        "compares": query.COMPARES,
        "charts": charts,
        "place_of": place_of,
        "chosen_from": names.CHOSEN_FROM,
        "name_of": lambda kind, value: names.name_of(kind, value, read_by.numbers.t, read_by.at),
        "chips": names.chosen(read_by.query.only, read_by.numbers.t, read_by.at),
    }
