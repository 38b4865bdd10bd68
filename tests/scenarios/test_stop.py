"""SIGTERM under load: gone within ten seconds, with nothing lost and nothing doubled."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import repeat
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession
from sqlalchemy import create_engine, select

from bot.simulation.customers import MessengerCustomer
from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.platform import FakePlatform
from bot.store.database import sqlite_url
from bot.store.tables import inbox, outbox
from tests.house import MODELS, account, brand

ROOT = Path(__file__).parents[2]
STOPS = 2
CUSTOMERS = 8
UNDER_LOAD = 1.5
# Slower than customers write: more waits than could leave before the process has to be gone.
SLOW = 0.2
WITHIN = 10.0


@pytest.mark.timeout(240)
async def test_stopping_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    port = _free_port()
    async with FakePlatform([account()], strangers=True) as platform, ClientSession() as http:
        platform.world.rates.clear()
        platform.misbehave(Misbehaviour(kind="slow", seconds=SLOW))
        brand(tmp_path, platform.url)
        accepted: list[str] = []
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for number in range(CUSTOMERS):
                tasks.create_task(_writes(http, port, f"c{number}", accepted, stop))
            for last in range(STOPS + 1):
                async with _life(tmp_path, http, port) as service:
                    await asyncio.sleep(UNDER_LOAD)
                    if last == STOPS:
                        stop.set()
                        await _settled(tmp_path)
                    service.send_signal(signal.SIGTERM)
                    async with asyncio.timeout(WITHIN):
                        assert await service.wait() == 0

        rows, items = _stored(tmp_path)
        taken = Counter(entry.outbound_id for entry in platform.ledger.accepted())
        assert len(accepted) > STOPS * CUSTOMERS
        assert set(accepted) <= set(rows)
        assert set(rows.values()) == {"done"}
        assert set(items.values()) == {"sent"}
        assert taken == dict.fromkeys(items, 1)
        assert len(items) == len(rows)


@asynccontextmanager
async def _life(
    folder: Path, http: ClientSession, port: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The service as `antiphon run` starts it; a failing test leaves none behind."""
    (folder / "data").mkdir(exist_ok=True)
    MODELS.mkdir(exist_ok=True)
    if not (folder / "data" / "models").exists():
        (folder / "data" / "models").symlink_to(MODELS)
    log = (folder / "log").open("ab")
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--no-reload"),
        *("--config", str(folder / "config.yml"), "--data", str(folder / "data")),
        *("--port", str(port)),
        cwd=ROOT,
        env=os.environ,
        stderr=log,
    )
    log.close()
    try:
        async with asyncio.timeout(60):
            while not await _ready(http, port):
                assert service.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.05)
        yield service
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()


async def _ready(http: ClientSession, port: int) -> bool:
    with suppress(ClientError, OSError):
        async with http.get(f"http://127.0.0.1:{port}/readyz") as heard:
            return heard.status == 200
    return False


async def _writes(
    http: ClientSession, port: int, who: str, accepted: list[str], stop: asyncio.Event
) -> None:
    """Write on and on; what is not accepted is delivered again."""
    customer, turn = MessengerCustomer(account=account(), id=who), 0
    while not stop.is_set():
        turn += 1
        webhook = customer.says("hello", message=f"{who}-{turn}", sent=time.time())
        for pause in repeat(0.05):
            if await _posted(http, port, webhook.body, dict(webhook.headers)):
                break
            await asyncio.sleep(pause)
        accepted.append(webhook.message)
        await asyncio.sleep(0.05)


async def _posted(http: ClientSession, port: int, body: bytes, headers: dict[str, str]) -> bool:
    url = f"http://127.0.0.1:{port}/webhooks/messenger/shop"
    try:
        async with http.post(url, data=body, headers=headers) as heard:
            return heard.status == 200
    except (ClientError, OSError):
        return False


async def _settled(folder: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            rows, items = _stored(folder)
            if "pending" not in rows.values() and not {"queued", "sending"} & set(items.values()):
                return
            await asyncio.sleep(0.1)


def _stored(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Inbox rows and outbox items with their states."""
    engine = create_engine(sqlite_url(folder / "data"))
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(inbox.c.event_id, inbox.c.state)).all()
            items = connection.execute(select(outbox.c.id, outbox.c.state)).all()
    finally:
        engine.dispose()
    return {row.event_id: row.state for row in rows}, {row.id: row.state for row in items}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
