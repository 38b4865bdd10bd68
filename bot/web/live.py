"""The live line of the desk: hints that something changed, and who else is looking.

Only hints travel here, never what was said: the page fetches the truth, so that a line that was
down, or that fell behind, costs nothing but one fetch.
"""

import asyncio
from contextlib import suppress
from weakref import WeakSet

import orjson
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.signals import RESYNC, Signal
from bot.store import conversations
from bot.store.agents import Agent
from bot.store.database import StoreUnavailable
from bot.web import webchat
from bot.web.auth import agent, cookie_name, living, signed_in
from bot.web.keys import DATABASE, SIGNALS
from bot.web.origin import own_origin
from channels.webchat import NAME as WEBCHAT

HEARTBEAT = 20.0
PRESENT_SECONDS = 25.0
RECHECK_SECONDS = 4.0
LARGEST_FRAME = 1024
FRAMES_PER_MINUTE = 240


class Viewing(BaseModel):
    """What the browser says: which conversation is on screen, and whether the agent types.

    *note* says that it is a note that is being typed, which is no customer's business.
    """

    model_config = ConfigDict(extra="forbid")

    conversation: int | None = Field(default=None, ge=1, le=2**53)
    typing: bool = False
    note: bool = False


class Sockets(WeakSet["web.WebSocketResponse"]):
    """Every open line, to be closed when the application stops."""


SOCKETS = web.AppKey("SOCKETS", Sockets)


class _Gone(Exception):
    """The line has ended."""


def setup(app: web.Application) -> None:
    """Add the route."""
    app[SOCKETS] = Sockets()
    app.on_shutdown.append(_hang_up)
    app.router.add_get("/desk/live", signed_in()(connect))


async def connect(request: web.Request) -> web.WebSocketResponse:
    """Serve one browser tab until it leaves or its session ends."""
    # A foreign page cannot read cookies, but it could open a socket that carries them.
    if not own_origin(request) or "Origin" not in request.headers:
        raise web.HTTPForbidden
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LARGEST_FRAME, compress=False)
    if not socket.can_prepare(request).ok:
        raise web.HTTPUpgradeRequired
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    line = _Line(request, socket, agent(request))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(line.hear())
            tasks.create_task(line.tell())
            tasks.create_task(line.follow())
            tasks.create_task(line.recheck())
    except* (_Gone, ConnectionResetError):
        pass
    finally:
        line.leave()
    await socket.close()
    return socket


class _Line:
    """One socket. What waits to be told is a set of ids: a slow reader cannot fill the memory."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, who: Agent) -> None:
        self._app = request.app
        self._cookie = request.cookies[cookie_name(request.app)]
        self._socket = socket
        self._who = who
        self._viewing = Viewing()
        self._changed: set[int] = set()
        self._resync = False
        self._crowd = False
        self._customer_types = False
        self._wake = asyncio.Event()

    async def hear(self) -> None:
        """Take in what the browser says."""
        signals = self._app[SIGNALS]
        async for frame in self._socket:
            flood = await signals.allow(f"live/{id(self)}", limit=FRAMES_PER_MINUTE, seconds=60)
            if flood or frame.type is not WSMsgType.TEXT:
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION)
                break
            try:
                said = Viewing.model_validate_json(frame.data)
            except ValidationError:
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION)
                break
            self._view(said)
            if said.conversation is not None and said.typing and not said.note:
                await self._show_visitor(said.conversation)
        raise _Gone

    async def follow(self) -> None:
        """Note what changes."""
        async with self._app[SIGNALS].subscribe("desk", "presence") as stream:
            # Only now is nothing missed: let the page look once.
            self._resync = True
            self._wake.set()
            async for signal in stream:
                self._note(signal)
                self._wake.set()
        raise _Gone

    async def tell(self) -> None:
        """Tell the browser what was noted, as fast as it reads."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, set()
            resync, self._resync = self._resync, False
            crowd, self._crowd = self._crowd, False
            if changed or resync:
                await self._send({"changed": sorted(changed), "resync": resync})
            if crowd:
                await self._send(await self._others())
            if self._customer_types:
                self._customer_types = False
                await self._send({"conversation": self._viewing.conversation, "customer": "typing"})

    async def recheck(self) -> None:
        """End the line soon after the session ends."""
        while await living(self._app, self._cookie) is not None:  # noqa: ASYNC110 - it ends in SQL
            await asyncio.sleep(RECHECK_SECONDS)
        await self._send({"ended": True})
        await self._socket.close(code=WSCloseCode.POLICY_VIOLATION)
        raise _Gone

    def leave(self) -> None:
        """Nobody is looking through this line any more."""
        self._view(Viewing())

    def _note(self, signal: Signal) -> None:
        conversation = signal.payload.get("conversation")
        here = conversation is not None and conversation == self._viewing.conversation
        if signal.topic == RESYNC:
            self._resync = True
        elif signal.topic == "presence":
            self._crowd |= here
        elif signal.payload.get("type") == "typing":
            self._customer_types |= here
        elif isinstance(conversation, int) and signal.payload.get("type") != "read":
            self._changed.add(conversation)

    async def _show_visitor(self, conversation: int) -> None:
        """Let the visitor of a web chat see that somebody types, unless it is another's talk."""
        with suppress(StoreUnavailable):
            found = await self._app[DATABASE].read(
                lambda connection: conversations.by_id(connection, conversation)
            )
            if found and found.channel == WEBCHAT and found.agent_id in {None, self._who.id}:
                webchat.tell_typing(self._app[SIGNALS], thread=found.thread, author="agent")

    def _view(self, now: Viewing) -> None:
        before, self._viewing = self._viewing, now
        if before.conversation not in {None, now.conversation}:
            self._present(before, 0)
        self._present(now, PRESENT_SECONDS)
        for conversation in {before.conversation, now.conversation} - {None}:
            if before != now:
                self._app[SIGNALS].publish("presence", {"conversation": conversation})
        self._crowd = now.conversation is not None
        self._wake.set()

    def _present(self, viewing: Viewing, seconds: float) -> None:
        if viewing.conversation is None:
            return
        me = f"{self._who.id} {self._who.name}"
        signals = self._app[SIGNALS]
        signals.present(f"viewing/{viewing.conversation}", me, seconds)
        signals.present(f"typing/{viewing.conversation}", me, seconds if viewing.typing else 0)

    async def _others(self) -> dict[str, object]:
        room = self._viewing.conversation
        signals = self._app[SIGNALS]
        return {
            "conversation": room,
            "viewing": self._names(await signals.presence(f"viewing/{room}")),
            "typing": self._names(await signals.presence(f"typing/{room}")),
        }

    def _names(self, people: list[str]) -> list[str]:
        split = [who.partition(" ") for who in people]
        return [name for id, _, name in split if id != str(self._who.id)]

    async def _send(self, message: dict[str, object]) -> None:
        await self._socket.send_str(orjson.dumps(message).decode())


async def _hang_up(app: web.Application) -> None:
    sockets = app[SOCKETS]
    for socket in list(sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY)
