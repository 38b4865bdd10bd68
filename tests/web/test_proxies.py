"""Whose address counts behind proxies: nobody may choose their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Web
from bot.metrics import Metrics
from bot.signals.memory import MemorySignals
from bot.store.database import Database, sqlite_url
from bot.store.tables import metadata
from bot.web import proxies
from bot.web.application import application
from tests.web.site import START, config

INNER = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
LOCAL = ("127.0.0.0/8", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "headers", "told"),
    [
        ("203.0.113.9", ["198.51.100.7"], None),
        ("203.0.113.9", ["10.0.0.1"], None),
        (None, ["198.51.100.7"], None),
        ("", ["198.51.100.7"], None),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7", "10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7, fd00::2"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7:443 , [fd00::2]:80"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8::1]:9"], "2001:db8::1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["1.1.1.1, "], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1\u0000"], "10.0.0.1"),
    ],
)
def test_a_stranger_chooses_the_address_that_counts(
    peer: str | None, headers: list[str], told: str | None
) -> None:
    assert proxies.origin(peer, headers, INNER) == told


@given(st.lists(st.text(max_size=40), max_size=5))
def test_garbage_breaks_the_reading_or_is_believed(headers: list[str]) -> None:
    told = proxies.origin("10.0.0.1", [*headers, "nonsense"], INNER)

    assert told == "10.0.0.1"
    proxies.origin("10.0.0.1", headers, INNER)


@asynccontextmanager
async def served(folder: Path, chosen: Web) -> AsyncIterator[str]:
    """The whole application with one more address, which tells what it sees."""

    async def seen(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.remote} {await request.text()}")

    database, signals = Database(sqlite_url(folder)), MemorySignals()
    metadata.create_all(database.engine)
    database.start()
    app = application(
        config=config(folder, web=chosen),
        database=database,
        signals=signals,
        channels={},
        capabilities={},
        metrics=Metrics(),
        clock=lambda: START,
    )
    app.router.add_post("/seen", seen)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await signals.close()
        await database.close()


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        ((), "198.51.100.7", "127.0.0.1"),
        (("10.0.0.0/8",), "198.51.100.7", "127.0.0.1"),
        (LOCAL, "198.51.100.7", "198.51.100.7"),
        (LOCAL, "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (LOCAL, "1.1.1.1, <script>", "127.0.0.1"),
    ],
)
async def test_a_handler_sees_the_wrong_address_or_no_body(
    tmp_path: Path, trusted: tuple[str, ...], forwarded: str, seen: str
) -> None:
    chosen = Web(trusted_proxies=tuple(map(ip_network, trusted)))
    headers = {"X-Forwarded-For": forwarded}
    async with served(tmp_path, chosen) as url, ClientSession(url, headers=headers) as visitor:
        answer = await visitor.post("/seen", data="words")

        assert await answer.text() == f"{seen} words"


async def test_metrics_are_shown_through_a_trusted_proxy(tmp_path: Path) -> None:
    chosen = Web(trusted_proxies=tuple(map(ip_network, LOCAL)))
    async with served(tmp_path, chosen) as url, ClientSession() as visitor:
        for forwarded, status in ((None, 200), ("127.0.0.1", 404), ("10.0.0.1", 404), ("", 404)):
            headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
            async with visitor.get(f"{url}/metrics", headers=headers) as answer:
                assert answer.status == status, forwarded
