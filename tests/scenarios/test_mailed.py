"""Two services on one PostgreSQL, a saved view that is due: everybody gets one mail."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from bot.app import running
from bot.config import Config, load
from bot.keeper import Keeper
from bot.store import agents, mails, schema, views
from bot.store.agents import Role
from bot.store.database import Database, engine
from bot.store.mails import Mail
from bot.store.views import Recipient
from bot.web.reports.mailing import Mailing
from tests.postgres import new_database
from tests.postoffice import PostOffice, post_office

TO = [Recipient(address=f"m{each}@shop.example", language="en") for each in range(8)]
LAST_WEEK = datetime.now(UTC) - timedelta(days=7)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as made:
        yield made


def brand(folder: Path, address: str, port: int) -> Config:
    folder.mkdir()
    file = folder / "config.yml"
    settings = {
        "brand": {"name": "Demo", "timezone": "Asia/Taipei", "languages": ["en"]},
        "channels": {"webchat": [{"account": "site"}]},
        "store": {"url": address},
        "web": {"port": 0},
        "mail": {"host": "127.0.0.1", "port": port, "from": "bot@shop.example", "tls": "none"},
    }
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load(file, os.environ)


def save(address: str) -> int:
    """A view that was due this morning, or yesterday's."""
    made = engine(address)
    schema.prepare(made)
    with made.begin() as connection:
        mia = agents.add(
            connection,
            email="mia@shop.example",
            name="Mia",
            role=Role.MANAGER,
            password_hash="-",
            at=LAST_WEEK,
        )
        views.add(
            connection, name="All", page="", filters={"span": "7d"}, agent_id=mia, at=LAST_WEEK
        )
        (view,) = views.everything(connection)
        views.mail(connection, view.id, every="day", hour=9, recipients=TO, at=LAST_WEEK)
    made.dispose()
    return view.id


async def sent(database: Database, view_id: int) -> list[Mail]:
    return await database.read(lambda conn: mails.latest(conn, view_id, limit=99))


async def test_of_two_services_both_send_or_none(tmp_path: Path, office: PostOffice) -> None:
    address = await asyncio.to_thread(new_database)
    view_id = await asyncio.to_thread(save, address)
    office.awaits(len(TO))

    async with AsyncExitStack() as stack:
        for name in ("one", "two"):
            config = brand(tmp_path / name, address, office.port)
            await stack.enter_async_context(running(config, data=tmp_path / name / "data"))
        async with asyncio.timeout(60):
            await office.full.wait()

    database = Database(address)
    database.start()
    found = await sent(database, view_id)
    await database.close()
    assert {each.to for each in found} == set(TO)
    assert [each.tries for each in found] == [1] * len(TO)
    assert sorted(to for to, _ in office.taken) == sorted(each.address for each in TO)


async def test_processes_that_look_at_once_claim_one_mail_twice(
    tmp_path: Path, office: PostOffice
) -> None:
    address = await asyncio.to_thread(new_database)
    view_id = await asyncio.to_thread(save, address)
    databases = [Database(address) for _ in range(4)]
    for each in databases:
        each.start()
    config = brand(tmp_path / "brand", address, office.port)

    def clock() -> datetime:
        return datetime.now(UTC)

    await asyncio.gather(
        *(
            Mailing(
                name=f"process {number}",
                config=config,
                database=each,
                keeper=Keeper(database=each, zone=config.brand.timezone, clock=clock),
                clock=clock,
            ).look()
            for number, each in enumerate(databases)
        )
    )

    found = await sent(databases[0], view_id)
    for each in databases:
        await each.close()
    assert {each.state for each in found} == {"sent"}
    assert sorted(to for to, _ in office.taken) == sorted(each.address for each in TO)
    ids = {said["Message-ID"] for _, said in office.taken}
    assert len(ids) == len(TO)
