"""Hours of silence, theirs or ours: the bot answers nothing stale, and nobody is forgotten."""

import random
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select

from bot import handoff
from bot.reports.ask import Ask
from bot.reports.asks import asks
from bot.simulation.ledger import Entry
from bot.simulation.misbehaviour import Misbehaviour, MisbehaviourKind
from bot.store import desk, log
from bot.store.desk import Tab
from bot.store.tables import conversations, events, outbox
from bot.web.keys import CAPABILITIES
from tests.fault.people import hire
from tests.house import PAGE, House, house
from tests.signals.eventually import eventually

HOURS = 6
EACH_HOUR = 5
ANSWER_WITHIN = timedelta(minutes=10)

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]


@pytest.mark.parametrize("kind", ["down", "500"])
async def test_a_platform_that_comes_back_gets_answers_to_old_messages(
    kind: MisbehaviourKind, tmp_path: Path
) -> None:
    async with house(tmp_path) as shop:
        ann = await hire(shop.database, "Ann", shop)
        shop.platform.misbehave(Misbehaviour(kind=kind))
        old: list[str] = []
        for hour in range(HOURS):
            old += await _write(shop, hour)
            shop.clock.ahead += timedelta(hours=1)
            await _eventually_waiting(shop, len(old))
        fresh = await _write(shop, HOURS)
        shop.platform.behave()
        await shop.settled()
        first, queue = await _queue(shop, ann)

        answered = {entry.thread for entry in shop.sent()}
        assert answered == set(fresh)
        assert queue == old
        assert await _reasons(shop) == {"stale"}
        late = [entry for entry in shop.sent() if _age(entry, shop) > ANSWER_WITHIN]
        assert late == []

        await _reply(shop, first, ann)
        await shop.until(lambda: shop.sent(old[0]))

    assert not shop.platform.violations


async def test_after_our_own_outage_the_bot_answers_what_is_hours_old(tmp_path: Path) -> None:
    async with house(tmp_path) as shop:
        ann = await hire(shop.database, "Ann", shop)
        now = shop.clock()
        sent_at = {
            f"customer-{number}": (now - timedelta(minutes=12 * (number + 1))).replace(
                microsecond=0
            )
            for number in range(HOURS * EACH_HOUR)
        }
        late = [
            shop.customer(who).says("hello", message=f"m_{who}", sent=at.timestamp())
            for who, at in sent_at.items()
        ]
        random.Random(6).shuffle(late)
        for webhook in late:
            # A platform delivers again what it does not know to have arrived.
            assert await shop.deliver(webhook) == 200
            assert await shop.deliver(webhook) == 200
        await shop.says("customer-now", "hello")
        await shop.settled()
        await _eventually_waiting(shop, len(late))
        _, queue = await _queue(shop, ann)
        found = await _asks(shop)
        reasons = await _reasons(shop)

    assert {entry.thread for entry in shop.sent()} == {"customer-now"}
    assert reasons == {"stale"}
    open_asks = [ask for ask in found if ask.answered_at is None]
    assert [ask.opened_at for ask in open_asks] == sorted(sent_at.values())
    assert queue == sorted(sent_at, key=lambda who: sent_at[who])
    assert not shop.platform.violations


async def _write(shop: House, hour: int) -> list[str]:
    """Let some customers write, and the bot try in vain to answer each of them once."""
    threads = [f"customer-{hour}-{number}" for number in range(EACH_HOUR)]
    for thread in threads:
        await shop.says(thread, "hello")
    await eventually(lambda: shop.database.read(lambda it: _tried(it) == EACH_HOUR))
    return threads


async def _eventually_waiting(shop: House, number: int) -> None:
    await eventually(lambda: shop.database.read(lambda it: _waiting(it) == number))


def _tried(connection: Connection) -> int:
    query = select(func.count()).where(outbox.c.state == "queued", outbox.c.tries > 0)
    return connection.scalar(query) or 0


def _waiting(connection: Connection) -> int:
    query = select(func.count()).where(conversations.c.state == "waiting")
    return connection.scalar(query) or 0


async def _queue(shop: House, agent: int) -> tuple[int, list[str]]:
    """The first conversation of the queue, and the customers in its order."""

    def look(connection: Connection) -> tuple[int, list[str]]:
        rows = desk.queue(connection, tab=Tab.WAITING, agent_id=agent)
        known = select(conversations.c.id, conversations.c.thread)
        threads = dict(connection.execute(known).all())
        return rows[0].id, [threads[row.id] for row in rows]

    return await shop.database.read(look)


async def _reasons(shop: House) -> set[str]:
    query = select(events.c.data).where(events.c.type == "handoff")
    found = await shop.database.read(lambda connection: connection.scalars(query).all())
    return {data["reason"] for data in found}


async def _asks(shop: House) -> list[Ask]:
    until = shop.clock()
    return asks(
        await shop.database.read(lambda connection: log.report_events(connection, until=until))
    )


async def _reply(shop: House, conversation: int, agent: int) -> None:
    able = shop.service.app[CAPABILITIES]["messenger"]
    await shop.database.write(
        lambda connection: handoff.reply(
            connection,
            conversation_id=conversation,
            agent_id=agent,
            text="對不起，讓您久等了",
            client_id=uuid4(),
            seen=10_000,
            at=shop.clock(),
            capabilities=able,
        )
    )


def _age(entry: Entry, shop: House) -> timedelta:
    person = shop.platform.world.people["messenger", PAGE, entry.thread]
    return timedelta(seconds=entry.wall - (person.wrote or 0))
