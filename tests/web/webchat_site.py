"""A web site's chat on a loopback port, with a visitor who speaks the protocol by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from sqlalchemy import select

from bot.config import Brand, Config, Web
from bot.signals.memory import MemorySignals
from bot.store import tables
from bot.store.database import Database
from bot.store.inbox import decode
from bot.web import assets, files, keys, security, webchat
from bot.web.webchat import routes
from channels.messages import BotMessage, InboundMessage, OutboundMessage, QuickReply
from channels.webchat import Settings, WebChat
from tests.channels.adapter import lent
from tests.web.site import create_tables

Json = dict[str, Any]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SHOP = "https://shop.example"
SETTINGS = Settings.model_validate(
    {"account": "site", "origins": [SHOP], "identity_secret": "identity-secret"}
)


class Site:
    """One server process, as it were: it may be stopped and started again on the same store."""

    def __init__(self, folder: Path, settings: Sequence[Settings] = (SETTINGS,)) -> None:
        self._folder = folder
        self._settings = tuple(settings)
        self.port = 0
        self.sender = WebChat(settings[0], lent(deliver=self._deliver))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webchat/{self._settings[0].account}"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin to listen, on the same port as before."""
        self.database = Database(f"sqlite:///{self._folder / 'antiphon.db'}")
        create_tables(self.database.engine)
        self.database.start()
        self.signals = MemorySignals()
        self.app = self._application()
        self._runner = web.AppRunner(self.app, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Shut down as a process does on SIGTERM."""
        await self._runner.cleanup()
        await self.signals.close()
        await self.database.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.stop()

    async def received(self) -> list[InboundMessage]:
        """What the bot will find in the inbox, in its order."""
        rows = await self.database.read(
            lambda connection: connection.scalars(
                select(tables.inbox.c.event)
                .where(tables.inbox.c.event.is_not(None))
                .order_by(tables.inbox.c.id)
            ).all()
        )
        return [cast(InboundMessage, decode(row)) for row in rows]

    async def says(self, thread: str, text: str, **more: Any) -> str:
        """Let the bot send *text* to a visitor; returns the message's id."""
        message = BotMessage(
            **({"id": str(uuid4())} | more),
            channel="webchat",
            account="site",
            thread=thread,
            text=text,
        )
        await self.sender.send(message)
        return message.id

    @asynccontextmanager
    async def answering_bot(self, *titles: str) -> AsyncIterator[None]:
        """While open, every message is answered once with its own words, and buttons *titles*."""
        done: set[str] = set()
        replies = tuple(QuickReply(title=title, payload=f"intent:{title}") for title in titles)

        async def answer() -> None:
            async with self.signals.subscribe("inbox") as news:
                async for _ in news:
                    for event in await self.received():
                        if event.event_id not in done:
                            done.add(event.event_id)
                            text = f"收到：{event.text}"
                            await self.says(event.thread, text, quick_replies=replies)

        task = asyncio.create_task(answer())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _deliver(self, message: OutboundMessage) -> str:
        return await webchat.deliver_to(self.database, self.signals, lambda: NOW)(message)

    def _application(self) -> web.Application:
        app = web.Application()
        app[keys.CONFIG] = Config.model_construct(
            file=self._folder / "config.yml",
            web=Web(),
            brand=Brand.model_validate(
                {
                    "name": {"zh-Hant": "日日選物", "en": "Daily Goods"},
                    "timezone": "Asia/Taipei",
                    "languages": ["zh-Hant", "en"],
                }
            ),
            channels={"webchat": self._settings},
        )
        app[keys.DATABASE] = self.database
        app[keys.SIGNALS] = self.signals
        app[keys.CLOCK] = lambda: NOW
        security.setup(app)
        assets.setup(app)
        routes.setup(app)
        files.setup(app)
        routes.add_demo(app)
        return app


@dataclass(slots=True, kw_only=True)
class Visitor:
    """One browser tab that does as it is told. *seen* are the messages it was shown, in order."""

    site: Site
    http: ClientSession
    token: str = ""
    thread: str = ""
    ws: ClientWebSocketResponse | None = None
    after: int = 0
    seen: list[Json] = field(default_factory=list)

    async def arrive(self, **more: Any) -> Json:
        """Begin a session."""
        headers = {"Origin": self.site.origin}
        async with self.http.post(f"{self.site.url}/session", json=more, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            told: Json = await answer.json()
        self.token, self.thread = told["token"], told["thread"]
        return told

    async def connect(self, *, after: int | None = None) -> Json:
        """Open the live line; returns the greeting."""
        self.ws = await self.http.ws_connect(
            f"{self.site.url}/ws", headers={"Origin": self.site.origin}
        )
        cursor = self.after if after is None else after
        await self.ws.send_json({"t": "hello", "token": self.token, "after": cursor})
        return await self.hears("ready")

    async def leave(self) -> None:
        """Close the live line."""
        if self.ws is not None:
            await self.ws.close()
            self.ws = None

    async def hears(self, kind: str) -> Json:
        """The next frame of *kind*; messages on the way there are noted as seen."""
        assert self.ws is not None
        while True:
            async with asyncio.timeout(20):
                incoming = await self.ws.receive()
            assert incoming.type is WSMsgType.TEXT, incoming
            frame: Json = orjson.loads(incoming.data)
            if frame["t"] == "msg":
                self.seen.append(frame)
                self.after = frame["seq"]
            if frame["t"] == kind:
                return frame

    async def says(self, text: str, *, cid: str | None = None) -> Json:
        """Say *text* over the live line; returns the acknowledgement."""
        await self.sends(t="msg", cid=cid or str(uuid4()), text=text)
        return await self.hears("ack")

    async def sends(self, **frame: Any) -> None:
        """Send a frame as a browser writes it: UTF-8, nothing escaped."""
        assert self.ws is not None
        await self.ws.send_str(orjson.dumps(frame).decode())

    async def ends(self) -> int | None:
        """Wait for the server to end the live line; returns its code."""
        assert self.ws is not None
        async with asyncio.timeout(20):
            async for _ in self.ws:
                pass
        return self.ws.close_code

    async def call(
        self, method: str, path: str, *, origin: str | None = None, **options: Any
    ) -> tuple[int, Any]:
        """One HTTP request with the token; returns status and JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Origin": origin or self.site.origin}
        url = f"{self.site.url}/{path}"
        async with self.http.request(method, url, headers=headers, **options) as answer:
            body = await answer.read()
            return answer.status, orjson.loads(body) if body.startswith(b"{") else None

    def texts(self) -> list[str]:
        """What was shown, in order."""
        return [frame["parts"][0]["text"] for frame in self.seen]
