"""The inbox keeps every event once, whatever else happens."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from bot.store import inbox
from bot.store.database import Database, StoreUnavailable
from bot.store.inbox import Arrival
from bot.store.tables import bodies
from bot.store.tables import inbox as table
from tests.events import message

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ALL = range(inbox.PARTITIONS)


def arrival(*ids: str, body: bytes = b"{}") -> Arrival:
    events = [message(id, at=NOW) for id in ids]
    return Arrival(channel="messenger", account="shop", body=body, events=events, received_at=NOW)


def pending(connection: Connection) -> list[str]:
    rows = inbox.pending(connection, owned=ALL, after=0, limit=100, now=NOW)
    return [row.event.event_id for row in rows if not isinstance(row.event, inbox.Unreadable)]


async def test_an_event_delivered_twice_is_stored_once(database: Database) -> None:
    first = await database.submit(inbox.add, arrival("a", "b"))
    again = await database.submit(inbox.add, arrival("b", "a", "c"))

    assert (first, again) == (0, 2)
    assert sorted(await database.read(pending)) == ["a", "b", "c"]


async def test_messages_of_one_body_are_decided_in_the_order_of_their_ids(
    database: Database,
) -> None:
    await asyncio.gather(
        database.submit(inbox.add, arrival("c", "a", "b", body=b"1")),
        database.submit(inbox.add, arrival("z", "y", body=b"2")),
    )

    assert await database.read(pending) == ["c", "a", "b", "z", "y"]


async def test_what_is_read_back_equals_what_was_stored(database: Database) -> None:
    stored = message("a", at=NOW, text="還有貨嗎？\U0001f600")
    one = Arrival(channel="messenger", account="shop", body=b"{}", events=[stored], received_at=NOW)

    await database.submit(inbox.add, one)
    rows = await database.read(
        lambda connection: inbox.pending(connection, owned=ALL, after=0, limit=9, now=NOW)
    )

    assert [row.event for row in rows] == [stored]


async def test_a_malformed_body_is_parked_with_its_raw_bytes(database: Database) -> None:
    bad = Arrival(
        channel="line", account="oa", body=b"\xff{", events=[], received_at=NOW, reason="no JSON"
    )

    await database.submit(inbox.add, bad)
    await database.submit(inbox.add, bad)
    parked = await database.read(inbox.parked)

    assert [(row["reason"], row["body"]) for row in parked] == [("no JSON", b"\xff{")]


async def test_a_failing_row_is_parked_after_three_tries_and_can_be_replayed(
    database: Database,
) -> None:
    await database.submit(inbox.add, arrival("a"))
    (id,) = await database.read(lambda connection: list(connection.scalars(select(table.c.id))))

    def fail(connection: Connection) -> str:
        return inbox.fail(connection, id=id, reason="boom", now=NOW)

    assert [await database.write(fail) for _ in range(3)] == ["pending", "pending", "parked"]
    assert await database.read(pending) == []
    assert await database.write(lambda connection: inbox.replay(connection, [id])) == 1
    assert await database.read(pending) == ["a"]


async def test_one_event_of_another_version_hides_the_others(database: Database) -> None:
    await database.submit(inbox.add, arrival("a", "b"))
    await database.write(
        lambda connection: connection.execute(
            update(table).where(table.c.event_id == "a").values(event='["FutureEvent", {}]')
        )
    )

    rows = await database.read(
        lambda connection: inbox.pending(connection, owned=ALL, after=0, limit=9, now=NOW)
    )

    assert [isinstance(row.event, inbox.Unreadable) for row in rows] == [True, False]


async def test_raw_bodies_are_forgotten_once_their_events_are_done(database: Database) -> None:
    await database.submit(inbox.add, arrival("a", body=b"first"))
    await database.submit(inbox.add, arrival("b", body=b"second"))
    (id, _) = await database.read(lambda connection: list(connection.scalars(select(table.c.id))))
    await database.write(lambda connection: inbox.done(connection, [id]))

    def forget(connection: Connection) -> int:
        return inbox.forget_bodies(connection, before=NOW + timedelta(hours=1))

    assert await database.write(forget) == 1
    left = await database.read(lambda connection: list(connection.scalars(select(bodies.c.body))))
    assert left == [b"second"]


async def test_one_bad_unit_does_not_take_its_group_with_it(database: Database) -> None:
    def broken(connection: Connection) -> None:
        raise RuntimeError("boom")

    failing = database.submit(_each, broken)
    good = database.submit(inbox.add, arrival("a"))

    with pytest.raises(RuntimeError, match="boom"):
        await failing
    assert await good == 0
    assert await database.read(pending) == ["a"]


async def test_a_broken_statement_is_told_as_an_unavailable_store(database: Database) -> None:
    with pytest.raises(StoreUnavailable):
        await database.write(lambda connection: connection.execute(select(func.nonsense(1))))


def _each(connection: Connection, operations: Sequence[Callable[[Connection], None]]) -> list[None]:
    return [operation(connection) for operation in operations]
