"""The pages: overview, who still waits, the asks behind a figure, one ask with its messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.reports.asks import Rules, asks
from bot.reports.behind import ACTORS, UnknownFigure, behind
from bot.reports.choice import Answer, Choice, answers_json
from bot.reports.csv import to_csv
from bot.reports.hours import Calendar, Clock
from bot.reports.report import Window, rows_of
from bot.reports.waits import Measured, measured
from bot.store.agents import Role
from bot.store.log import Opening, dialogue, openings
from bot.store.logged import message_name
from bot.web.auth import signed_in
from bot.web.keys import CAPABILITIES, CLOCK, CONFIG, DATABASE
from bot.web.pages import language_of, page
from bot.web.reports import charts, query, view
from bot.web.reports.numbers import Numbers
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.reasons import judged
from bot.web.reports.source import Source
from bot.web.words import words

SOURCE = web.AppKey("SOURCE", Source)
PAGE = 50
OLDEST = 5
ORDERS = ("opened", "wait")


def setup(app: web.Application) -> None:
    """Add the reports; who may see them has to be a manager."""
    app[SOURCE] = Source()
    guard = signed_in(Role.MANAGER)
    for path, get in (
        ("/reports", overview),
        ("/reports/unanswered", unanswered),
        ("/reports/asks", listed),
        ("/reports/asks.csv", as_csv),
        ("/reports/report.json", as_json),
        ("/reports/asks/{id:[0-9]{1,18}}", one_ask),
    ):
        app.router.add_get(path, guard(get))


async def overview(request: web.Request) -> web.Response:
    """Every figure of a window on one page."""
    chosen = _query(request)
    answer, channels = await _answer(request, chosen)
    waiting = [each for each in answer.cohort if each.status == "open"][:OLDEST]
    said = await _openings(request, waiting)
    report = answer.report
    counted = behind(answer.cohort, "asks")
    numbers = Numbers(words(language_of(request)))
    return page(
        request,
        "reports/overview.html",
        **_common(request, chosen),
        report=report,
        channels=channels,
        tiles=view.tiles(answer, chosen, numbers),
        table=view.by_actor(answer, chosen, numbers),
        extras=view.extras(answer, chosen, numbers),
        of_channels=view.by_channel(answer, chosen, numbers),
        polled=view.polled(answer, request.app[CAPABILITIES]),
        curve=charts.curve_chart(
            [(actor, getattr(report.by_actor, actor).spread.curve) for actor in ACTORS],
            chosen.actor,
        ),
        curve_table=charts.curve_table(counted, chosen.actor),
        days=charts.day_chart(report.days),
        waiting=[(each, said.get(each.ask.message_ids[0])) for each in waiting],
        figures=getattr(report.by_actor, chosen.actor),
    )


async def unanswered(request: web.Request) -> web.Response:
    """Everybody who waits now, the longest wait first, whatever the window."""
    chosen = _query(request)
    # Whole days keep the address of what is remembered the same; older asks have expired.
    since = query.midnight(chosen.as_of - Rules().expiry, chosen.zone)
    window = Window(start_at=since, end_at=chosen.as_of + _INSTANT, as_of=chosen.as_of)
    choice = Choice(
        window=window,
        zone=chosen.zone,
        channel=chosen.channel,
        clock=query.clock_of(chosen, request.app[CONFIG]),
    )
    answer = await request.app[DATABASE].read(
        lambda connection: request.app[SOURCE].answer(connection, choice)
    )
    return await _list(request, chosen, behind(answer.cohort, "open"), "unanswered")


async def listed(request: web.Request) -> web.Response:
    """The asks that one figure counts."""
    chosen = _query(request)
    answer, _ = await _answer(request, chosen)
    group = _behind(request, chosen, answer)
    if request.query.get("order") == "wait":
        group.sort(key=lambda each: (-each.seconds, each.ask.opened_at, each.ask.id))
    return await _list(request, chosen, group, "asks")


async def as_csv(request: web.Request) -> web.Response:
    """The same asks as a file for spreadsheets; all of the window unless a figure is named."""
    chosen = _query(request)
    answer, _ = await _answer(request, chosen)
    group = _behind(request, chosen, answer, usual="all")
    name = f"asks-{chosen.first}-{chosen.last}.csv"
    return web.Response(
        body=to_csv(rows_of(group)).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def as_json(request: web.Request) -> web.Response:
    """The whole report for programs, as `antiphon report --json` gives it."""
    chosen = _query(request)
    answer, _ = await _answer(request, chosen)
    return web.json_response(answers_json([answer], chosen.channel))


async def one_ask(request: web.Request) -> web.Response:
    """One ask: its messages, and what each of them did to the clock."""
    chosen = _query(request)
    name = message_name(int(request.match_info["id"]))

    def read(connection: Connection) -> tuple[list[Any], dict[str, Opening]]:
        events = dialogue(connection, name, until=chosen.as_of)
        return events, openings(connection, [name])

    events, said = await request.app[DATABASE].read(read)
    ask = next((each for each in asks(events) if each.message_ids[0] == name), None)
    if ask is None:
        raise web.HTTPNotFound
    hours = request.app[CONFIG].brand.opening_hours(
        range(ask.opened_at.year - 1, chosen.as_of.year + 2)
    )
    clocks: list[Clock] = [Calendar(), *([hours] if hours else [])]
    waits = [(clock.name, measured([ask], as_of=chosen.as_of, clock=clock)[0]) for clock in clocks]
    return page(
        request,
        "reports/ask.html",
        **_common(request, chosen),
        ask=ask,
        opening=said[name],
        waits=waits,
        judged=judged(events, ask, chosen.as_of),
    )


_INSTANT = timedelta(microseconds=1)


async def _list(
    request: web.Request, chosen: Query, group: Sequence[Measured], title: str
) -> web.Response:
    numbers = Numbers(words(language_of(request)))
    number, pages = _page(request), max(-(-len(group) // PAGE), 1)
    if number > pages:
        raise web.HTTPNotFound
    shown = group[(number - 1) * PAGE : number * PAGE]
    said = await _openings(request, shown)
    filters = {
        key: value
        for key, value in request.query.items()
        if key in {"figure", "as_of", "order"} and value
    }
    return page(
        request,
        "reports/asks.html",
        **_common(request, chosen),
        title=title,
        figure=request.query.get("figure", "asks"),
        rows=[(each, said.get(each.ask.message_ids[0])) for each in shown],
        total=len(group),
        number=number,
        pages=pages,
        filters=filters,
        request_path=request.path,
        figure_name=view.figure_name(request.query.get("figure", "asks"), numbers),
        order=request.query.get("order", "opened"),
    )


def _common(request: web.Request, chosen: Query) -> dict[str, Any]:
    return {
        "query": chosen,
        "numbers": Numbers(words(language_of(request))),
        "has_hours": request.app[CONFIG].brand.hours is not None,
        "charts": charts,
        "short_day": charts.short_day,
        "place_of": view.place_of,
        "at": view.At(chosen.zone, language_of(request)),
    }


def _query(request: web.Request) -> Query:
    try:
        return query.read(request.query, request.app[CONFIG], now=_now(request))
    except WrongFilter as exc:
        raise web.HTTPUnprocessableEntity from exc


async def _answer(request: web.Request, chosen: Query) -> tuple[Answer, list[str]]:
    """The report, and the channels that one may choose from."""
    clock = query.clock_of(chosen, request.app[CONFIG])
    choice = chosen.choice(clock)

    def work_out(connection: Connection) -> tuple[Answer, list[str]]:
        source = request.app[SOURCE]
        return source.answer(connection, choice), source.channels(connection, choice)

    return await request.app[DATABASE].read(work_out)


def _behind(
    request: web.Request, chosen: Query, answer: Answer, *, usual: str = "asks"
) -> list[Measured]:
    figure = request.query.get("figure", usual)
    try:
        return behind(answer.cohort, figure, actor=chosen.actor)
    except UnknownFigure as exc:
        raise web.HTTPUnprocessableEntity from exc


async def _openings(request: web.Request, group: Sequence[Measured]) -> dict[str, Opening]:
    ids = [each.ask.message_ids[0] for each in group]
    return await request.app[DATABASE].read(lambda connection: openings(connection, ids))


def _page(request: web.Request) -> int:
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text)):
        raise web.HTTPUnprocessableEntity
    return int(text)


def _now(request: web.Request) -> datetime:
    return request.app[CLOCK]()
