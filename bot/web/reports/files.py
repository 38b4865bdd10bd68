"""Files for spreadsheets: the asks, and the conversations, as CSV and as a workbook."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.reports.choice import Cohort
from bot.reports.csv import Cell, to_csv
from bot.reports.report import flat
from bot.reports.waits import Measured
from bot.reports.xlsx import Sheet, TooManyRows, to_xlsx
from bot.web.keys import CONFIG
from bot.web.pages import language_of
from bot.web.reports import lists, names, rows, seam
from bot.web.reports.figures import figure_name
from bot.web.reports.rows import People, Row
from bot.web.reports.seam import Reader

Kind = Literal["asks", "conversations"]
Format = Literal["csv", "xlsx"]
# A workbook of many rows takes a processor for seconds: who asks for another waits for the first.
WORKBOOKS = web.AppKey("WORKBOOKS", asyncio.Lock)
TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that one may download from a page."""

    kind: Kind
    format: Format

    async def get(self, request: web.Request) -> web.Response:
        """All asks of the window, or its conversations, unless a figure is named."""
        chosen = seam.asked(request)
        asked = await seam.cohort(request, seam.choice(request, chosen))
        figure = request.query.get("figure", "all")
        group = lists.group_behind(asked, figure)
        people: People = "words" if request.query.get("words") == "yes" else "ids"
        reader = seam.reader(request, chosen)
        found = await found_rows(request, self.kind, group, asked, people)
        try:
            return await written(request, self, found, people, asked, reader, figure)
        except TooManyRows as exc:
            raise web.HTTPUnprocessableEntity from exc


async def found_rows(
    request: web.Request, kind: Kind, group: Sequence[Measured], asked: Cohort, people: People
) -> list[Row]:
    """The rows of a *kind* for the asks of *group*, as known to *asked*."""
    if kind == "asks":
        return await rows.asks(request, group, people=people)
    as_of = asked.choice.window.as_of
    return await rows.conversations(request, group, as_of=as_of, people=people)


async def written(
    request: web.Request,
    file: File,
    found: Sequence[Row],
    people: People,
    asked: Cohort,
    reader: Reader,
    figure: str,
) -> web.Response:
    """The answer that carries *found* as a file. Raises TooManyRows."""
    table = [flat(row) for row in found]
    columns = list(table[0]) if table else rows.columns(file.kind, people)
    if file.format == "csv":
        body = await asyncio.to_thread(lambda: to_csv(table, columns=columns).encode())
    else:
        t = reader.numbers.t
        sheet = Sheet(
            name=t(f"file.{file.kind}"),
            headings={name: t(f"file.column.{name}") for name in columns},
            rows=table,
        )
        facts = about(request, file.kind, len(table), asked, reader, figure)
        async with request.app[WORKBOOKS]:
            body = await asyncio.to_thread(
                to_xlsx, sheet, about=facts, about_name=t("file.about"), zone=reader.query.zone
            )
    query = reader.query
    name = f"{file.kind}-{query.first}-{query.last}.{file.format}"
    return web.Response(
        body=body,
        content_type=TYPES[file.format],
        charset="utf-8" if file.format == "csv" else None,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def about(
    request: web.Request, kind: Kind, count: int, asked: Cohort, reader: Reader, figure: str
) -> list[tuple[str, Cell]]:
    """What the second sheet says: what was chosen, how much it is, how it is counted."""
    t, query = reader.numbers.t, reader.query
    of = seam.counted(asked, reader)
    narrowed = names.chosen(query.only, t, reader.at)
    facts: list[tuple[str, Cell]] = [
        (t("file.brand"), request.app[CONFIG].brand.name_in(language_of(request))),
        (t("file.holds"), t(f"file.{kind}")),
        (t("reports.filter.from"), query.first),
        (t("reports.filter.to"), query.last),
        (t("file.as_of"), query.as_of),
        (t("file.zone"), query.zone.key),
        (t("reports.filter.clock"), t(f"reports.clock.{query.clock}")),
        (t("file.figure"), figure_name(figure, reader)),
        *((what, which) for what, which in narrowed),
        (t("file.rows"), count),
        (t("file.n"), of["n"]),
        (t("file.withdrawn"), len(asked.asks) - len(asked.counted)),
        (t("file.how"), t(f"file.how_{kind}")),
        (t("file.seconds"), t("file.how_seconds")),
        (t("file.instants"), t("file.how_instants", zone=query.zone.key)),
    ]
    return facts


EVERY = tuple(
    File(kind=kind, format=format)
    for kind in ("asks", "conversations")
    for format in ("csv", "xlsx")
)
