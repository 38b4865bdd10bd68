"""Pages that come after the application listens."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientError, ClientSession, web

from bot.web.late import LatePages, Setup

WORD = web.AppKey("WORD", str)


def pages() -> Iterable[Setup]:
    async def show(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.app[WORD]} {request.method}")

    def setup(app: web.Application) -> None:
        app.router.add_get("/desk/{id}", show)

    return (setup,)


async def receive(request: web.Request) -> web.Response:
    return web.Response(text="OK")


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_page_is_refused_before_it_is_there_or_webhooks_wait_for_pages() -> None:
    app = web.Application()
    app[WORD] = "known"
    app.router.add_post("/webhooks/line/shop", receive)
    late = LatePages(app, pages)
    async with served(app) as url, ClientSession(url) as visitor, asyncio.TaskGroup() as tasks:
        early = tasks.create_task(visitor.get("/desk/7"))
        # The page's request is on its way first; the webhook overtakes it.
        assert (await visitor.post("/webhooks/line/shop")).status == 200
        assert not early.done()
        await late.open()

        assert await (await early).text() == "known GET"
        assert (await visitor.post("/desk/7")).status == 405
        assert (await visitor.get("/nowhere")).status == 404
        assert (await visitor.get("/webhooks/line/shop")).status == 405


async def test_what_guards_the_application_lets_its_late_pages_through() -> None:
    @web.middleware
    async def guard(request: web.Request, handler: object) -> web.StreamResponse:
        raise web.HTTPForbidden

    app = web.Application(middlewares=[guard])
    app[WORD] = "known"
    late = LatePages(app, pages)
    async with served(app) as url, ClientSession(url) as visitor:
        await late.open()

        assert (await visitor.get("/desk/7")).status == 403


async def test_late_pages_do_not_hear_that_the_application_stops() -> None:
    heard: list[str] = []

    async def shut_down(_: web.Application) -> None:
        heard.append("shutdown")

    async def clean_up(_: web.Application) -> None:
        heard.append("cleanup")

    def setup(app: web.Application) -> None:
        app.on_shutdown.append(shut_down)
        app.on_cleanup.append(clean_up)

    app = web.Application()
    late = LatePages(app, lambda: (setup,))
    async with served(app):
        await late.open()

    assert heard == ["shutdown", "cleanup"]


async def test_an_application_that_never_got_its_pages_cannot_stop() -> None:
    app = web.Application()
    app.router.add_get("/healthz", receive)
    LatePages(app, pages)
    async with ClientSession() as visitor:
        async with served(app) as url:
            waiting = asyncio.ensure_future(visitor.get(f"{url}/desk/7"))
            assert (await visitor.get(f"{url}/healthz")).status == 200

        with pytest.raises(ClientError):
            await waiting
