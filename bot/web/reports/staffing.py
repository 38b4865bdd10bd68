"""Staffing: next week's hours, what piles up with so many people, and live chat."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.config import Config
from bot.reports.choice import Choice, Cohort
from bot.reports.forecast import WEEKS, Shift, expected
from bot.reports.hours import Calendar
from bot.reports.plan import USUAL_HANDLING, Plan, basis, plan
from bot.reports.report import Window
from bot.store.log import first_heard
from bot.web.keys import CONFIG, DATABASE, KEEPER
from bot.web.pages import page
from bot.web.reports import load_chart, query, seam
from bot.web.reports.cells import Cells, Row, Table
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.seam import Reader
from bot.web.reports.source import Source
from bot.web.reports.spans import DAY

MOST_AGENTS, MOST_HANDLING = 500, 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who is there next week; None: as many, or as fast, as in the past weeks."""

    people: int | None = None
    handling_seconds: int | None = None


async def show(request: web.Request) -> web.Response:
    """The page."""
    reader = seam.reader(request, seam.asked(request))
    asked, made, began_at = await planned(request, reader.query, _given(request))
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
        own={key: request.query[key] for key in ("people", "handling") if request.query.get(key)},
    )


async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    asked, made, _ = await planned(request, seam.asked(request), _given(request))
    return web.json_response(told(asked, made))


def told(asked: Cohort, made: Plan) -> dict[str, Any]:
    """The same for programs, but for each single instant that it was worked out from."""
    said = seam.told(asked, made)
    for long in ("opened", "chats"):
        said["page"]["basis"].pop(long)
    return said


def team(given: Mapping[str, str]) -> Team:
    """How many people, and how long each answer keeps one busy. Raises WrongFilter."""
    return Team(
        people=query.number(given.get("people"), most=MOST_AGENTS),
        handling_seconds=query.number(given.get("handling"), most=MOST_HANDLING),
    )


async def planned(
    request: web.Request, chosen: Query, team: Team
) -> tuple[Cohort, Plan, datetime | None]:
    """Plan next week for a *team*; also when the log began, None if it has not."""
    await request.app[KEEPER].catch_up()
    source, config = request.app[seam.SOURCE], request.app[CONFIG]
    return await request.app[DATABASE].read(
        lambda connection: plan_of(connection, source, chosen, config, team)
    )


def plan_of(
    connection: Connection, source: Source, chosen: Query, config: Config, team: Team
) -> tuple[Cohort, Plan, datetime | None]:
    """The same from a database."""
    asked, measured = source.worked_out(connection, _past(chosen), basis)
    began_at = first_heard(connection)
    brand = config.brand
    hours = brand.opening_hours(range(chosen.as_of.year - 1, chosen.as_of.year + 2))
    shift = Shift(
        agents=team.people or max(measured.agents, 1),
        handling_seconds=team.handling_seconds or measured.handling_seconds or USUAL_HANDLING,
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


def tables(made: Plan, reader: Reader) -> list[Table]:
    """Next week as tables: all of it, and day by day."""
    cells, numbers = Cells(reader.numbers), reader.numbers
    whole = Row(
        name="all",
        label=numbers.t("reports.staffing.week"),
        cells=(
            cells.plain("people", numbers.count(made.agents), made.agents),
            cells.plain("in_time", numbers.share(made.in_time), made.in_time),
            cells.plain("expected", numbers.count(round(made.expected)), made.expected),
            cells.count("open", made.basis.waiting, reader.query.link("/reports/unanswered")),
        ),
    )
    days = [
        Row(
            name=str(each.day),
            label=reader.at.day(each.day),
            cells=(
                cells.plain("expected", numbers.decimal(each.expected), each.expected),
                cells.plain("capacity", numbers.decimal(each.capacity), each.capacity),
                cells.plain("left", numbers.decimal(each.backlog), each.backlog),
            ),
        )
        for each in load_chart.by_day(made.loads, reader.query.zone)
    ]
    return [
        Table(key="staffing_whole", first="span", rows=(whole,)),
        Table(key="staffing_days", first="day", rows=tuple(days)),
    ]


def _given(request: web.Request) -> Team:
    try:
        return team(request.query)
    except WrongFilter as exc:
        raise web.HTTPUnprocessableEntity from exc


def _past(chosen: Query) -> Choice:
    """The asks of the past weeks, whatever days were chosen."""
    today = query.midnight(chosen.as_of, chosen.zone)
    window = Window(start_at=today - WEEKS * 7 * DAY, end_at=today + DAY, as_of=chosen.as_of)
    return replace(chosen.choice(Calendar()), window=window, compared=None)
