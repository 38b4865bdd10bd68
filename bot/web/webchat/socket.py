"""The live line to a browser: its frames in, new frames of its thread out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, Field, ValidationError

from bot.signals import Signal
from bot.store import chat
from bot.store.database import StoreUnavailable
from bot.web.keys import DATABASE, SIGNALS
from bot.web.webchat import access
from bot.web.webchat.access import MAX_FRAME, Refused
from bot.web.webchat.live import SOCKETS, hint, topic
from bot.web.webchat.messages import receive
from channels.webchat import Settings

HEARTBEAT = 25.0
HELLO_WITHIN = 10.0
CLOSE_WITHIN = 2.0
# Far more than a widget sends; beyond that somebody is flooding us.
FRAMES_AT_ONCE = 30
FRAMES_PER_SECOND = 10


class Hello(BaseModel):
    """The first frame: which session, and the last number that the browser has seen."""

    token: str = Field(max_length=128)
    after: int = Field(default=0, ge=0)


async def converse(request: web.Request) -> web.StreamResponse:
    """Speak with one tab until it leaves."""
    settings = access.account(request)
    try:
        access.allowed_origin(request, settings)
    except Refused as exc:
        raise web.HTTPForbidden from exc
    # Without compression no small frame can unfold into a large one.
    ws = web.WebSocketResponse(
        heartbeat=HEARTBEAT, max_msg_size=MAX_FRAME, compress=False, timeout=CLOSE_WITHIN
    )
    await ws.prepare(request)
    request.app[SOCKETS].add(ws)
    try:
        await _line(ws, request.app, settings)
    except (ConnectionError, StoreUnavailable):
        await ws.close(code=WSCloseCode.TRY_AGAIN_LATER)
    finally:
        request.app[SOCKETS].discard(ws)
    return ws


async def dismiss(ws: web.WebSocketResponse) -> None:
    """Ask the browser to come back to the restarted server."""
    await ws.close(code=WSCloseCode.SERVICE_RESTART)


async def _line(ws: web.WebSocketResponse, app: web.Application, settings: Settings) -> None:
    hello = await _hello(ws)
    session = await access.find(app, settings, hello.token) if hello else None
    if hello is None or session is None:
        await _send(ws, Refused(401, "session").frame)
        await ws.close(code=WSCloseCode.POLICY_VIOLATION, message=b"session")
        return
    async with app[SIGNALS].subscribe(topic(session.thread)) as news:
        feed = Feed(ws, app, session, after=hello.after)
        await feed.begin()
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(feed.run(news))
                await _listen(ws, app, settings, session)
                telling.cancel()
        except* (ConnectionError, StoreUnavailable):
            await ws.close(code=WSCloseCode.TRY_AGAIN_LATER)


class Feed:
    """Sends a thread's frames in their order, each once, from a cursor on."""

    def __init__(
        self, ws: web.WebSocketResponse, app: web.Application, session: chat.Session, *, after: int
    ) -> None:
        self._ws = ws
        self._database = app[DATABASE]
        self._session = session
        self._after = after
        self._state: str | None = None

    async def begin(self) -> None:
        """Greet, then send what the browser has not seen."""
        last = await self._database.read(
            lambda connection: chat.last_seq(connection, self._session.thread)
        )
        # A number from before a restore or a deletion says nothing about this history.
        self._after = self._after if self._after <= last else 0
        await _send(self._ws, {"t": "ready", "seq": last})
        await self._catch_up()

    async def run(self, news: AsyncIterator[Signal]) -> None:
        """Send what comes until the chat is deleted or the signals end."""
        async for signal in news:
            if signal.payload.get("gone"):
                await _send(self._ws, Refused(401, "session").frame)
                await self._ws.close(code=WSCloseCode.POLICY_VIOLATION, message=b"session")
                return
            if shown := hint(signal.payload):
                self._state = shown.get("state", self._state)
                await _send(self._ws, shown)
            else:
                await self._catch_up()

    async def _catch_up(self) -> None:
        while True:
            page = await self._database.read(
                lambda connection: chat.page(connection, self._session, after=self._after)
            )
            for frame in page.frames:
                await _send(self._ws, frame)
                self._after = frame["seq"]
            if page.state != self._state:
                self._state = page.state
                await _send(self._ws, {"t": "handoff", "state": page.state})
            if len(page.frames) < chat.PAGE:
                return


class _Meter:
    """Counts frames against a bucket that refills evenly."""

    def __init__(self) -> None:
        self._left = float(FRAMES_AT_ONCE)
        self._at = asyncio.get_running_loop().time()

    def take(self) -> bool:
        now = asyncio.get_running_loop().time()
        refilled = self._left + (now - self._at) * FRAMES_PER_SECOND
        self._left, self._at = min(FRAMES_AT_ONCE, refilled) - 1, now
        return self._left >= 0


async def _hello(ws: web.WebSocketResponse) -> Hello | None:
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            first = await ws.receive()
        return Hello.model_validate_json(first.data) if first.type is WSMsgType.TEXT else None
    except (TimeoutError, ValidationError):
        return None


async def _listen(
    ws: web.WebSocketResponse, app: web.Application, settings: Settings, session: chat.Session
) -> None:
    meter = _Meter()
    async for incoming in ws:
        if incoming.type is not WSMsgType.TEXT:
            await ws.close(code=WSCloseCode.UNSUPPORTED_DATA)
        elif not meter.take():
            await ws.close(code=WSCloseCode.POLICY_VIOLATION, message=b"flood")
        else:
            await _send(ws, await _answer(app, settings, session, incoming.data))


async def _answer(
    app: web.Application, settings: Settings, session: chat.Session, data: str
) -> dict[str, Any]:
    try:
        return await receive(app, settings, session, data)
    except Refused as refused:
        return refused.frame | _about(data)
    except StoreUnavailable:
        return Refused(503, "unavailable", retry_after=2).frame | _about(data)


def _about(data: str) -> dict[str, str]:
    """Names the refused message, where it can be read."""
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    cid = told.get("cid") if isinstance(told, dict) else None
    return {"cid": cid} if isinstance(cid, str) else {}


async def _send(ws: web.WebSocketResponse, frame: dict[str, Any]) -> None:
    await ws.send_str(orjson.dumps(frame).decode())
