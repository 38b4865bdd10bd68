"""The fallback for browsers whose network lets no WebSocket through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.signals import Signal
from bot.store import chat
from bot.web.keys import DATABASE, SIGNALS
from bot.web.webchat import access
from bot.web.webchat.access import Refused
from bot.web.webchat.live import POLLS, hint, topic
from channels.webchat import Settings

MAX_WAIT = 25.0
POLLS_AT_ONCE = 20


@access.api
async def events(request: web.Request, settings: Settings) -> web.Response:
    """Answer with the frames after ?after=, waiting up to ?wait= seconds for the first."""
    session = await access.session(request, settings)
    after, wait = _number(request, "after"), min(_number(request, "wait"), MAX_WAIT)
    pause = await request.app[SIGNALS].allow(
        f"webchat:poll:{session.thread}", limit=POLLS_AT_ONCE, seconds=POLLS_AT_ONCE / 2
    )
    if pause:
        raise Refused(429, "rate", retry_after=pause)
    async with request.app[SIGNALS].subscribe(topic(session.thread)) as news:
        page = await _page(request.app, session, after)
        told: list[dict[str, Any]] = []
        if not page.frames:
            with suppress(TimeoutError):
                page, told = await _next(request.app, session, after, news, wait, page)
    frames = [*page.frames, {"t": "handoff", "state": page.state}, *told]
    return web.json_response({"seq": page.last, "frames": frames})


async def _next(
    app: web.Application,
    session: chat.Session,
    after: int,
    news: AsyncIterator[Signal],
    wait: float,
    page: chat.Page,
) -> tuple[chat.Page, list[dict[str, Any]]]:
    """The first news of the thread. Raises TimeoutError, and Refused when it is deleted."""
    async with asyncio.timeout(wait) as patience:
        app[POLLS].add(patience)
        try:
            async for signal in news:
                if signal.payload.get("gone"):
                    raise Refused(401, "session")
                if shown := hint(signal.payload):
                    return page, [shown]
                page = await _page(app, session, after)
                if page.frames:
                    break
        finally:
            app[POLLS].discard(patience)
    return page, []


async def _page(app: web.Application, session: chat.Session, after: int) -> chat.Page:
    return await app[DATABASE].read(lambda connection: chat.page(connection, session, after=after))


def _number(request: web.Request, name: str) -> int:
    """A whole number of the query that the database can hold; 0 where there is none."""
    given = request.query.get(name, "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 19 else 0
