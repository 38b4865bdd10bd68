"""The service dies at any moment, again and again: nothing accepted is lost, nothing is doubled."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from bot.store.database import sqlite_url
from bot.store.tables import conversations, inbox, messages, outbox
from tests.fault.lives import Lives, lives
from tests.postgres import new_database

KILLS = {"sqlite": 500, "postgresql": 200}
CUSTOMERS = 8
LONGEST_LIFE = 0.3
SETTLE_WITHIN = 180.0

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_kill_9_under_load_loses_and_doubles_nothing(kind: str, tmp_path: Path) -> None:
    kills = int(os.environ.get("ANTIPHON_KILLS", KILLS[kind]))
    url = "sqlite" if kind == "sqlite" else new_database()
    store = {"url": url.replace("postgresql+psycopg://", "postgresql://")}
    async with lives(tmp_path, seed=20261123, store=store) as brand:
        await _kill_under_load(brand, kills)
        await brand.start()
        final = sqlite_url(brand.data) if kind == "sqlite" else url
        await _settled(final)

        verdict = _judged(final, set(brand.accepted))
        taken = [entry.outbound_id for entry in brand.platform.ledger.accepted()]
        await brand.kill()

    assert brand.killed == kills + 1
    assert len(brand.accepted) > kills
    assert verdict.lost == set()
    assert verdict.logged_twice == set()
    assert verdict.decided_twice == set()
    assert len(taken) == len(set(taken))
    assert set(taken) - verdict.sent == set()
    assert verdict.sent - set(taken) == set()
    assert verdict.unsent_without_a_person == set()
    assert brand.platform.violations == []


async def _kill_under_load(brand: Lives, kills: int) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(CUSTOMERS):
            tasks.create_task(brand.customer(number, stop))
        for number in range(kills):
            await brand.start()
            if number % 2:
                # Else hardly one would decide and send: that begins a while after it listens.
                await brand.answers()
            await asyncio.sleep(brand.random.uniform(0, LONGEST_LIFE))
            await brand.kill()
        stop.set()


async def _settled(url: str) -> None:
    """Wait until no row is pending and no send is open."""
    engine = create_engine(url)
    deadline = asyncio.get_running_loop().time() + SETTLE_WITHIN
    while True:
        with engine.connect() as connection:
            rows = Counter(connection.scalars(select(inbox.c.state)))
            items = Counter(connection.scalars(select(outbox.c.state)))
        if not rows["pending"] and not items["queued"] + items["sending"] + items["unknown"]:
            break
        assert asyncio.get_running_loop().time() < deadline, (rows, items)
        await asyncio.sleep(0.2)
    engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the store says in the end."""

    lost: set[str]
    logged_twice: set[int]
    decided_twice: set[int]
    sent: set[str]
    unsent_without_a_person: set[int]


def _judged(url: str, accepted: set[str]) -> Verdict:
    engine = create_engine(url)
    with engine.connect() as connection:
        done = connection.scalars(select(inbox.c.event_id).where(inbox.c.state == "done"))
        lost = accepted - set(done)
        logged = Counter(connection.scalars(select(messages.c.inbox_id)))
        items = connection.execute(select(outbox)).all()
        states = dict(connection.execute(select(conversations.c.id, conversations.c.state)).all())
    engine.dispose()
    answered = Counter(item.inbox_id for item in items if item.part == 0)
    unsent = {item.conversation_id for item in items if item.state not in {"sent", "cancelled"}}
    return Verdict(
        lost=lost,
        logged_twice={id for id, count in logged.items() if id and count > 1},
        decided_twice={id for id, count in answered.items() if count > 1},
        sent={item.id for item in items if item.state == "sent"},
        unsent_without_a_person={id for id in unsent if states[id] != "waiting"},
    )
