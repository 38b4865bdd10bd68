"""Beyond the response: links and orders, opinions in public, who asks what where; no causes."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.reports.engagement import FACETS, Engagement, Facet, Linked, OfLinks, engagement, links
from bot.reports.engagement import Links as OfReplies
from bot.reports.only import NOTHING
from bot.reports.report import plain
from bot.store import counted
from bot.store.counted import Reply
from bot.web.keys import DATABASE
from bot.web.pages import page
from bot.web.reports import seam
from bot.web.reports.cells import Cells, Row, Table
from bot.web.reports.linked import chosen, listed_at, worth
from bot.web.reports.opinions import opinions, segments
from bot.web.reports.seam import Reader

_NAMED = {"intent": "intent", "channel": "channel", "author": "reports.actor"}


async def show(request: web.Request) -> web.Response:
    """The page."""
    reader = seam.reader(request, seam.asked(request))
    wanted = replace(seam.choice(request, reader.query), compared=None)
    asked, made = await seam.worked_out(request, wanted, engagement)
    replies, refused = await _read(request, reader)
    return page(
        request,
        "reports/engagement.html",
        **seam.shared(request, reader),
        **seam.counted(asked, reader) | {"empty": not (asked.asks or replies or refused)},
        here="engagement",
        replies_csv=reader.query.link("/reports/replies.csv", as_of=reader.query.as_of_text),
        tables=_tables(made, links(_linked(replies)), refused, reader),
    )


async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    reader = seam.reader(request, seam.asked(request))
    wanted = replace(seam.choice(request, reader.query), compared=None)
    told = seam.told(*await seam.worked_out(request, wanted, engagement))
    replies, refused = await _read(request, reader)
    made = {"links": plain(asdict(links(_linked(replies)))), "refused": refused}
    return web.json_response(told | made)


async def _read(request: web.Request, reader: Reader) -> tuple[list[Reply], dict[str, int]]:
    query = reader.query

    def read(connection: Connection) -> tuple[list[Reply], dict[str, int]]:
        days = query.first.toordinal(), query.last.toordinal()
        return chosen(connection, request), counted.refusals(connection, days=days)

    return await request.app[DATABASE].read(read)


def _linked(replies: Sequence[Reply]) -> list[Linked]:
    return [
        Linked(
            channel=reply.channel,
            intent=reply.intent,
            template=reply.template,
            author=reply.author,
            clicks=reply.clicks,
            orders=reply.values,
        )
        for reply in replies
    ]


def _tables(
    made: Engagement, followed: OfReplies, refused: dict[str, int], reader: Reader
) -> list[Table]:
    whole = _row(followed.whole, reader.numbers.t("reports.engagement.all"), reader)
    rows = (whole,) if followed.whole.replies else ()
    tables = [Table(key="links", first="replies", rows=rows)]
    if rows:
        tables += [
            Table(
                key=f"links_{facet}",
                first=facet,
                rows=tuple(
                    _row(each, _label(facet, each.key, reader), reader, **{facet: each.key})
                    for each in followed.by[facet]
                ),
            )
            for facet in FACETS
        ]
    if refused:
        tables.append(_refused(refused, reader))
    return [*tables, *opinions(made, reader), segments(made, reader)]


def _row(of: OfLinks, label: str, reader: Reader, **more: Any) -> Row:
    cells, numbers = Cells(reader.numbers), reader.numbers
    everything = listed_at(reader.query, "linked", **more)
    return Row(
        name=of.key,
        label=label,
        cells=(
            cells.count("linked", of.replies, everything),
            cells.estimate(
                "clicked",
                of.clicked_share,
                "share",
                n=of.replies,
                href=everything,
                hits=of.clicked,
                hits_href=listed_at(reader.query, "clicked", **more),
            ),
            cells.estimate(
                "led",
                of.led_share,
                "share",
                n=of.replies,
                href=everything,
                hits=of.led,
                hits_href=listed_at(reader.query, "led", **more),
            ),
            cells.plain("orders", numbers.count(of.orders), of.orders),
            cells.plain("signed", numbers.count(of.signed), of.signed),
            cells.plain("worth", worth(of.values, reader), None),
        ),
    )


def _refused(refused: dict[str, int], reader: Reader) -> Table:
    numbers = reader.numbers
    rows = tuple(
        Row(
            name=verdict,
            label=numbers.t(f"reports.verdict.{verdict}"),
            cells=(Cells(numbers).plain("refused", numbers.count(count), count),),
        )
        for verdict, count in sorted(refused.items())
    )
    return Table(key="refused", first="verdict", rows=rows)


def _label(facet: Facet, key: str, reader: Reader) -> str:
    t = reader.numbers.t
    if key == NOTHING:
        return t("reports.engagement.no_template" if facet == "template" else "reports.nothing")
    return t.name(_NAMED[facet], key) if facet in _NAMED else key
