"""Who drips bytes is cut off; who is only quiet between two requests is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.web import auth, prompt
from bot.web.keys import CONFIG
from bot.web.prompt import PromptRunner
from bot.web.webchat import access, routes
from channels.webchat import Settings
from tests.web.site import Site, config, site

SOON = 0.2
HEAD = "POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n{more}Content-Length: 100\r\n"
TYPE = "Content-Type: application/x-www-form-urlencoded\r\n"


async def answered(address: tuple[str, int], *parts: str) -> bytes:
    """The first thing that the server says to *parts*; empty if it hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    for part in parts:
        writer.write(part.encode())
        await writer.drain()
    try:
        async with asyncio.timeout(3):
            return await reader.read(4096)
    finally:
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, int]]:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = PromptRunner(app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=75.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][:2]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("sent", ["", "GE", "GET / HTTP/1.1\r\nHost: x\r\nX-A"])
async def test_half_a_head_holds_a_connection(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prompt.HEAD_WITHIN <= 15
    monkeypatch.setattr(prompt, "HEAD_WITHIN", SOON)

    async with listening() as address:
        assert await answered(address, sent) == b""


async def test_a_quiet_moment_between_two_requests_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prompt, "HEAD_WITHIN", SOON)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    async with listening() as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        assert await reader.readuntil(b"hello")
        # Another connection lives as long as the bound: then it is over for this one, too.
        assert await answered(address) == b""
        writer.write(request)
        assert await reader.readuntil(b"hello")
        writer.close()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk that also serves a web chat."""

    def chat(app: web.Application) -> None:
        settings = Settings.model_validate({"account": "shop", "origins": []})
        app[CONFIG] = config(tmp_path, channels={"webchat": (settings,)})
        routes.setup(app)

    async with site(tmp_path, extra=chat) as made:
        await made.hire("Ann")
        yield made


async def test_half_a_body_holds_a_page(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(auth.FORM_WITHIN, access.BODY_WITHIN) <= 15
    monkeypatch.setattr(auth, "FORM_WITHIN", SOON)
    monkeypatch.setattr(access, "BODY_WITHIN", SOON)
    host, _, port = shop.url.removeprefix("http://").partition(":")

    for path in ("/login", "/webchat/shop/session"):
        head = HEAD.format(path=path, more=TYPE + "Connection: close\r\n") + "\r\n"
        answer = await answered((host, int(port)), head, "half")
        assert answer.startswith(b"HTTP/1.1 408"), path
