"""Whoever wants to be forgotten is, wherever they wrote; others and the figures stay."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from bot.reports.asks import asks
from bot.store import contacts
from bot.store.database import Database
from bot.store.log import report_events
from bot.store.tables import conversations, metadata
from channels.messages import Surface
from tests.history import History

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATER = START + timedelta(days=30)
ANN, BOB = "ann-7318846290154403", "bob-7318846290154404"
SECRET = "我住在光復南路七號，電話 0912-345-678"
OTHER = "我也想知道，謝謝"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def tell(connection: Connection) -> None:
    """Ann writes in private and below two posts, where Bob writes, too."""
    history = History(connection, START, _ids=count(1))
    history.says("dm", SECRET, at(0), channel="page_comments", contact=ANN, bot={})
    for post in ("p", "q"):
        place: dict[str, Any] = {
            "channel": "page_comments",
            "surface": Surface.COMMENT,
            "post": post,
            "root": f"{post}1",
        }
        history.says(f"{post}/{post}1", SECRET, at(1), contact=ANN, bot={}, **place)
        history.says(f"{post}/{post}1", OTHER, at(2), contact=BOB, **place)
        history.says(f"{post}/{post}1", "謝謝", at(3), contact=ANN, **place)


def everything(connection: Connection) -> str:
    """All that stands in the database."""
    return repr([connection.execute(select(table)).all() for table in metadata.sorted_tables])


async def forget(database: Database, who: str) -> int:
    forgotten = await database.write(
        lambda connection: contacts.forget(
            connection, channel="page_comments", account="shop", contact_id=who, at=LATER
        )
    )
    await database.scrub()
    return forgotten


async def test_somebody_is_forgotten_in_private_only_or_others_with_them(
    database: Database,
) -> None:
    await database.write(tell)

    assert await forget(database, ANN) == 6
    left = await database.read(everything)

    assert ANN not in left
    assert "光復南路" not in left
    assert "0912" not in left
    assert left.count(OTHER) >= 2
    assert BOB in left
    assert await forget(database, "nobody") == 0


async def test_a_byte_search_finds_what_was_forgotten(tmp_path: Path) -> None:
    from bot.store import schema
    from bot.store.database import sqlite_url

    database = Database(sqlite_url(tmp_path))
    schema.prepare(database.engine)
    database.start()
    await database.write(tell)
    await forget(database, ANN)

    found = holders(tmp_path)
    await database.close()

    assert found == []


def holders(folder: Path) -> list[str]:
    """The files that still hold something of Ann's."""
    words = [word.encode() for word in (ANN, "光復南路", "0912-345-678")]
    return [
        file.name for file in folder.iterdir() if any(word in file.read_bytes() for word in words)
    ]


async def test_forgetting_somebody_changes_the_figures_of_the_past(database: Database) -> None:
    def counted(connection: Connection) -> list[tuple[Any, ...]]:
        found = asks(report_events(connection, until=LATER))
        return sorted((ask.opened_at, ask.answered_at, ask.channel) for ask in found)

    await database.write(tell)
    before = await database.read(counted)

    await forget(database, ANN)

    assert await database.read(counted) == before
    assert len(before) > 3


async def test_a_forgotten_author_keeps_their_name_on_the_thread(database: Database) -> None:
    await database.write(tell)
    await database.write(
        lambda c: (
            c.execute(text("UPDATE conversations SET contact_name = 'Ann Wonderful'")).rowcount
        )
    )

    await forget(database, ANN)

    names = select(conversations.c.contact_name, conversations.c.contact_id)
    rows = await database.read(lambda connection: connection.execute(names).all())
    assert {tuple(row) for row in rows} == {(None, "")}
