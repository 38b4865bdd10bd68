"""Response time: the curve, its percentiles over time, the hours of the week."""

from typing import Any

from aiohttp import web

from bot.reports.choice import Cohort
from bot.reports.times import Hour, Times, times
from bot.reports.waits import waits_for
from bot.web.pages import page
from bot.web.reports import charts, seam, week_chart
from bot.web.reports.figures import measures
from bot.web.reports.seam import Reader


async def show(request: web.Request) -> web.Response:
    """The page."""
    reader = seam.reader(request, seam.asked(request))
    layer = request.query.get("layer") or week_chart.LAYERS[0]
    if layer not in week_chart.LAYERS:
        raise web.HTTPUnprocessableEntity
    asked, made = await seam.worked_out(request, seam.choice(request, reader.query), times)
    return page(
        request,
        "reports/times.html",
        **seam.shared(request, reader),
        **seam.counted(asked, reader),
        made=made,
        cells=_cells(asked, made, reader),
        chosen=_line(asked),
        curve=charts.curve_chart([(_line(asked), made.whole.spread.curve)], _line(asked)),
        curve_table=charts.curve_table(
            waits_for(asked.counted, asked.choice.measure, asked.choice.actor)
        ),
        percentiles=week_chart.percentiles(made.periods),
        week=week_chart,
        squares=week_chart.week(made.week, layer),
        layer=layer,
        hour_href=lambda hour: _href(hour, reader),
    )


async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    wanted = seam.choice(request, seam.asked(request))
    return web.json_response(seam.told(*await seam.worked_out(request, wanted, times)))


def _line(asked: Cohort) -> str:
    choice = asked.choice
    return choice.actor if choice.measure == "answer" else choice.measure


def _cells(asked: Cohort, made: Times, reader: Reader) -> Any:
    changes = {asked.choice.target_seconds: made.whole.change}
    return measures(
        made.whole.spread,
        waits_for(asked.counted, asked.choice.measure, asked.choice.actor),
        reader,
        changes=changes,
    )


def _href(hour: Hour, reader: Reader) -> str:
    return reader.query.asks("asks", weekday=hour.weekday, hour=hour.hour)
