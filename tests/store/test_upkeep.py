"""Asks and tallies kept current are those of a recomputation, whatever came in which order."""

from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, func, select, update

from bot.store import asks, upkeep
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.joining import join
from bot.store.tables import agents, ask_tallies, conversations, messages
from bot.store.tables import asks as kept_asks
from channels.messages import MessageDeleted, Surface
from tests.history import ramble

TAIPEI = ZoneInfo("Asia/Taipei")
END = datetime.fromisoformat("2026-03-12T10:00:00+08:00")
FAR = END + timedelta(days=8)


async def catch_up(database: Database, now: datetime, zone: ZoneInfo = TAIPEI) -> int:
    """Take all steps; returns how many."""
    for steps in range(200):
        step = await database.read(lambda it: upkeep.plan(it, zone=zone, now=now))
        if step is None:
            return steps
        assert await database.write(partial(upkeep.carry_out, step=step))
    raise AssertionError("the upkeep never ends")


async def planned(database: Database) -> upkeep.Plan:
    """The step that is due."""
    step = await database.read(lambda it: upkeep.plan(it, zone=TAIPEI, now=FAR))
    assert step is not None
    return step


def wrong(connection: Connection, now: datetime = FAR) -> tuple[str, ...]:
    """What is kept otherwise than the log tells."""
    proof = upkeep.prove(connection, zone=TAIPEI, now=now)
    assert proof.asks > 0
    return proof.differences


@pytest.mark.parametrize("seed", range(2))
async def test_a_log_in_pieces_gives_other_asks_than_as_a_whole(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "STEP", 9)
    await database.write(lambda connection: ramble(connection, seed, until=END))

    assert await catch_up(database, END) > 10
    assert await database.read(lambda connection: wrong(connection, END)) == ()
    # Meanwhile a week has passed, and what was open has expired.
    assert await catch_up(database, FAR) > 0
    assert await database.read(wrong) == ()
    assert await catch_up(database, FAR) == 0


async def test_a_proof_overlooks_what_is_missing_changed_or_too_much(database: Database) -> None:
    await database.write(lambda connection: ramble(connection, 3, until=END))
    await catch_up(database, FAR)

    def harm(connection: Connection) -> None:
        first, second = connection.scalars(select(kept_asks.c.first_message).limit(2)).all()
        connection.execute(delete(kept_asks).where(kept_asks.c.first_message == first))
        connection.execute(
            update(kept_asks)
            .where(kept_asks.c.first_message == second)
            .values(ask=func.replace(kept_asks.c.ask, "2026", "2025"))
        )
        day = connection.scalar(select(func.min(ask_tallies.c.day)))
        connection.execute(delete(ask_tallies).where(ask_tallies.c.day == day))

    await database.write(harm)
    told = await database.read(wrong)
    assert [line.split(": ")[1] for line in told[:2]] == [
        "is missing",
        "is kept otherwise than the log tells",
    ]
    assert told[2].startswith("tally ")


async def test_two_at_once_count_a_step_twice(database: Database) -> None:
    await database.write(lambda connection: ramble(connection, 5, until=END))
    assert await database.write(partial(upkeep.carry_out, step=await planned(database)))
    one, two = await planned(database), await planned(database)

    assert await database.write(partial(upkeep.carry_out, step=one))
    assert not await database.write(partial(upkeep.carry_out, step=two))
    await catch_up(database, FAR)
    assert await database.read(wrong) == ()


async def test_a_row_that_becomes_visible_late_is_never_counted(database: Database) -> None:
    await database.write(lambda connection: ramble(connection, 6, until=END))

    def numbers(connection: Connection) -> tuple[int, int]:
        theirs = select(func.max(messages.c.id)).where(messages.c.direction == "in")
        return connection.scalar(theirs) or 0, connection.scalar(
            select(func.max(messages.c.id))
        ) or 0

    def move(connection: Connection, old: int, new: int) -> None:
        connection.execute(update(messages).where(messages.c.id == old).values(id=new))

    question, newest = await database.read(numbers)
    await database.write(lambda it: move(it, question, newest + 3))
    await catch_up(database, END)
    # As a row looks whose slower transaction took its number before: it was not there.
    await database.write(lambda it: move(it, newest + 3, newest + 1))
    await catch_up(database, END)
    assert await database.read(lambda it: wrong(it, END)) == ()


async def test_a_new_name_or_zone_leaves_old_asks_as_they_were(database: Database) -> None:
    await database.write(lambda connection: ramble(connection, 7, until=END))
    await catch_up(database, FAR)
    await database.write(
        lambda it: it.execute(update(agents).where(agents.c.name == "Mei").values(name="May"))
    )
    assert await database.read(wrong) != ()
    await catch_up(database, FAR)
    assert await database.read(wrong) == ()

    assert await catch_up(database, FAR, ZoneInfo("America/New_York")) > 0
    proof = await database.read(
        lambda it: upkeep.prove(it, zone=ZoneInfo("America/New_York"), now=FAR)
    )
    assert proof.differences == ()


async def test_the_asks_of_a_customer_found_twice_are_lost_or_counted_twice(
    database: Database,
) -> None:
    await database.write(lambda connection: ramble(connection, 9, until=END))
    await catch_up(database, FAR)

    def two_threads(connection: Connection) -> tuple[str, str]:
        query = select(conversations.c.thread).where(conversations.c.channel == "line")
        one, other = connection.scalars(query.order_by(conversations.c.id).limit(2)).all()
        return one, other

    one, other = await database.read(two_threads)
    event = MessageDeleted(
        event_id="e",
        kind="dm.delete",
        channel="line",
        account="shop",
        thread=other,
        surface=Surface.DIRECT,
        sent_at=FAR,
        received_at=FAR,
        id="x",
    )
    assert await database.write(lambda connection: join(connection, event, one, into=other))
    await catch_up(database, FAR)
    assert await database.read(wrong) == ()


async def test_an_erased_customers_id_stays_with_the_asks(database: Database) -> None:
    await database.write(lambda connection: ramble(connection, 8, until=END))
    await catch_up(database, FAR)

    def authors(connection: Connection, conversation_id: int) -> set[str | None]:
        return {each.ask.author for each in asks.kept(connection, [conversation_id]).values()}

    key, id = await database.read(
        lambda it: (
            it.execute(
                select(conversations.c.key, conversations.c.id)
                .join(kept_asks, kept_asks.c.conversation_id == conversations.c.id)
                .where(conversations.c.surface == "comment")
            ).first()
            or never()
        )
    )
    before = await database.read(lambda it: authors(it, id))
    await database.write(lambda it: erase(it, key, at=FAR))
    assert await database.read(lambda it: authors(it, id)) == {None}
    await catch_up(database, FAR)
    assert not before & await database.read(lambda it: authors(it, id))
    assert await database.read(wrong) == ()


def never() -> NoReturn:
    raise AssertionError("there is nothing to do")
