"""Asks and tallies kept current are those of a recomputation, whatever came in which order."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from bot.reports.asks import asks as paired
from bot.reports.closed import Facets, tallies
from bot.reports.tally import Tally
from bot.store import asks, upkeep
from bot.store.database import Database
from bot.store.log import report_events
from bot.store.tables import ask_tallies
from bot.store.tables import asks as kept_asks
from tests.history import ramble

TAIPEI = ZoneInfo("Asia/Taipei")
END = datetime.fromisoformat("2026-03-12T10:00:00+08:00")
FAR = END + timedelta(days=8)


async def catch_up(database: Database, now: datetime) -> int:
    """Take all steps; returns how many."""
    for steps in range(200):
        step = await database.read(lambda it: upkeep.plan(it, zone=TAIPEI, now=now))
        if step is None:
            return steps
        assert await database.write(lambda it, step=step: upkeep.carry_out(it, step))  # type: ignore[misc]
    raise AssertionError("the upkeep never ends")


def proved(connection: Connection, now: datetime) -> None:
    """What is kept is what follows from the log."""
    expected = paired(report_events(connection, until=now))
    rows = connection.execute(select(kept_asks).order_by(kept_asks.c.first_message)).all()
    assert [asks.loaded(row.ask) for row in rows] == sorted(expected, key=asks.first_message)
    ended = [ask for ask in expected if ask.status(now) != "open"]
    assert sum(row.ended_at is not None for row in rows) == len(ended)
    found = {
        Facets(*row[:-1]): Tally.load([row.cells])
        for row in connection.execute(select(ask_tallies))
    }
    assert found == tallies(ended, zone=TAIPEI, as_of=now)


@pytest.mark.parametrize("seed", range(4))
async def test_a_log_in_pieces_gives_other_asks_than_as_a_whole(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "STEP", 7)
    await database.write(lambda connection: ramble(connection, seed, until=END))

    assert await catch_up(database, END) > 10
    await database.read(lambda connection: proved(connection, END))
    assert await catch_up(database, FAR) > 0
    await database.read(lambda connection: proved(connection, FAR))
    assert await catch_up(database, FAR) == 0
