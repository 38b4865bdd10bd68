"""The long view over HTTP, from a service with given tallies."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from aiohttp import ClientSession, web
from sqlalchemy import Connection, insert

from bot.config import load
from bot.metrics import Metrics
from bot.reports.long import Piece
from bot.signals.memory import MemorySignals
from bot.store import agents, schema
from bot.store.agents import Role
from bot.store.database import Database, sqlite_url
from bot.store.tables import ask_tallies
from bot.web.application import PAGES, application
from bot.web.keys import KEEPER

_CONFIG = """\
brand: {name: Benchmark, timezone: Asia/Taipei, languages: [en]}
channels: {webchat: [{account: site}]}
"""


async def answered_in(folder: Path, pieces: Sequence[Piece], last: date, rounds: int) -> float:
    """The least processor time, in seconds, of one page; the client's share is in it."""
    (folder / "config.yml").write_text(_CONFIG, encoding="utf-8")
    database = Database(sqlite_url(folder))
    schema.prepare(database.engine)
    database.start()
    now = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    app = application(
        config=load(folder / "config.yml", {}),
        database=database,
        signals=MemorySignals(),
        channels={},
        capabilities={},
        metrics=Metrics(),
        clock=lambda: now,
    )
    runner = web.AppRunner(app)
    try:
        await app[PAGES].open()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        cookie = await database.write(lambda connection: _signed_in(connection, now))
        # What is kept already is not worked out anew.
        await app[KEEPER].catch_up()
        await database.write(lambda connection: _fill(connection, pieces))
        return await _best(f"http://{host}:{port}", cookie, last, rounds)
    finally:
        await runner.cleanup()
        await database.close()


def _signed_in(connection: Connection, now: datetime) -> str:
    manager = agents.add(
        connection,
        email="m@example.com",
        name="M",
        role=Role.MANAGER,
        password_hash="-",
        at=now,
    )
    return agents.new_session(connection, manager, now)


def _fill(connection: Connection, pieces: Sequence[Piece]) -> None:
    same = {"account": "shop", "surface": "dm", "intent": "", "language": "en"}
    same["measure"] = "answer"
    rows = [{**same, "day": day, "channel": name, "cells": cells} for day, name, cells in pieces]
    connection.execute(insert(ask_tallies), rows)


async def _best(url: str, cookie: str, last: date, rounds: int) -> float:
    path = f"/reports/long?from={last.year}-01-01&to={last}"
    times = []
    async with ClientSession(url, cookies={"desk": cookie}) as http:
        for _ in range(rounds):
            began = time.process_time()
            async with http.get(path) as answer:
                text = await answer.text()
            times.append(time.process_time() - began)
            assert answer.status == 200, text
            assert 'id="n" value="0"' not in text, text
            await asyncio.sleep(0)
    return min(times)
