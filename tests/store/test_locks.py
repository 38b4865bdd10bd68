"""A process that froze in the middle of a transaction does not hold its locks for ever."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, select, text, update

from bot.store import schema
from bot.store.database import Database, StoreUnavailable, engine
from bot.store.prepared import run_many
from bot.store.tables import workers
from tests.postgres import new_database
from tests.turns import NOW

NAMES = [{"name": f"node:{number}", "seen_at": NOW} for number in range(3)]


@pytest.mark.parametrize("last", ["one row", "many rows"])
async def test_a_frozen_transaction_keeps_others_waiting(
    monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    url = new_database()
    patient = engine(url)
    schema.prepare(patient)
    patient.dispose()
    monkeypatch.setattr("bot.store.database.IDLE_MS", 1000)
    frozen, over = threading.Event(), threading.Event()
    database = Database(url)
    database.start()
    await database.write(lambda connection: run_many(connection, workers.insert(), NAMES))

    def freeze(connection: Connection) -> None:
        row = select(workers).where(workers.c.name == "node:0").with_for_update()
        connection.execute(row)
        if last == "many rows":
            more = [row | {"name": f"{row['name']}:{last}"} for row in NAMES]
            run_many(connection, workers.insert(), more)
        frozen.set()
        over.wait()

    freezing = asyncio.ensure_future(database.write(freeze))
    await asyncio.to_thread(frozen.wait)
    try:
        await asyncio.to_thread(_write, database)
    finally:
        over.set()
        with pytest.raises(StoreUnavailable):
            await freezing
        await database.close()


def _write(database: Database) -> None:
    """What another process does to the row that the frozen one has locked."""
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        connection.execute(update(workers).where(workers.c.name == "node:0").values(seen_at=NOW))
