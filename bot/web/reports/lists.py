"""Lists of asks: who still waits, and the asks behind a figure."""

from collections.abc import Sequence

from aiohttp import web

from bot.reports.asks import Rules
from bot.reports.behind import UnknownFigure, behind
from bot.reports.choice import Choice, Cohort
from bot.reports.live import Live, live
from bot.reports.report import Window
from bot.reports.waits import Measured
from bot.store.desk import states
from bot.web.keys import CONFIG, DATABASE
from bot.web.pages import page
from bot.web.reports import query, seam
from bot.web.reports.figures import figure_name
from bot.web.reports.query import Query
from bot.web.reports.seam import Reader
from bot.web.reports.spans import DAY

PAGE = 50
ORDERS = ("opened", "wait")


async def unanswered(request: web.Request) -> web.Response:
    """Everybody who waits now, the longest wait first, whatever the window."""
    reader = seam.reader(request, seam.asked(request))
    asked = await seam.cohort(request, still(request, reader.query))
    now = None
    if reader.query.clock == "calendar":
        now = live(asked.asks, as_of=reader.query.as_of, seconds=reader.query.target)
    group = behind(asked.asks, "to-answer")
    return await _list(request, reader, asked, group, "unanswered", right_now=now)


async def listed(request: web.Request) -> web.Response:
    """The asks that one figure counts."""
    reader = seam.reader(request, seam.asked(request))
    asked = await seam.cohort(request, seam.choice(request, reader.query))
    group = group_behind(asked, request.query.get("figure", "asks"))
    if request.query.get("order") == "wait":
        group.sort(key=lambda each: (-each.seconds, each.ask.opened_at, each.ask.id))
    return await _list(request, reader, asked, group, "asks")


def still(request: web.Request, chosen: Query) -> Choice:
    """All who may wait at the instant of *chosen*, whatever its days."""
    # Whole days keep the address of what is remembered the same; older asks have expired.
    since = query.midnight(chosen.as_of - Rules().expiry, chosen.zone)
    until = query.midnight(chosen.as_of, chosen.zone) + DAY
    return Choice(
        window=Window(start_at=since, end_at=until, as_of=chosen.as_of),
        zone=chosen.zone,
        only=chosen.only,
        clock=query.clock_of(chosen, request.app[CONFIG]),
    )


async def _list(
    request: web.Request,
    reader: Reader,
    asked: Cohort,
    group: Sequence[Measured],
    title: str,
    right_now: Live | None = None,
) -> web.Response:
    number, pages = page_number(request), max(-(-len(group) // PAGE), 1)
    if number > pages:
        raise web.HTTPNotFound
    shown = group[(number - 1) * PAGE : number * PAGE]
    said = await seam.first_words(request, shown)
    places = [opening.conversation_id for opening in said.values()]
    filters = {
        key: value
        for key, value in request.query.items()
        if key in {"figure", "as_of", "order"} and value
    }
    return page(
        request,
        "reports/asks.html",
        **seam.shared(request, reader),
        options=asked.options,
        title=title,
        figure=request.query.get("figure", "asks"),
        rows=[(each, said.get(each.ask.message_ids[0])) for each in shown],
        states=await request.app[DATABASE].read(lambda connection: states(connection, places)),
        total=len(group),
        number=number,
        pages=pages,
        filters=filters,
        request_path=request.path,
        figure_name=figure_name(request.query.get("figure", "asks"), reader),
        unneeded=_unneeded(asked),
        order=request.query.get("order", "opened"),
        live=right_now,
    )


def _unneeded(asked: Cohort) -> int:
    return sum(each.ask.is_unneeded and each.status == "open" for each in asked.asks)


def group_behind(asked: Cohort, figure: str) -> list[Measured]:
    """The asks that *figure* counts; answers 422 where there is no such figure."""
    choice = asked.choice
    try:
        return behind(asked.asks, figure, actor=choice.actor, measure=choice.measure)
    except UnknownFigure as exc:
        raise web.HTTPUnprocessableEntity from exc


def page_number(request: web.Request) -> int:
    """Which page of a list is asked for; answers 422 where that is no number."""
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text)):
        raise web.HTTPUnprocessableEntity
    return int(text)
