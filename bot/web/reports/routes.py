"""The addresses of the reports."""

from aiohttp import web

from bot.reports.choice import Answer, answers_json, report_of
from bot.store.agents import Role
from bot.web.auth import signed_in
from bot.web.reports import (
    agents,
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
)
from bot.web.reports.source import Source

TABLES = (agents.PAGE, channels.PAGE, intents.PAGE, targets.PAGE)


def setup(app: web.Application) -> None:
    """Add the reports; who may see them has to be a manager."""
    app[seam.SOURCE] = Source()
    guard = signed_in(Role.MANAGER)
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
        app.router.add_get(path, guard(get))


async def as_json(request: web.Request) -> web.Response:
    """The whole report for programs, as `antiphon report --json` gives it."""
    wanted = seam.choice(request, seam.asked(request))
    asked, made = await seam.worked_out(request, wanted, report_of)
    answer = Answer(report=made, cohort=asked.asks)
    return web.json_response(answers_json([answer], wanted.only.channel))
