"""Platforms that do not call us: read once by one process, and nothing read is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from bot.metrics import Metrics
from bot.polling import Polling
from bot.signals.memory import MemorySignals
from bot.store import pauses, polls, schema
from bot.store.database import Database, StoreUnavailable
from bot.store.polls import LostTurn, Turn
from bot.store.tables import accounts, inbox
from bot.store.tables import polls as table
from channels.base import Channel, Poll, Poller
from channels.errors import ChannelUnavailable, QuotaExhausted, RateLimited, Unauthorized
from channels.messages import ChannelEvent, Contact, InboundMessage, Surface
from tests.postgres import new_database

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KEY = ("postbox", "shop")


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is pushed."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def event(n: int, kind: str = "comment.add") -> ChannelEvent:
    """A comment."""
    return InboundMessage(
        event_id=f"c{n}",
        kind=kind,
        channel="postbox",
        account="shop",
        thread=f"t{n}",
        surface=Surface.COMMENT,
        sent_at=NOW,
        received_at=NOW,
        id=f"c{n}",
        contact=Contact(id="u1"),
        text="有開嗎",
    )


@dataclass
class Postbox:
    """A platform that is asked: it tells what was said since the cursor, a number."""

    said: list[ChannelEvent] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    before: Callable[[], Any] = lambda: None
    held: list[asyncio.Task[datetime]] = field(default_factory=list)

    async def poll(self, cursor: str | None, now: datetime) -> Poll:
        self.cursors.append(cursor)
        if self.troubles:
            raise self.troubles.pop(0)
        found = self.said[int(cursor or 0) :]
        self.before()
        if self.held and len(self.cursors) == 1:
            await asyncio.wait(self.held)
        return Poll(events=found, cursor=str(len(self.said)), next_after=timedelta(seconds=60))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A started database with all tables."""
    url = f"sqlite:///{tmp_path / 'a.db'}" if request.param == "sqlite" else new_database()
    made = Database(url)
    schema.prepare(made.engine)
    made.start()
    yield made
    await made.close()


def polling(database: Database, box: Postbox, clock: Clock, *, name: str = "node:1") -> Polling:
    """What one process polls with."""
    return Polling(
        name=name,
        database=database,
        signals=MemorySignals(),
        channels=cast(dict[tuple[str, str], Channel], {KEY: box}),
        metrics=Metrics(),
        clock=clock,
    )


async def stored(database: Database) -> list[str]:
    """The ids in the inbox."""
    return await database.read(
        lambda connection: list(connection.scalars(select(inbox.c.event_id).order_by(inbox.c.id)))
    )


async def cursor(database: Database) -> str | None:
    """How far the account was read."""
    return await database.read(lambda connection: connection.scalar(select(table.c.cursor)))


async def claimed(database: Database, owner: str, now: datetime) -> Turn | datetime:
    """Try to take the turn."""
    return await database.write(
        lambda connection: polls.claim(
            connection, channel="postbox", account="shop", owner=owner, now=now
        )
    )


def test_a_poller_is_not_known_as_one() -> None:
    assert isinstance(Postbox(), Poller)


async def test_what_a_platform_tells_is_not_stored_or_read_twice(database: Database) -> None:
    box, clock = Postbox(said=[event(1), event(2)]), Clock()
    ours = polling(database, box, clock)

    assert await ours.look(*KEY) == NOW + timedelta(seconds=60)
    box.said.append(event(3))
    clock.now += timedelta(seconds=59)
    assert await ours.look(*KEY) == NOW + timedelta(seconds=60)
    assert box.cursors == [None]
    clock.now += timedelta(seconds=1)
    await ours.look(*KEY)

    assert box.cursors == [None, "2"]
    assert await stored(database) == ["c1", "c2", "c3"]
    assert await cursor(database) == "3"


async def test_nobody_polls_while_the_service_runs(database: Database) -> None:
    box = Postbox(said=[event(1)])
    asked = asyncio.Event()
    box.before = asked.set

    running = asyncio.create_task(polling(database, box, Clock()).run())
    await asked.wait()
    running.cancel()

    assert (await asyncio.wait([running]))[0] == {running}


async def test_two_processes_poll_at_once(database: Database) -> None:
    box, clock = Postbox(said=[event(1)]), Clock()
    both = [polling(database, box, clock, name=name) for name in ("a:1", "b:1")]

    for turn in range(1, 5):
        await asyncio.gather(*(one.look(*KEY) for one in both))
        await asyncio.gather(*(one.look(*KEY) for one in both))
        assert len(box.cursors) == turn
        clock.now += timedelta(seconds=61)

    assert await stored(database) == ["c1"]


