"""Statements past SQLAlchemy say the same as through it, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.store.database import Database
from bot.store.dialect import among, insert_new
from bot.store.prepared import LARGEST, fetch, insert_counted, run, run_many
from bot.store.tables import events
from bot.store.tables import inbox as inbox_table

NOW = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
DATA = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT)


def line(at: int, **changes: Any) -> dict[str, Any]:
    """One row of the log of events."""
    moment = NOW + timedelta(seconds=at)
    return {"type": f"t{at}", "at": moment, "actor": "bot", "data": {"at": at}} | changes


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.lists(DATA, min_size=1, max_size=2 * LARGEST + 3), actor=TEXT)
async def test_what_is_written_many_at_once_reads_otherwise_than_it_was(
    database: Database, data: list[dict[str, Any]], actor: str
) -> None:
    rows = [line(at, data=each, actor=actor) for at, each in enumerate(data)]
    insert = events.insert()
    query = select(events.c.type, events.c.at, events.c.data, events.c.actor).order_by(events.c.id)

    await database.write(lambda connection: connection.execute(delete(events)).rowcount)
    await database.write(lambda connection: run_many(connection, insert, rows))

    expected = [(row["type"], row["at"], row["data"], row["actor"]) for row in rows]
    assert [tuple(row) for row in await database.read(lambda c: fetch(c, query))] == expected
    plain = await database.read(lambda connection: connection.execute(query).all())
    assert [tuple(row) for row in plain] == expected


async def test_an_update_of_many_rows_changes_another_row_or_miscounts(database: Database) -> None:
    rows = [line(at) for at in range(100)]
    changing = (
        update(events)
        .where(events.c.type == bindparam("kind"), events.c.actor != "nobody")
        .values(actor=bindparam("who"), conversation_id=None, data=bindparam("what"))
    )
    await database.write(lambda connection: run_many(connection, events.insert(), rows))

    told = [
        {"kind": f"t{at}", "who": f"agent:{at}?", "what": {"?": [at]}} for at in range(0, 120, 3)
    ]
    changed = await database.write(lambda connection: run_many(connection, changing, told))

    query = select(events.c.type, events.c.actor, events.c.data).order_by(events.c.id)
    found = await database.read(lambda connection: fetch(connection, query))
    if database.dialect == "sqlite":
        assert changed == 34
    assert [tuple(row) for row in found] == [
        (f"t{at}", "bot" if at % 3 else f"agent:{at}?", {"at": at} if at % 3 else {"?": [at]})
        for at in range(100)
    ]


@pytest.mark.parametrize("kinds", [[], ["t1"], ["t3", "t1", "none"]])
async def test_among_finds_others_than_those_that_were_named(
    database: Database, kinds: list[str]
) -> None:
    await database.write(
        lambda connection: run_many(connection, events.insert(), [line(at) for at in range(5)])
    )
    query = select(events.c.type).where(among(events.c.type, "kinds")).order_by(events.c.id)
    silence = update(events).where(among(events.c.type, "kinds")).values(actor="nobody")

    found = await database.read(lambda connection: fetch(connection, query, {"kinds": kinds}))
    changed = await database.write(lambda connection: run(connection, silence, {"kinds": kinds}))

    wanted = sorted({"t0", "t1", "t2", "t3", "t4"} & set(kinds))
    assert [row.type for row in found] == wanted
    assert changed == len(wanted)


async def test_a_row_that_is_there_already_is_counted_as_new(database: Database) -> None:
    def stored(connection: Any, ids: range) -> int:
        shared = {
            "channel": "line",
            "account": "a",
            "partition": 0,
            "conversation": "",
            "kind": "x",
        }
        state = {"event": None, "received_at": NOW, "state": "done", "tries": 0}
        rows = [{"event_id": str(id)} | shared | state for id in ids]
        return insert_counted(connection, inbox_table, rows)

    assert await database.write(lambda connection: stored(connection, range(70))) == 70
    assert await database.write(lambda connection: stored(connection, range(60, 75))) == 5


async def test_a_refused_row_is_no_error_of_its_own_kind(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await database.write(
            lambda connection: run_many(connection, events.insert(), [line(1, actor=None)])
        )


async def test_a_group_that_failed_leaves_half_of_itself_behind(database: Database) -> None:
    def half(connection: Any) -> None:
        run_many(connection, events.insert(), [line(1)])
        raise OperationalError("x", None, Exception("broken"))

    with pytest.raises(Exception, match="broken"):
        await database.write(half)

    assert await database.read(lambda c: fetch(c, select(events.c.id))) == []
    assert await database.write(lambda c: run_many(c, insert_new(c, events), [line(2)])) == 1
