"""What a saved view shows, ready for a reader who is not at the page."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.config import Config
from bot.reports.choice import Choice, Cohort
from bot.reports.overview import overview
from bot.reports.report import Window
from bot.web.reports import agents, channels, intents, query, targets
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
PAGES = ("", "times", *TABLES)


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


def tables_of(
    connection: Connection, source: Source, page: str, choice: Choice, reader: Reader
) -> tuple[Cohort, list[Table]]:
    """The asks of a view, and its figures as tables; *times* has those of the overview."""
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