async def test_a_slow_process_moves_the_cursor_back(database: Database) -> None:
    box, clock = Postbox(said=[event(1)]), Clock()

    def sleep_over_the_lease() -> None:
        box.before = lambda: None
        clock.now += polls.LEASE
        others.append(asyncio.create_task(polling(database, box, clock, name="b:1").look(*KEY)))

    others: list[asyncio.Task[datetime]] = []
    box.before = sleep_over_the_lease
    box.held = others
    await polling(database, box, clock, name="a:1").look(*KEY)

    assert (await stored(database), await cursor(database)) == (["c1"], "1")
    assert box.cursors == [None, None]


async def test_a_turn_is_taken_from_its_holder_or_never_passed_on(database: Database) -> None:
    first = await claimed(database, "a:1", NOW)
    again = await claimed(database, "b:1", NOW + timedelta(seconds=1))
    late = NOW + polls.LEASE
    second = await claimed(database, "b:1", late)

    assert isinstance(first, Turn)
    assert again == late
    assert isinstance(second, Turn)
    with pytest.raises(LostTurn):
        await database.write(
            lambda connection: polls.store(connection, first, cursor="9", next_at=late, arrivals=[])
        )
    assert await cursor(database) is None


async def test_a_dead_process_of_this_node_holds_the_turn(database: Database) -> None:
    assert isinstance(await claimed(database, "node:1", NOW), Turn)

    await database.write(lambda connection: polls.release(connection, node="node"))

    assert isinstance(await claimed(database, "node:2", NOW), Turn)


async def test_the_cursor_moves_although_the_events_were_not_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, clock = Postbox(said=[event(1)]), Clock()

    def full(*given: Any) -> list[int]:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("bot.store.inbox.add", full)
        await polling(database, box, clock).look(*KEY)
    assert (await stored(database), await cursor(database)) == ([], None)
    clock.now += polls.LEASE
    await polling(database, box, clock, name="node:2").look(*KEY)

    assert box.cursors == [None, None]
    assert (await stored(database), await cursor(database)) == (["c1"], "1")


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (ChannelUnavailable("postbox"), 5),
        (RateLimited("postbox", retry_after=30), 30),
        (Unauthorized("postbox"), 60),
        (QuotaExhausted("postbox", resets_at=NOW + timedelta(hours=9)), 9 * 3600),
        (RuntimeError("the adapter broke"), 5),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_trouble_ends_the_polling_or_is_met_too_soon(
    database: Database, trouble: Exception, seconds: int
) -> None:
    box, clock = Postbox(said=[event(1)], troubles=[trouble]), Clock()
    ours = polling(database, box, clock)

    assert await ours.look(*KEY) == NOW + timedelta(seconds=seconds)
    assert (await stored(database), await cursor(database)) == ([], None)
    clock.now += timedelta(seconds=seconds)
    await ours.look(*KEY)

    assert await stored(database) == ["c1"]


async def test_a_poll_whose_token_is_refused_pauses_nothing_or_for_ever(
    database: Database,
) -> None:
    box, clock = Postbox(troubles=[Unauthorized("postbox", "401")]), Clock()
    ours = polling(database, box, clock)

    clock.now = await ours.look(*KEY)
    assert await database.read(pauses.paused) == {KEY: True}
    await ours.look(*KEY)

    assert await database.read(pauses.paused) == {KEY: False}


async def test_a_poll_lets_an_account_send_again_that_may_read_but_not_write(
    database: Database,
) -> None:
    box, clock = Postbox(), Clock()
    await database.write(
        lambda connection: pauses.pause(
            connection, channel="postbox", account="shop", reason="forbidden", at=NOW
        )
    )

    await polling(database, box, clock).look(*KEY)

    assert await database.read(pauses.paused) == {KEY: True}


async def test_a_refused_poll_makes_a_longer_or_another_pause_of_the_one_that_a_send_met(
    database: Database,
) -> None:
    box, clock = Postbox(troubles=[Unauthorized("postbox", "401")]), Clock()
    ours = polling(database, box, clock)
    await database.write(
        lambda connection: pauses.pause(
            connection, channel="postbox", account="shop", reason="forbidden", at=NOW
        )
    )

    clock.now += timedelta(seconds=59)
    clock.now = await ours.look(*KEY)
    since = await database.read(lambda connection: connection.scalar(select(accounts.c.paused_at)))
    assert since == NOW
    await ours.look(*KEY)

    assert await database.read(pauses.paused) == {KEY: True}


async def test_a_platform_that_stays_down_is_asked_ever_faster(database: Database) -> None:
    box, clock = Postbox(troubles=[ChannelUnavailable("postbox")] * 8), Clock()
    ours, waits = polling(database, box, clock), []

    for _ in range(8):
        due = await ours.look(*KEY)
        waits.append((due - clock.now).total_seconds())
        clock.now = due

    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


async def test_one_event_that_cannot_be_stored_stops_the_reading(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite stores whatever it is given")
    box = Postbox(said=[event(1, kind="k" * 100)])

    await polling(database, box, Clock()).look(*KEY)

    parked = await database.read(
        lambda connection: connection.scalar(select(func.count()).where(inbox.c.state == "parked"))
    )
    assert (parked, await cursor(database)) == (1, "1")
