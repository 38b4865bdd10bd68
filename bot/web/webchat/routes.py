"""The addresses of the web chat."""

import asyncio

from aiohttp import web

from bot.web.webchat import messages, pages, polling, sessions, socket
from bot.web.webchat.live import POLLS, SOCKETS


def setup(app: web.Application) -> None:
    """Add the chat's routes. *app* needs the keys of `bot.web.keys` and `bot.web.assets`."""
    app[SOCKETS] = set()
    app[POLLS] = set()
    app.on_shutdown.append(_let_go)
    base = "/webchat/{account}"
    app.router.add_post(f"{base}/session", sessions.start)
    app.router.add_delete(f"{base}/session", sessions.forget)
    app.router.add_get(f"{base}/ws", socket.converse)
    app.router.add_get(f"{base}/events", polling.events)
    app.router.add_post(f"{base}/messages", messages.post)
    for path in ("session", "events", "messages"):
        app.router.add_route("OPTIONS", f"{base}/{path}", sessions.preflight)
    app.router.add_get(f"{base}/widget.js", pages.launcher)
    app.router.add_get(f"{base}/frame", pages.frame)


def add_demo(app: web.Application) -> None:
    """Add a page of an invented shop to try the widget on, at /webchat/{account}/demo."""
    app.router.add_get("/webchat/{account}/demo", pages.demo)


async def _let_go(app: web.Application) -> None:
    """Browsers come back by themselves; none may hold up a restart."""
    for patience in app[POLLS]:
        patience.reschedule(asyncio.get_running_loop().time())
    sockets: set[web.WebSocketResponse] = app[SOCKETS]
    async with asyncio.TaskGroup() as closing:
        for each in tuple(sockets):
            closing.create_task(socket.dismiss(each))
