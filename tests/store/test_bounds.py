"""The bounds of what the bot says in public hold for all processes at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from bot.store import bounds, schema
from bot.store.bounds import PublicReply
from bot.store.database import Database
from bot.store.tables import conversations, outbox, public_replies
from tests.postgres import new_database
from tests.turns import NOW

REPLY = PublicReply(
    outbox_id="0",
    post="a" * 24,
    author="b" * 24,
    said="c" * 24,
    since=NOW - timedelta(hours=1),
    per_post=5,
    per_author=3,
    repeats=False,
)


def reply(n: int, *, author: int | None = None, said: int | None = None) -> PublicReply:
    """The n-th reply, in words of its own to an author of its own."""
    return replace(
        REPLY,
        outbox_id=f"{n}",
        author=f"{n if author is None else author:024x}",
        said=f"{n if said is None else said:024x}",
    )


def grant(connection: Connection, one: PublicReply) -> str | None:
    """Say *one* if it may be said, as a settlement does."""
    bounds.lock(connection, [one])
    reached = bounds.reached(connection, one)
    if reached is None:
        bounds.note(connection, one, at=NOW)
    return reached


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_several_processes_say_more_than_one_may(tmp_path: Path, kind: str) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}" if kind == "sqlite" else new_database()
    several = [Database(url) for _ in range(3)]
    schema.prepare(several[0].engine)
    for one in several:
        one.start()

    async def say(one: PublicReply, by: Database) -> None:
        await by.write(lambda connection: grant(connection, one))

    same = [say(reply(n, said=7), several[n % 3]) for n in range(12)]
    await asyncio.gather(*same)
    others = [say(reply(100 + n), several[n % 3]) for n in range(30)]
    await asyncio.gather(*others)
    said = select(func.count()).select_from(public_replies)
    total = await several[0].read(lambda connection: connection.scalar(said))
    alike = await several[0].read(
        lambda connection: connection.scalar(said.where(public_replies.c.said == f"{7:024x}"))
    )
    for one in several:
        await one.close()

    assert (alike, total) == (1, 5)


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """An empty database."""
    made = Database(store_url)
    schema.prepare(made.engine)
    yield made
    made.engine.dispose()


def test_a_bound_is_not_the_one_that_is_set(database: Database) -> None:
    with database.engine.connect() as connection:
        assert [grant(connection, reply(n, author=1)) for n in range(4)] == [
            *(None, None, None),
            "3 replies to this author lately",
        ]
        assert grant(connection, reply(9, said=0)) == "the same words stand under this post"
        assert grant(connection, replace(reply(9, said=0), post="d" * 24)) is None
        assert grant(connection, replace(reply(10, said=0), repeats=True)) is None
        assert grant(connection, reply(11)) is None
        assert grant(connection, reply(12)) == "5 replies under this post lately"
        later = NOW + timedelta(minutes=1)
        assert grant(connection, replace(reply(12), since=later)) is None
        # The same words never, however long ago.
        assert grant(connection, replace(reply(13, said=12), since=later)) is not None


@pytest.mark.parametrize(
    ("state", "again"), [("cancelled", True), ("failed", True), ("sent", False), ("unknown", False)]
)
def test_what_never_left_is_counted_or_what_may_have_is_not(
    database: Database, state: str, again: bool
) -> None:
    with database.engine.connect() as connection:
        grant(connection, reply(1))
        written(connection, id="1", state=state)

        assert (grant(connection, reply(2, said=1)) is None) == again


def written(connection: Connection, *, id: str, state: str) -> None:
    """An outbox item in that state."""
    row = {"key": "k", "channel": "youtube", "account": "shop", "thread": "t"}
    row |= {"surface": "comment", "state": "bot", "contact_id": "c"}
    connection.execute(insert(conversations), row | {"created_at": NOW, "gone": [], "slots": {}})
    item = {"id": id, "conversation_id": 1, "partition": 0, "author": "bot", "message": {}}
    times = dict.fromkeys(("created_at", "not_before", "expires_at"), NOW)
    connection.execute(insert(outbox), item | {"flags": {}, "state": state, "fence": 0, **times})
