"""A YouTube channel with people under its videos, asked by the adapter over loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from aiohttp import ClientSession

from bot.simulation.accounts import PlatformAccount
from bot.simulation.platform import FakePlatform
from bot.simulation.youtube import YouTube as Api
from bot.simulation.youtube_comments import Watcher
from channels.base import Context, MemoryMeter, Meter, Poll
from channels.messages import AgentMessage, BotMessage, ChannelEvent, Surface
from channels.youtube import Settings, YouTube
from tests.channels.adapter import nobody
from tests.channels.adapters.youtube import CHANNEL

TOKEN, REFRESH = "access-token-1", "refresh-token-1"
# Noon in California.
NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ACCOUNT = PlatformAccount(
    channel="youtube", account="shop", page=CHANNEL, secret=REFRESH, token=TOKEN
)


@dataclass(slots=True, kw_only=True)
class Channel:
    """The channel, the adapter, and a clock that stands until it is pushed."""

    platform: FakePlatform
    http: ClientSession
    now: datetime = NOON
    meter: Meter = field(default_factory=MemoryMeter)
    cursor: str | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def api(self) -> Api:
        """The rules of the platform that is asked."""
        api = self.platform._apis["youtube"]
        assert isinstance(api, Api)
        return api

    def adapter(self, **changes: object) -> YouTube:
        """The adapter, as after a restart."""
        settings = {"account": "shop", "channel": CHANNEL, "api": self.platform.url}
        token = {} if "refresh_token" in changes else {"token": TOKEN}
        context = Context(http=self.http, clock=lambda: self.now, deliver=nobody, meter=self.meter)
        return YouTube(Settings.model_validate(settings | token | changes), context)

    def writes(
        self, text: str, *, thread: str | None = None, by: str = "mei", ago: float = 0
    ) -> str:
        """Somebody comments, *ago* seconds before now; returns the comment's id."""
        own = f"Ug{next(self._numbers):06d}"
        id = own if thread is None else f"{thread}.{own}"
        who = Watcher(account=ACCOUNT, id=by, name=f"@{by}", video="v1")
        sent = (self.now - timedelta(seconds=ago)).timestamp()
        self.platform.note(who.adds(text, comment=id, sent=sent, thread=thread))
        return id

    def edits(self, comment: str, text: str) -> None:
        """Somebody changes a comment now."""
        who = Watcher(account=ACCOUNT, id="mei", name="@mei", video="v1")
        self.platform.note(who.edits(comment, text, sent=self.now.timestamp()))

    async def polled(self, adapter: YouTube | None = None) -> list[ChannelEvent]:
        """What the next polls tell, until there is no more; the clock goes on by a second each."""
        told: list[ChannelEvent] = []
        while True:
            found = await self.poll(adapter)
            told += found.events
            if found.next_after > timedelta(seconds=1):
                return told

    async def poll(self, adapter: YouTube | None = None) -> Poll:
        """The next poll."""
        found = await (adapter or self.adapter()).poll(self.cursor, self.now)
        self.cursor = found.cursor
        self.now += timedelta(seconds=1)
        return found


@asynccontextmanager
async def watched() -> AsyncIterator[Channel]:
    """A channel on loopback."""
    async with ClientSession() as http:
        made: list[Channel] = []
        platform = FakePlatform([ACCOUNT], clock=lambda: made[0].now.timestamp())
        made.append(Channel(platform=platform, http=http))
        async with platform:
            yield made[0]


def bot_says(text: str, *, thread: str, **changes: object) -> BotMessage:
    """A reply of the bot's."""
    return BotMessage(**_fields(text, thread) | changes)  # type: ignore[arg-type]


def person_says(text: str, *, thread: str) -> AgentMessage:
    """A reply of a person's."""
    return AgentMessage(**_fields(text, thread))  # type: ignore[arg-type]


def _fields(text: str, thread: str) -> dict[str, object]:
    return {
        "id": "0190f1de-0000-7000-8000-000000000001",
        "channel": "youtube",
        "account": "shop",
        "thread": thread,
        "surface": Surface.COMMENT,
        "text": text,
        "reply_to": thread,
    }
