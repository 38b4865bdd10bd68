"""Staffing: next week's hours, what piles up with so many people, and live chat."""

from dataclasses import replace
from datetime import date, datetime

from aiohttp import web

from bot.reports.choice import Choice, Cohort
from bot.reports.forecast import WEEKS, Shift, expected
from bot.reports.hours import Calendar
from bot.reports.plan import USUAL_HANDLING, Plan, basis, plan
from bot.reports.report import Window
from bot.store.log import first_heard
from bot.web.keys import CONFIG, DATABASE
from bot.web.pages import page
from bot.web.reports import load_chart, query, seam
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.seam import Reader
from bot.web.reports.spans import DAY

MOST_AGENTS, MOST_HANDLING = 500, 86400


async def show(request: web.Request) -> web.Response:
    """The page."""
    reader = seam.reader(request, seam.asked(request))
    asked, made, began_at = await _planned(request, reader)
    return page(
        request,
        "reports/staffing.html",
        **seam.shared(request, reader),
        options=asked.options,
        made=made,
        began_at=began_at,
        chart=load_chart.load_chart(made.loads),
        by_day=load_chart.by_day(made.loads, reader.query.zone),
        weeks=WEEKS,
        given={key: request.query.get(key) or None for key in ("people", "handling")},
    )


async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    asked, made, _ = await _planned(request, seam.reader(request, seam.asked(request)))
    told = seam.told(asked, made)
    for long in ("opened", "chats"):
        told["page"]["basis"].pop(long)
    return web.json_response(told)


async def _planned(request: web.Request, reader: Reader) -> tuple[Cohort, Plan, datetime | None]:
    chosen = reader.query
    people, handling = _given(request)
    asked, measured = await seam.worked_out(request, _past(chosen), basis)
    began_at = await request.app[DATABASE].read(first_heard)
    brand = request.app[CONFIG].brand
    hours = brand.opening_hours(range(chosen.as_of.year - 1, chosen.as_of.year + 2))
    shift = Shift(
        agents=people or max(measured.agents, 1),
        handling_seconds=handling or measured.handling_seconds or USUAL_HANDLING,
        clock=hours or Calendar(),
    )

    def is_holiday(day: date) -> bool:
        return hours is not None and day in hours.holidays and day not in hours.special

    coming, chats = (
        expected(
            opened,
            began_at=began_at or chosen.as_of,
            now=chosen.as_of,
            zone=chosen.zone,
            is_holiday=is_holiday,
        )
        for opened in (measured.opened, measured.chats)
    )
    return asked, plan(measured, coming, chats, shift, chosen.target), began_at


def _given(request: web.Request) -> tuple[int | None, int | None]:
    try:
        return (
            query.number(request.query.get("people"), most=MOST_AGENTS),
            query.number(request.query.get("handling"), most=MOST_HANDLING),
        )
    except WrongFilter as exc:
        raise web.HTTPUnprocessableEntity from exc


def _past(chosen: Query) -> Choice:
    """The asks of the past weeks, whatever days were chosen."""
    today = query.midnight(chosen.as_of, chosen.zone)
    window = Window(start_at=today - WEEKS * 7 * DAY, end_at=today + DAY, as_of=chosen.as_of)
    return replace(chosen.choice(Calendar()), window=window, compared=None)
