"""Services share one PostgreSQL: one worker for each conversation, whoever comes, goes, sleeps."""

import asyncio
import os
import signal
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update

from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.webhook import Webhook
from bot.store import inbox
from bot.store.inbox import Arrival
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox, partitions
from bot.web.webhooks import CHANNELS
from channels.base import WebhookRequest
from tests.fault.fleet import Fleet, fleet
from tests.fault.verdict import answered_once_in_order, judged
from tests.house import House, page
from tests.signals.eventually import eventually

ALL = 64
CUSTOMERS = 30
FLOOD = 60
RATE = 20
# A lease of ten seconds, a look every three, and what a sleeper may hold locked.
TAKEN_WITHIN = 60.0

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]


async def test_services_that_come_and_go_break_the_order_or_answer_twice(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as first:
        brand.platform.misbehave(Misbehaviour(kind="slow", seconds=0.05))
        async with brand.talking(CUSTOMERS, every=0.5):
            async with brand.service() as second:
                await first.until(lambda: _shares([first, second]) == [32, 32])
                await eventually(lambda: _both_sent(first))
                await asyncio.sleep(2)
            await first.until(lambda: _shares([first]) == [ALL])
        await first.settled()

        verdict = await first.database.read(judged)

    answered_once_in_order(verdict, brand)
    assert verdict.doubtful == {}
    assert verdict.handed_over == 0


async def test_a_service_that_slept_through_its_lease_writes_when_it_wakes(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as awake, brand.neighbour() as sleeper:
        brand.platform.misbehave(Misbehaviour(kind="slow", seconds=0.2))
        async with brand.talking(CUSTOMERS, every=0.5):
            await awake.until(lambda: _shares([awake]) == [32])
            await eventually(lambda: _both_sent(awake))
            os.kill(sleeper.pid, signal.SIGSTOP)
            await awake.until(lambda: _shares([awake]) == [ALL], within=TAKEN_WITHIN)
            os.kill(sleeper.pid, signal.SIGCONT)
            await awake.until(lambda: _shares([awake]) == [32])
        await awake.settled()
        verdict = await awake.database.read(judged)

    answered_once_in_order(verdict, brand)
    # What it was sending when it fell asleep is shown to a person, and nothing else.
    assert verdict.handed_over <= CUSTOMERS // 2


async def test_services_without_redis_are_faster_together_than_a_page_allows(
    tmp_path: Path,
) -> None:
    async with fleet(tmp_path, also={"messenger": page(rate=RATE)}) as brand:
        brand.platform.world.rates["messenger"] = RATE
        async with brand.service() as first:
            await _flood(brand, [first], "alone")
            async with brand.service() as second:
                await first.until(lambda: _shares([first, second]) == [32, 32])
                await _flood(brand, [first, second], "together")
                await first.settled()
                verdict = await first.database.read(judged)

    answered_once_in_order(verdict, brand)
    assert len(verdict.sent) == 2 * FLOOD


async def test_a_worker_decides_after_its_partition_went_to_another(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as house:
        await house.says("early", "hello")
        await house.settled()
        await house.database.write(lambda connection: _steal(connection, house.clock()))
        await house.says("early", "thanks")
        await house.says("new", "hello")
        await asyncio.sleep(1)
        stolen = await house.database.read(_pending), len(house.sent())
        await house.database.write(_give_up)
        await house.settled()

        verdict = await house.database.read(judged)

    assert stolen == (2, 1)
    assert sorted(verdict.replies.values()) == [1, 1, 1]


async def test_a_message_that_another_process_stored_slowly_is_overtaken(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as house:
        slow = house.customer("slow").says("hello", message="m_1", sent=house.clock.seconds())
        brand.platform.note(slow)
        with house.database.engine.connect() as connection:
            # Its row has its number already, and nobody sees it.
            inbox.add(connection, [_arrival(house, slow)])
            await house.says("quick", "hello")
            await house.until(lambda: house.sent("quick"))
            connection.commit()
        await house.says("slow", "thanks", message="m_2")
        await house.settled()

        verdict = await house.database.read(judged)

    rows = [verdict.sent[entry.outbound_id or ""][1] for entry in house.sent("slow")]
    assert len(rows) == 2
    assert rows == sorted(rows)


def _arrival(house: House, webhook: Webhook) -> Arrival:
    channel = house.service.app[CHANNELS]["messenger", "shop"]
    request = WebhookRequest(
        method="POST", headers=webhook.headers, query={}, body=webhook.body,
        received_at=house.clock(),
    )  # fmt: skip
    return Arrival(
        channel="messenger", account="shop", body=webhook.body,
        events=channel.parse(request), received_at=house.clock(),
    )  # fmt: skip


def _shares(houses: Sequence[House]) -> list[int]:
    return [len(house.service.worker.owned) for house in houses]


async def _flood(brand: Fleet, houses: Sequence[House], name: str) -> None:
    """Many customers write in the same moment."""
    writing = [
        houses[number % len(houses)].says(f"{name}-{number}", "hello", message=f"m_{name}_{number}")
        for number in range(FLOOD)
    ]
    brand.accepted += [webhook.message for webhook in await asyncio.gather(*writing)]


async def _both_sent(house: House) -> bool:
    query = select(outbox.c.claimed_by).where(outbox.c.state == "sent")
    names = await house.database.read(lambda connection: connection.scalars(query).all())
    return len(set(names)) == 2


def _pending(connection: Connection) -> int:
    return connection.scalar(select(func.count()).where(inbox_table.c.state == "pending")) or 0


def _steal(connection: Connection, now: datetime) -> None:
    until = now + timedelta(hours=1)
    thief = {"owner": "thief", "epoch": partitions.c.epoch + 1, "leased_until": until}
    connection.execute(update(partitions).values(thief))


def _give_up(connection: Connection) -> None:
    connection.execute(update(partitions).values(owner=None, leased_until=None))
