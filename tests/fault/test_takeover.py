"""An agent takes over at any moment: from that commit on the bot begins no send."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from bot import handoff
from bot.store import conversations
from bot.store.inbox import conversation_key
from bot.store.tables import events, messages, outbox
from tests.fault.fleet import fleet
from tests.fault.people import at_the_desk, hire
from tests.fault.races import Race
from tests.house import House, house

CONVERSATIONS = 200
ROUNDS = {"sqlite": 10, "postgresql": 2}
NAMES = ("Ann", "Bob", "Cleo")

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_bot_begins_a_send_after_an_agent_took_over(kind: str, tmp_path: Path) -> None:
    async with _raced(kind, tmp_path) as race:
        await race.run(ROUNDS[kind], conversations=CONVERSATIONS)

        found = await race.houses[0].database.read(_found)
        violations = race.houses[0].platform.violations
        deadlocks = await race.houses[0].database.read(_deadlocks)

    assert len(race.won) == ROUNDS[kind] * CONVERSATIONS
    assert race.pages > len(race.won) * 0.05
    assert [taken for taken in race.won if taken.taken_late - taken.in_flight] == []
    assert found["reasons"] == {"an agent took over"}
    assert found["cancelled"] > len(race.won) * 0.02
    assert sum(bool(taken.in_flight) for taken in race.won) > len(race.won) * 0.05
    assert found["unsettled"] == 0
    assert found["sent but not taken by the platform"] == set()
    assert found["takes"] == len(race.won)
    assert all(winner in NAMES and winner != loser for loser, winner in race.lost)
    assert len(race.lost) > len(race.won) * 0.1
    # Two processes may lock in a circle; each time costs a second and nobody hears of it.
    assert deadlocks <= len(race.won) // 100
    assert not violations


async def test_a_decision_and_a_take_over_pass_each_other_unseen(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as shop:
        ann = await hire(shop.database, "Ann", shop)
        await shop.says("customer", "hello")
        await shop.settled()
        key, at = conversation_key("messenger", "shop", "customer"), shop.clock()
        engine = shop.database.engine

        with engine.connect() as one, engine.connect() as two:
            present = conversations.by_keys(one, [key])[key]
            assert present.id is not None
            conversations.lock(one, [present], at=at)
            two.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                handoff.take(two, conversation_id=present.id, agent_id=ann, at=at)
            one.rollback()
            two.rollback()

            handoff.take(one, conversation_id=present.id, agent_id=ann, at=at)
            two.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                conversations.lock(two, [present], at=at)


@asynccontextmanager
async def _raced(kind: str, folder: Path) -> AsyncIterator[Race]:
    async with AsyncExitStack() as stack:
        houses: list[House]
        if kind == "sqlite":
            houses = [await stack.enter_async_context(house(folder))]
        else:
            brand = await stack.enter_async_context(fleet(folder))
            houses = [await stack.enter_async_context(brand.service()) for _ in range(2)]
        desks = []
        for place, name in enumerate(NAMES):
            id = await hire(houses[0].database, name, houses[0])
            desk = at_the_desk(houses[place % len(houses)], name, id)
            desks.append(await stack.enter_async_context(desk))
        yield Race(houses=houses, desks=desks, random=random.Random(20261123))


def _found(connection: Connection) -> dict[str, Any]:
    items = connection.execute(select(outbox.c.id, outbox.c.state, outbox.c.reason)).all()
    logged = set(connection.scalars(select(messages.c.outbox_id)))
    return {
        "reasons": {item.reason for item in items if item.state == "cancelled"},
        "cancelled": sum(item.state == "cancelled" for item in items),
        "unsettled": sum(item.state not in {"sent", "cancelled"} for item in items),
        "sent but not taken by the platform": {
            item.id for item in items if (item.state == "sent") != (item.id in logged)
        },
        "takes": connection.scalar(
            select(func.count()).select_from(events).where(events.c.type == "taken")
        ),
    }


def _deadlocks(connection: Connection) -> int:
    if connection.dialect.name != "postgresql":
        return 0
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(connection.scalar(text(query)) or 0)
