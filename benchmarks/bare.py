"""The ceiling: an aiohttp handler that reads a webhook and only says 200. Argument: the port."""

import asyncio
import sys

import uvloop
from aiohttp import web


async def receive(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="OK")


async def serve(port: int) -> None:
    app = web.Application()
    app.router.add_post("/webhooks/messenger/shop", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
