"""A desk on a loopback port, with people who can log in and conversations to look at."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, CookieJar, web
from sqlalchemy import Connection, Engine, insert, select

from bot.config import Brand, Config, Web
from bot.keeper import Keeper
from bot.signals.memory import MemorySignals
from bot.store import agents
from bot.store.agents import Role
from bot.store.database import Database, sqlite_url
from bot.store.tables import conversations, erasure_keys, events, messages, metadata
from bot.web import desk, passwords, security
from bot.web.keys import CAPABILITIES, CLOCK, CONFIG, DATABASE, KEEPER, SIGNALS
from channels.base import Capabilities
from channels.messages import Surface

PASSWORD = "correct horse battery"
START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
ABLE = {
    "line": Capabilities(surface=Surface.DIRECT, max_text=5000),
    "webchat": Capabilities(
        surface=Surface.DIRECT, max_text=8000, media=frozenset({"image", "file"})
    ),
    "page_comments": Capabilities(
        surface=Surface.COMMENT, max_text=8000, private_reply=True, hide=True
    ),
}


@dataclass(slots=True)
class Clock:
    """A clock that tests turn."""

    now: datetime = START
    seconds: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def turn(self, span: timedelta) -> None:
        """Let *span* pass, for times of day and for rate limits alike."""
        self.now += span
        self.seconds += span.total_seconds()


@dataclass(slots=True)
class Site:
    """A running desk. *url* has no slash at its end."""

    app: web.Application
    database: Database
    signals: MemorySignals
    clock: Clock
    url: str
    people: dict[str, int] = field(default_factory=dict)

    async def hire(self, name: str, role: Role = Role.AGENT, language: str | None = "en") -> int:
        """Add an agent NAME@example.com with the password PASSWORD."""
        at = self.clock()
        self.people[name] = await self.database.write(
            lambda conn: agents.add(
                conn,
                email=f"{name.lower()}@example.com",
                name=name,
                role=role,
                password_hash=_hashed(),
                at=at,
                language=language,
            )
        )
        return self.people[name]

    async def cookie(self, name: str) -> str:
        """A session of that agent."""
        at = self.clock()
        return await self.database.write(
            lambda conn: agents.new_session(conn, self.people[name], at)
        )

    @asynccontextmanager
    async def visitor(self, cookie: str | None = None) -> AsyncIterator[ClientSession]:
        """A browser without a window, with that session if one is given."""
        headers = {"Origin": self.url, "Accept": "text/html", "Accept-Language": "en"}
        jar = CookieJar(unsafe=True)
        if cookie is not None:
            jar.update_cookies({"desk": cookie})
        async with ClientSession(self.url, headers=headers, cookie_jar=jar) as session:
            yield session

    async def talk(self, said: "Talk") -> int:
        """Store a conversation; returns its id."""
        return await self.database.write(lambda conn: store(conn, said, self.clock()))

    async def csrf(self, cookie: str) -> str:
        """The token that belongs to a session."""
        span, at = timedelta(days=1), self.clock()
        found = await self.database.read(
            lambda conn: agents.session(conn, cookie, at=at, idle=span, longest=span)
        )
        assert found is not None
        return found.csrf


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation to store: what the customer said, oldest first, *ago* minutes before now."""

    thread: str
    lines: tuple[str, ...] = ("哈囉",)
    name: str | None = "林小姐"
    channel: str = "line"
    state: str = "waiting"
    language: str = "zh-Hant"
    reason: str | None = "human_request"
    ago: float = 3
    agent_id: int | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    log: tuple[tuple[str, str, dict[str, Any]], ...] = ()


def store(connection: Connection, said: Talk, now: datetime) -> int:
    """Write *said* as the bot would have."""
    since = now - timedelta(minutes=said.ago)
    surface = ABLE[said.channel].surface if said.channel in ABLE else Surface.DIRECT
    id: int | None = connection.scalar(
        insert(conversations)
        .values(
            key=f"{said.channel}/shop/{said.thread}",
            channel=said.channel,
            account="shop",
            thread=said.thread,
            surface=surface,
            state=said.state,
            agent_id=said.agent_id,
            contact_id=said.thread,
            contact_name=said.name,
            language=said.language,
            slots=said.slots,
            gone=[],
            last_in_at=since,
            waiting_since=since if said.state == "waiting" else None,
            handoff_reason=said.reason if said.state == "waiting" else None,
            created_at=since,
        )
        .returning(conversations.c.id)
    )
    assert id is not None
    for place, text in enumerate(said.lines):
        at = since + timedelta(seconds=place)
        hear(connection, id, text, at, platform_id=f"{said.thread}-{place}")
    for type, actor, data in said.log:
        at = since + timedelta(seconds=len(said.lines))
        row = {"conversation_id": id, "type": type, "at": at, "actor": actor, "data": data}
        connection.execute(insert(events).values(row))
    return id


def hear(connection: Connection, id: int, text: str, at: datetime, **columns: Any) -> int:
    """Log one message of the customer, or of whom *columns* say."""
    values = {
        "conversation_id": id,
        "direction": "in",
        "author": "customer",
        "visibility": "public",
        "kind": "dm.text",
        "text": text,
        "sent_at": at,
        "received_at": at,
    }
    key: int | None = connection.scalar(
        insert(messages).values(values | columns).returning(messages.c.id)
    )
    assert key is not None
    return key


def config(folder: Path, **changes: Any) -> Config:
    """The smallest configuration."""
    brand = Brand(
        name={"zh-Hant": "好日子選物", "en": "Good Day Goods"},
        timezone=ZoneInfo("Asia/Taipei"),
        languages=("zh-Hant", "en"),
    )
    values: dict[str, Any] = {"file": folder / "config.yml", "brand": brand, "channels": {}}
    return Config(**(values | changes))


def create_tables(engine: Engine) -> None:
    """Make what a database of the newest version holds at first; twice does no harm."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        if connection.scalar(select(erasure_keys.c.id)) is None:
            connection.execute(insert(erasure_keys).values(id=1, key=b"0" * 32))


@asynccontextmanager
async def site(
    folder: Path,
    *,
    clock: Clock | None = None,
    web_settings: Web | None = None,
    canned: dict[str, dict[str, str]] | None = None,
    extra: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[Site]:
    """Serve a desk for the length of the block."""
    clock = clock or Clock()
    database = Database(sqlite_url(folder))
    create_tables(database.engine)
    database.start()
    signals = MemorySignals(lambda: clock.seconds)
    app = web.Application()
    app[CONFIG] = config(folder, web=web_settings or Web(), canned=canned or {})
    app[DATABASE] = database
    app[SIGNALS] = signals
    app[CLOCK] = clock.__call__
    app[KEEPER] = Keeper(database=database, zone=ZoneInfo("Asia/Taipei"), clock=clock.__call__)
    app[CAPABILITIES] = ABLE
    security.setup(app)
    desk.setup(app)
    if extra is not None:
        extra(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield Site(app, database, signals, clock, f"http://{host}:{port}")
    finally:
        await runner.cleanup()
        await signals.close()
        await database.close()


@cache
def _hashed() -> str:
    return passwords.hashed(PASSWORD)
