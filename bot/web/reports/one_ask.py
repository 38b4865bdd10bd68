"""One ask: its messages, and what each of them did to the clock."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.reports.asks import asks
from bot.reports.hours import Calendar, Clock
from bot.reports.waits import measured
from bot.store.log import Opening, dialogue, openings
from bot.store.logged import message_name
from bot.web.keys import CONFIG, DATABASE
from bot.web.pages import page
from bot.web.reports import seam
from bot.web.reports.reasons import judged


async def show(request: web.Request) -> web.Response:
    """The ask of the address, by both clocks."""
    reader = seam.reader(request, seam.asked(request))
    as_of = reader.query.as_of
    name = message_name(int(request.match_info["id"]))

    def read(connection: Connection) -> tuple[list[Any], dict[str, Opening]]:
        events = dialogue(connection, name, until=as_of)
        return events, openings(connection, [name])

    events, said = await request.app[DATABASE].read(read)
    ask = next((each for each in asks(events) if each.message_ids[0] == name), None)
    if ask is None:
        raise web.HTTPNotFound
    hours = request.app[CONFIG].brand.opening_hours(range(ask.opened_at.year - 1, as_of.year + 2))
    clocks: list[Clock] = [Calendar(), *([hours] if hours else [])]
    waits = [(clock.name, measured([ask], as_of=as_of, clock=clock)[0]) for clock in clocks]
    return page(
        request,
        "reports/ask.html",
        **seam.shared(request, reader),
        ask=ask,
        opening=said[name],
        waits=waits,
        judged=judged(events, ask, as_of),
    )
