"""Services share one PostgreSQL: one worker for each conversation, whoever comes, goes, sleeps."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update

from bot.simulation.misbehaviour import Misbehaviour
from bot.store.tables import conversations, inbox, outbox, partitions
from tests.fault.fleet import Fleet, fleet
from tests.house import House

ALL = 64
CUSTOMERS = 30
FROZEN = 13.0

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]


async def test_services_that_come_and_go_break_the_order_or_answer_twice(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as first:
        brand.platform.misbehave(Misbehaviour(kind="slow", seconds=0.05))
        async with _talking(brand, every=0.5):
            async with brand.service() as second:
                await first.until(lambda: _shares([first, second]) == [32, 32])
                await asyncio.sleep(3)
                worked = await first.database.read(_workers_that_sent)
            await first.until(lambda: _shares([first]) == [ALL])
        await first.settled()

        verdict = await first.database.read(_judge)

    assert len(worked) == 2
    _answered_once_in_order(verdict, brand)
    assert verdict.handed_over == 0


async def test_a_service_that_slept_through_its_lease_writes_when_it_wakes(tmp_path: Path) -> None:
    async with fleet(tmp_path) as brand, brand.service() as awake, brand.neighbour() as sleeper:
        brand.platform.misbehave(Misbehaviour(kind="slow", seconds=0.2))
        async with _talking(brand, every=0.5):
            await awake.until(lambda: _shares([awake]) == [32])
            await asyncio.sleep(2)
            os.kill(sleeper.pid, signal.SIGSTOP)
            before = brand.platform.calls
            await asyncio.sleep(FROZEN)
            owned = len(awake.service.worker.owned)
            os.kill(sleeper.pid, signal.SIGCONT)
            await awake.until(lambda: _shares([awake]) == [32])
        await awake.settled()
        verdict = await awake.database.read(_judge)
        worked = await awake.database.read(_workers_that_sent)

    assert owned == ALL
    assert brand.platform.calls > before
    assert len(worked) == 2
    _answered_once_in_order(verdict, brand)
    # What it was sending when it fell asleep is shown to a person, and nothing else.
    assert verdict.handed_over <= CUSTOMERS // 2


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

        verdict = await house.database.read(_judge)

    assert stolen == (2, 1)
    assert sorted(verdict.replies.values()) == [1, 1, 1]


@asynccontextmanager
async def _talking(brand: Fleet, *, every: float) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(CUSTOMERS):
            tasks.create_task(brand.talk(f"customer-{number}", stop, every=every))
        yield
        stop.set()


def _shares(houses: Sequence[House]) -> list[int]:
    return [len(house.service.worker.owned) for house in houses]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the store says. *replies* counts them by inbox row; *events* names rows by event id."""

    done: set[str]
    replies: Counter[int]
    sent: dict[str, tuple[str, int]]
    unanswered: set[str]
    handed_over: int


def _judge(connection: Connection) -> Verdict:
    rows = connection.execute(select(inbox)).all()
    items = connection.execute(
        select(outbox, conversations.c.thread).join(
            conversations, conversations.c.id == outbox.c.conversation_id
        )
    ).all()
    waiting = set(
        connection.scalars(select(conversations.c.key).where(conversations.c.state != "bot"))
    )
    replies = Counter(item.inbox_id for item in items if item.part == 0)
    return Verdict(
        done={row.event_id for row in rows if row.state == "done"},
        replies=replies,
        sent={item.id: (item.thread, item.inbox_id) for item in items if item.state == "sent"},
        unanswered={
            row.event_id for row in rows if not replies[row.id] and row.conversation not in waiting
        },
        handed_over=len(waiting),
    )


def _answered_once_in_order(verdict: Verdict, brand: Fleet) -> None:
    taken = [entry.outbound_id or "" for entry in brand.platform.ledger.accepted()]
    order: dict[str, list[int]] = {}
    for id in taken:
        if id in verdict.sent:
            thread, row = verdict.sent[id]
            order.setdefault(thread, []).append(row)
    assert set(brand.accepted) - verdict.done == set()
    assert {row: count for row, count in verdict.replies.items() if count > 1} == {}
    assert [id for id, count in Counter(taken).items() if count > 1] == []
    assert set(taken) == verdict.sent.keys()
    assert {thread for thread, rows in order.items() if rows != sorted(rows)} == set()
    assert verdict.unanswered == set()
    assert not brand.platform.violations


def _workers_that_sent(connection: Connection) -> set[str]:
    return set(connection.scalars(select(outbox.c.claimed_by).where(outbox.c.state == "sent")))


def _pending(connection: Connection) -> int:
    return connection.scalar(select(func.count()).where(inbox.c.state == "pending")) or 0


def _steal(connection: Connection, now: datetime) -> None:
    until = now + timedelta(hours=1)
    thief = {"owner": "thief", "epoch": partitions.c.epoch + 1, "leased_until": until}
    connection.execute(update(partitions).values(thief))


def _give_up(connection: Connection) -> None:
    connection.execute(update(partitions).values(owner=None, leased_until=None))
