"""Alarms on the pages: a banner on each, and a page with the very asks of one."""

from functools import wraps

from aiohttp import web

from bot.reports.waits import Measured, measured
from bot.store import alarms, views
from bot.store.alarms import Raised
from bot.store.asks import begun_by
from bot.store.desk import states
from bot.store.views import View
from bot.web.auth import Handler, agent
from bot.web.keys import CLOCK, CONFIG, DATABASE, KEEPER
from bot.web.pages import language_of, page
from bot.web.reports import seam, shown
from bot.web.reports.places import place_of_id
from bot.web.reports.query import Query, WrongFilter, clock_of
from bot.web.reports.seam import Reader


def with_alarms(get: Handler) -> Handler:
    """Let a page of the reports show what nobody has acknowledged."""

    @wraps(get)
    async def handler(request: web.Request) -> web.StreamResponse:
        request[seam.ALARMS] = tuple(await request.app[DATABASE].read(alarms.standing))
        return await get(request)

    return handler


async def show(request: web.Request) -> web.Response:
    """The asks that were late, as they stand now, and what the alarm said."""
    alarm = await _asked(request)
    view = await request.app[DATABASE].read(lambda conn: views.by_id(conn, alarm.view_id))
    if view is None:
        raise web.HTTPNotFound
    reader = shown.reader_of(_query(request, view), language_of(request))
    rows = await _asks(request, alarm, reader)
    said = await seam.first_words(request, rows)
    places = [opening.conversation_id for opening in said.values()]
    return page(
        request,
        "reports/alarm.html",
        **seam.shared(request, reader),
        alarm=alarm,
        listed=[(each, said.get(each.ask.message_ids[0])) for each in rows],
        states=await request.app[DATABASE].read(lambda conn: states(conn, places)),
        gone=len(alarm.asks) - len(rows),
    )


async def acknowledge(request: web.Request) -> web.Response:
    """Note that somebody has seen it: the banner goes."""
    alarm, at, who = await _asked(request), request.app[CLOCK](), agent(request).id
    await request.app[DATABASE].write(
        lambda conn: alarms.acknowledge(conn, alarm.id, agent_id=who, at=at)
    )
    raise web.HTTPSeeOther(f"/reports/alarms/{alarm.id}")


async def _asked(request: web.Request) -> Raised:
    id = int(request.match_info["id"])
    found = await request.app[DATABASE].read(lambda conn: alarms.by_id(conn, id))
    if found is None:
        raise web.HTTPNotFound
    return found


def _query(request: web.Request, view: View) -> Query:
    config, now = request.app[CONFIG], request.app[CLOCK]()
    try:
        return shown.query_of(view.filters, config, now)
    except WrongFilter:
        return shown.query_of({}, config, now)


async def _asks(request: web.Request, alarm: Raised, reader: Reader) -> list[Measured]:
    await request.app[KEEPER].catch_up()
    firsts = [place for place in map(place_of_id, alarm.asks) if place is not None]
    found = await request.app[DATABASE].read(lambda conn: begun_by(conn, firsts))
    clock = clock_of(reader.query, request.app[CONFIG])
    return measured(found, as_of=reader.query.as_of, clock=clock)
