"""Years at a glance, from tallies: fast however many asks there are; each row opens its days."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.reports.hours import Calendar
from bot.reports.long import Long, Span, Still, long_view
from bot.reports.only import NOTHING, Only, Options
from bot.reports.report import plain
from bot.reports.waits import measured, waits_for
from bot.store import asks
from bot.web.keys import DATABASE, KEEPER
from bot.web.pages import page
from bot.web.reports import names, seam
from bot.web.reports.cells import Cells, Row, Table
from bot.web.reports.query import Query
from bot.web.reports.seam import Reader

USUAL, YEAR = timedelta(days=364), "365d"
FACETS = ("channel", "account", "surface", "intent", "language")


async def show(request: web.Request) -> web.Response:
    """The page: all of it, by time and by channel."""
    reader = seam.reader(request, usual(seam.asked(request), request.query))
    made, options = await worked_out(request, reader.query)
    return page(
        request,
        "reports/long.html",
        **seam.shared(request, reader),
        here="long",
        options=options,
        empty=not made.whole.n,
        n=made.whole.n,
        applied=names.chosen(_applied(reader.query.only), reader.numbers.t, reader.at),
        dropped=[name for name in reader.query.only.chosen() if name not in FACETS],
        tables=tables(made, reader),
    )


async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    made, _ = await worked_out(request, usual(seam.asked(request), request.query))
    return web.json_response(plain(asdict(made)))


def usual(chosen: Query, given: Mapping[str, str]) -> Query:
    """The same over a year, where the filters as they were *given* name no first day."""
    if given.get("from") or given.get("span"):
        return chosen
    moves = not given.get("to")
    return replace(chosen, first=chosen.last - USUAL, span=YEAR if moves else None)


def _applied(only: Only) -> Only:
    return Only(**{name: getattr(only, name) for name in FACETS})


async def worked_out(request: web.Request, query: Query) -> tuple[Long, Options]:
    """The figures, and what one may choose from."""
    await request.app[KEEPER].catch_up()
    return await request.app[DATABASE].read(lambda connection: long_of(connection, query))


def long_of(connection: Connection, query: Query) -> tuple[Long, Options]:
    """The same from a database."""
    days = query.first.toordinal(), query.last.toordinal()
    only = {
        name: "" if value == NOTHING else str(value)
        for name, value in query.only.chosen().items()
        if name in FACETS
    }
    made = long_view(
        asks.pieces(connection, days=days, measure=query.measure, only=only),
        _still(connection, query, days, only),
        first=query.first,
        last=query.last,
        measure=query.measure,
        actor=query.actor,
        target_seconds=query.target,
    )
    return made, asks.options(connection, days=days)


def _still(
    connection: Connection, query: Query, days: tuple[int, int], only: dict[str, str]
) -> list[Still]:
    found = []
    waiting = measured(asks.still_open(connection), as_of=query.as_of, clock=Calendar())
    for each in waiting:
        day = each.ask.opened_at.astimezone(query.zone).toordinal()
        mine = all((getattr(each.ask, name) or "") == value for name, value in only.items())
        if mine and days[0] <= day <= days[1]:
            waits = waits_for([each], query.measure, query.actor)
            found += [Still(day, each.ask.channel, wait) for wait in waits]
    return found


def tables(made: Long, reader: Reader) -> list[Table]:
    """All of it as tables."""
    t = reader.numbers.t
    return [
        Table(
            key="long_whole",
            first="span",
            rows=(_row("all", t("reports.long.all"), made.whole, reader),),
        ),
        Table(
            key=f"long_{made.step}",
            first="span",
            rows=tuple(
                _row(str(each.first), _days(each, reader), each, reader)
                for each in reversed(made.spans)
                if each.n
            ),
        ),
        Table(
            key="long_channels",
            first="channel",
            rows=tuple(
                _row(name, t.name("channel", name), each, reader, channel=name)
                for name, each in made.channels
            ),
        ),
    ]


def _row(name: str, label: str, span: Span, reader: Reader, **more: Any) -> Row:
    cells, query = Cells(reader.numbers), reader.query
    href = query.link("/reports", **{"from": span.first, "to": span.last, **more})
    return Row(
        name=name,
        label=label,
        href=href,
        cells=(
            cells.count("asks", span.n, href),
            cells.estimate("answered", span.share, "share", n=span.n, href=href),
            cells.estimate("median", span.median, "duration", n=span.n, href=href),
            cells.estimate("p90", span.p90, "duration", n=span.n, href=href),
            cells.estimate("in_time", span.within, "share", n=span.n, href=href),
            cells.count("open", span.open, href),
        ),
    )


def _days(span: Span, reader: Reader) -> str:
    if span.first == span.last:
        return reader.at.day(span.first)
    first, last = reader.at.day(span.first), reader.at.day(span.last)
    return reader.numbers.t("reports.long.days", first=first, last=last)
