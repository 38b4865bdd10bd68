"""The first page: every headline figure of a window."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.reports.behind import ACTORS
from bot.reports.choice import Cohort
from bot.reports.figures import Figures, Point
from bot.reports.groups import grouped
from bot.reports.overview import Overview, overview
from bot.reports.waits import Columns, Measured, Waits, waits_for
from bot.web.keys import CAPABILITIES
from bot.web.pages import page
from bot.web.reports import charts, seam
from bot.web.reports.cells import Cell, Cells, Row
from bot.web.reports.figures import measures
from bot.web.reports.places import place_of_id
from bot.web.reports.seam import Reader
from channels.base import Capabilities

OLDEST = 5


async def show(request: web.Request) -> web.Response:
    """Every figure of a window on one page."""
    reader = seam.reader(request, seam.asked(request))
    wanted = seam.choice(request, reader.query)
    asked, made = await seam.worked_out(request, wanted, overview)
    waiting = [each for each in asked.asks if each.status == "open" and not each.ask.is_unneeded]
    waiting = waiting[:OLDEST]
    said = await seam.first_words(request, waiting)
    return page(
        request,
        "reports/overview.html",
        **seam.shared(request, reader),
        **seam.counted(asked, reader),
        made=made,
        tiles=_tiles(asked, made, reader),
        table=_by_actor(asked, made, reader),
        extras=_extras(made, reader),
        of_channels=by_channel(asked, made, reader),
        polled=_polled(made, request.app[CAPABILITIES]),
        days=charts.day_chart(made.days),
        waiting=[(each, said.get(each.ask.message_ids[0])) for each in waiting],
        **_curve(asked, made),
    )


def _curve(asked: Cohort, made: Overview) -> dict[str, Any]:
    choice = asked.choice
    if choice.measure == "answer":
        lines: list[tuple[str, Sequence[Point]]] = [
            (actor, getattr(made.by_actor, actor).spread.curve) for actor in ACTORS
        ]
        chosen: str = choice.actor
    else:
        lines, chosen = [(choice.measure, made.spread.curve)], choice.measure
    return {
        "curve": charts.curve_chart(lines, chosen),
        "chosen": chosen,
        "curve_table": charts.curve_table(waits_for(asked.counted, choice.measure, choice.actor)),
    }


def _waits(asked: Cohort, group: Sequence[Measured]) -> Waits:
    return waits_for(group, asked.choice.measure, asked.choice.actor)


def headline(asked: Cohort, made: Overview, reader: Reader) -> list[Cell]:
    """The figures that come first, for the chosen actor."""
    waiting = reader.query.asks("open", order="wait")
    return [
        *measures(made.spread, _waits(asked, asked.counted), reader, changes=made.changes),
        Cells(reader.numbers).count("open", made.figures.open, waiting),
    ]


def _tiles(asked: Cohort, made: Overview, reader: Reader) -> list[Cell]:
    query, oldest = reader.query, made.figures.oldest
    place = None if oldest is None else place_of_id(oldest.ask_id)
    return [
        *headline(asked, made, reader),
        Cell(
            key="oldest",
            text=reader.numbers.duration(oldest.seconds)
            if oldest
            else reader.numbers.t("reports.nobody"),
            raw=str(oldest.seconds) if oldest else "",
            n=0 if place is None else 1,
            href="" if place is None else query.link(f"/reports/asks/{place}"),
        ),
    ]


def _by_actor(asked: Cohort, made: Overview, reader: Reader) -> list[Row]:
    """The same figures for bot, human and either, side by side."""
    if asked.choice.measure != "answer":
        return []
    answers = Columns.of(asked.counted)
    return [
        Row(
            name=actor,
            label=reader.numbers.t(f"reports.actor.{actor}"),
            cells=tuple(
                measures(
                    getattr(made.by_actor, actor).spread,
                    answers.answer_waits(actor),
                    reader,
                    actor=actor if actor != "either" else None,
                )
            ),
        )
        for actor in ACTORS
    ]


def by_channel(asked: Cohort, made: Overview, reader: Reader) -> list[Row]:
    """The headline figures of each channel."""
    groups = grouped(asked.counted, lambda each: each.ask.channel)
    return [
        Row(
            name=each.key,
            label=reader.numbers.t.name("channel", each.key),
            cells=tuple(
                measures(each.spread, _waits(asked, groups[each.key]), reader, channel=each.key)
            ),
        )
        for each in made.channels
    ]


def _polled(made: Overview, known: Mapping[str, Capabilities]) -> dict[str, float]:
    """Channels of the report that do not call us, and the seconds between two looks."""
    every = {each.key: known[each.key].poll_interval for each in made.channels if each.key in known}
    return {name: wait.total_seconds() for name, wait in every.items() if wait is not None}


def _extras(made: Overview, reader: Reader) -> list[Cell]:
    """The two other clocks, and the counts of what ended otherwise."""
    cells, query = Cells(reader.numbers), reader.query
    figures: Figures = made.figures
    medians = [
        cells.estimate(
            key,
            spread.median,
            "duration",
            n=spread.n,
            href=query.asks(base, measure=None),
            hits=spread.answered,
            hits_href=query.asks(hit, measure=None),
        )
        for key, spread, base, hit in (
            ("touch", made.touch, "asks", "touched"),
            ("human_wait", made.human_wait, "handed-over", "human"),
        )
    ]
    counts = (
        ("expired", figures.expired, "expired"),
        ("closed", figures.closed_without_reply, "closed"),
        ("unneeded", figures.unneeded, "unneeded"),
        ("other", figures.answered_by_other, "answered-by-other"),
        ("withdrawn", made.withdrawn, "withdrawn"),
    )
    return medians + [
        cells.count(key, count, query.asks(figure))
        for key, count, figure in counts
        if key != "other" or query.actor != "either"
    ]
