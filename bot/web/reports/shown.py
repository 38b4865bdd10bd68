"""What a saved view shows, ready for a reader who is not at the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.config import Config
from bot.reports.behind import behind
from bot.reports.choice import Choice, Cohort
from bot.reports.csv import Cell
from bot.reports.overview import overview
from bot.reports.report import Window, columns_of_asks, rows_of
from bot.store.views import View
from bot.web.reports import agents, channels, intents, long, peers, query, staffing, targets
from bot.web.reports.cells import Row, Table
from bot.web.reports.instants import At
from bot.web.reports.numbers import Numbers
from bot.web.reports.overview import by_channel, headline
from bot.web.reports.query import Query
from bot.web.reports.seam import Reader
from bot.web.reports.source import Source
from bot.web.reports.tables import TablePage
from bot.web.words import words

TABLES: Mapping[str, TablePage] = {
    page.name: page for page in (agents.PAGE, channels.PAGE, intents.PAGE, targets.PAGE)
}
# Pages that can be saved, by the last word of their address; the first is the overview.
PAGES = ("", "times", *TABLES, "long", "staffing", "peers")
FIGURE_COLUMNS = ("table", "row", "figure", "value", "interval", "n")
_OWN = {"staffing": ("people", "handling")}


def path_of(page: str) -> str:
    """The address of a page."""
    return f"/reports/{page}" if page else "/reports"


def query_of(filters: Mapping[str, str], config: Config, as_of: datetime) -> Query:
    """What saved filters ask for at an instant. Raises WrongFilter."""
    instant = as_of.replace(microsecond=0)
    return query.read({**filters, "as_of": instant.isoformat()}, config, now=instant)


def reader_of(chosen: Query, language: str) -> Reader:
    """Somebody who reads *language*."""
    numbers = Numbers(words(language))
    return Reader(query=chosen, numbers=numbers, at=At(chosen.zone, language))


def choice_of(chosen: Query, config: Config, window: Window | None = None) -> Choice:
    """What is looked at; another *window* is compared with nothing."""
    choice = chosen.choice(query.clock_of(chosen, config))
    return choice if window is None else replace(choice, window=window, compared=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A view's figures as tables, the lines above them, and its *rows* as a file called *file*."""

    lines: tuple[str, ...]
    tables: Sequence[Table]
    rows: Sequence[Mapping[str, Cell]]
    columns: Sequence[str]
    file: str


def told(
    connection: Connection, source: Source, view: View, config: Config, reader: Reader
) -> Told:
    """What a view shows to *reader*. Raises WrongFilter."""
    chosen, t, at = reader.query, reader.numbers.t, reader.at
    days = t("reports.mail.days", first=at.day(chosen.first), last=at.day(chosen.last))
    match view.page:
        case "long":
            made, _ = long.long_of(connection, chosen)
            return _figures(view.page, long.tables(made, reader), reader, days)
        case "peers":
            seen = peers.peers_of(connection, chosen, config)
            return _figures(view.page, peers.tables(seen, reader), reader, days)
        case "staffing":
            team = staffing.team(view.filters)
            _, plan, _ = staffing.plan_of(connection, source, chosen, config, team)
            return _figures(view.page, staffing.tables(plan, reader), reader)
    asked, tables = _counted(connection, source, view.page, choice_of(chosen, config), reader)
    counted = t("reports.mail.counted", n=reader.numbers.count(len(asked.counted)))
    return Told(
        lines=(days, counted),
        tables=tables,
        rows=rows_of(behind(asked.asks, "all")),
        columns=columns_of_asks(),
        file=f"asks-{chosen.first}-{chosen.last}.csv",
    )


def own(page: str, filters: Mapping[str, str]) -> dict[str, str]:
    """Filters that only this page knows."""
    return {name: filters[name] for name in _OWN.get(page, ()) if filters.get(name)}


def figures_rows(tables: Iterable[Table]) -> list[dict[str, Cell]]:
    """Tables as rows of a file, one for each figure."""
    return [
        {
            "table": table.key,
            "row": row.name,
            "figure": cell.key,
            "value": _number(cell.raw),
            "interval": cell.interval,
            "n": cell.n if cell.sort else None,
        }
        for table in tables
        for row in table.rows
        for cell in row.cells
    ]


def _number(raw: str) -> Cell:
    # As text a spreadsheet would not add it up.
    return None if not raw else int(raw) if raw.isdigit() else float(raw)


def _figures(page: str, tables: Sequence[Table], reader: Reader, *lines: str) -> Told:
    day = reader.query.as_of.astimezone(reader.query.zone).date()
    return Told(
        lines=lines,
        tables=tables,
        rows=figures_rows(tables),
        columns=FIGURE_COLUMNS,
        file=f"{page}-{day}.csv",
    )


def _counted(
    connection: Connection, source: Source, page: str, choice: Choice, reader: Reader
) -> tuple[Cohort, list[Table]]:
    # *times* has the figures of the overview.
    if page in TABLES:
        of = TABLES[page]
        wanted = choice if of.compares else replace(choice, compared=None)
        asked, made = source.worked_out(connection, wanted, of.work)
        return asked, list(of.show(made, reader))
    asked, seen = source.worked_out(connection, choice, overview)
    everything = Row(
        name="all",
        label=reader.numbers.t("reports.mail.all"),
        cells=tuple(headline(asked, seen, reader)),
    )
    return asked, [
        Table(key="tiles", first="channel", rows=(everything,)),
        Table(key="channels", first="channel", rows=tuple(by_channel(asked, seen, reader))),
    ]
