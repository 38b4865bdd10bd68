"""The addresses of the reports."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from aiohttp import web

from bot.reports.choice import Answer, answers_json, report_of
from bot.store.agents import Role
from bot.web.auth import Handler, signed_in
from bot.web.keys import CLOCK, CONFIG, DATABASE, KEEPER
from bot.web.reports import (
    agents,
    alarms,
    channels,
    engagement,
    files,
    intents,
    linked,
    lists,
    long,
    one_ask,
    overview,
    peers,
    seam,
    staffing,
    targets,
    times,
    views,
)
from bot.web.reports.alarms import with_alarms
from bot.web.reports.mailing import Mailing
from bot.web.reports.source import Source

# Answers for programs and spreadsheets, which have no place for a banner.
_FILES = (".json", ".csv")
TABLES = (agents.PAGE, channels.PAGE, intents.PAGE, targets.PAGE)


def setup(app: web.Application) -> None:
    """Add the reports; who may see them has to be a manager."""
    app[seam.SOURCE] = Source()
    app[files.WORKBOOKS] = asyncio.Lock()
    guard = signed_in(Role.MANAGER)
    _views(app, guard)
    for path, get in (
        ("/reports", overview.show),
        ("/reports/report.json", as_json),
        ("/reports/times", times.show),
        ("/reports/times.json", times.as_json),
        ("/reports/long", long.show),
        ("/reports/long.json", long.as_json),
        ("/reports/peers", peers.show),
        ("/reports/peers.json", peers.as_json),
        ("/reports/peers/{peer:[a-z]{1,20}}/{figure:[a-z_]{1,40}}", peers.listed),
        ("/reports/unanswered", lists.unanswered),
        ("/reports/asks", lists.listed),
        *((f"/reports/{each.kind}.{each.format}", each.get) for each in files.EVERY),
        ("/reports/asks/{id:[0-9]{1,18}}", one_ask.show),
        ("/reports/engagement", engagement.show),
        ("/reports/engagement.json", engagement.as_json),
        ("/reports/replies", linked.listed),
        ("/reports/replies.csv", linked.as_csv),
        ("/reports/staffing", staffing.show),
        ("/reports/staffing.json", staffing.as_json),
        *((f"/reports/{each.name}", each.page) for each in TABLES),
        *((f"/reports/{each.name}.json", each.json) for each in TABLES),
    ):
        app.router.add_get(path, guard(get if path.endswith(_FILES) else with_alarms(get)))


def _views(app: web.Application, guard: Callable[[Handler], Handler]) -> None:
    app[views.MAILING] = Mailing(
        name=f"pages:{uuid4().hex[:8]}",
        config=app[CONFIG],
        database=app[DATABASE],
        keeper=app[KEEPER],
        clock=app[CLOCK],
    )
    one = "/reports/views/{id:[0-9]{1,18}}"
    app.router.add_get("/reports/views", guard(with_alarms(views.show)))
    app.router.add_get("/reports/alarms/{id:[0-9]{1,18}}", guard(with_alarms(alarms.show)))
    for path, post in (
        ("/reports/views", views.save),
        (f"{one}/name", views.rename),
        (f"{one}/mail", views.mail),
        (f"{one}/test", views.test),
        (f"{one}/watch", views.watch),
        (f"{one}/alarm", views.alarm),
        (f"{one}/remove", views.remove),
        ("/reports/alarms/{id:[0-9]{1,18}}/acknowledge", alarms.acknowledge),
    ):
        app.router.add_post(path, guard(post))


async def as_json(request: web.Request) -> web.Response:
    """The whole report for programs, as `antiphon report --json` gives it."""
    wanted = seam.choice(request, seam.asked(request))
    asked, made = await seam.worked_out(request, wanted, report_of)
    answer = Answer(report=made, cohort=asked.asks)
    return web.json_response(answers_json([answer], wanted.only.channel))
