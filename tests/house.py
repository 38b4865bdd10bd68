"""A whole brand on loopback: our service on one side, the fake platform on the other."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientSession
from sqlalchemy import select

from bot.app import Service, running
from bot.config import Config, load
from bot.simulation.accounts import PlatformAccount
from bot.simulation.customers import MessengerCustomer
from bot.simulation.ledger import Entry
from bot.simulation.platform import FakePlatform
from bot.simulation.webhook import Webhook
from bot.store.database import Database
from bot.store.tables import inbox, outbox
from bot.web.keys import DATABASE

WITHIN = 60.0
SECRET, TOKEN, PAGE = "test-app-secret", "test-page-token", "104593217840226"
MODELS = Path(__file__).parent / ".models"


class Clock:
    """The service's clock, which a test may push forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        """Unix time, for the platform."""
        return self().timestamp()


def account(channel: str = "messenger", webhook: str | None = None) -> PlatformAccount:
    """The brand's account as the platform knows it."""
    return PlatformAccount(
        channel=channel, account="shop", page=PAGE, secret=SECRET, token=TOKEN, webhook=webhook
    )


def page(**more: Any) -> dict[str, Any]:
    """Settings of the brand's account on Messenger, for `also`."""
    return {
        "page": PAGE,
        "secret": SECRET,
        "verify_token": "test-verify-token",
        "token": TOKEN,
        "app_id": "1517776481860111",
        **more,
    }


def brand(
    folder: Path,
    platform_url: str,
    also: Mapping[str, Mapping[str, Any]] | None = None,
    **changes: Any,
) -> Config:
    """A small brand whose platforms are at *platform_url*.

    *also* are settings of one account each for further channels, by name.
    """
    shared = {"account": "shop", "api": platform_url}
    comments = page()
    del comments["app_id"]
    settings: dict[str, Any] = {
        "brand": {"name": "Test Shop", "timezone": "Asia/Taipei", "languages": ["zh-Hant", "en"]},
        "channels": {
            "messenger": [shared | page()],
            "page_comments": [shared | comments],
            "line": [shared | {"destination": PAGE, "secret": SECRET, "token": TOKEN}],
            "webchat": [{"account": "site", "origins": ["http://127.0.0.1"]}],
        },
    }
    for name, given in (also or {}).items():
        settings["channels"][name] = [{**shared, **given}]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "config.yml"
    file.write_text(yaml.safe_dump(settings | changes, allow_unicode=True), encoding="utf-8")
    return load(file, os.environ)


@dataclass(slots=True, kw_only=True)
class House:
    """A running service, its platform and a client that plays the platform's couriers."""

    service: Service
    platform: FakePlatform
    http: ClientSession
    clock: Clock
    numbers: Any = field(default_factory=count)

    @property
    def url(self) -> str:
        return f"http://{self.service.host}:{self.service.port}"

    @property
    def database(self) -> Database:
        return self.service.app[DATABASE]

    def customer(self, id: str) -> MessengerCustomer:
        """Somebody on Messenger."""
        return MessengerCustomer(account=account(), id=id)

    async def says(self, who: str, text: str, *, message: str | None = None) -> Webhook:
        """Deliver one text of a Messenger customer; the webhook must be accepted."""
        webhook = self.customer(who).says(
            text, message=message or f"m_{next(self.numbers)}", sent=self.clock.seconds()
        )
        assert await self.deliver(webhook) == 200
        return webhook

    async def deliver(self, webhook: Webhook) -> int:
        """Post a webhook as the platform would; returns the status."""
        self.platform.world.note(webhook, self.clock.seconds())
        url = f"{self.url}/webhooks/{webhook.channel}/shop"
        async with self.http.post(url, data=webhook.body, headers=webhook.headers) as answer:
            await answer.read()
            return answer.status

    def sent(self, who: str | None = None) -> list[Entry]:
        """What the platform accepted, to *who* or to anybody."""
        return self.platform.ledger.accepted(who)

    async def until(self, true: Callable[[], Any], *, within: float = WITHIN) -> None:
        """Wait until *true* holds; fails with what is in the store when it never does."""
        deadline = asyncio.get_running_loop().time() + within
        while not true():
            assert asyncio.get_running_loop().time() < deadline, await self.state()
            await asyncio.sleep(0.01)

    async def settled(self, *, within: float = WITHIN) -> None:
        """Wait until nothing is pending in the inbox and nothing is on its way out."""
        deadline = asyncio.get_running_loop().time() + within
        while (state := await self.state())["open"]:
            assert asyncio.get_running_loop().time() < deadline, state
            await asyncio.sleep(0.02)

    async def state(self) -> dict[str, Any]:
        """The inbox and outbox as they stand."""

        def look(connection: Any) -> dict[str, Any]:
            rows = connection.execute(select(inbox.c.state, inbox.c.reason)).all()
            items = connection.execute(select(outbox.c.state, outbox.c.reason)).all()
            busy = [row for row in rows if row.state == "pending"]
            busy += [row for row in items if row.state in {"queued", "sending"}]
            return {"open": len(busy), "inbox": rows[-5:], "outbox": items[-5:]}

        return await self.database.read(look)


@asynccontextmanager
async def house(folder: Path, **given: Any) -> AsyncIterator[House]:
    """A brand in *folder*, served and answered; *given* is what `street` takes."""
    async with street(folder, **given) as opened, opened() as h:
        yield h


@asynccontextmanager
async def street(
    folder: Path,
    *,
    accounts: Sequence[PlatformAccount] = (),
    also: Mapping[str, Mapping[str, Any]] | None = None,
    **changes: Any,
) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[House]]]:
    """The platforms before a brand's house, which may be opened several times one after another.

    *accounts* and *also* are further accounts, as the platform and as config.yml know them.
    *changes* are sections of config.yml.
    """
    clock = Clock()
    usual = [account(channel) for channel in ("messenger", "page_comments", "line")]
    async with FakePlatform([*usual, *accounts], clock=clock.seconds) as platform:
        config = brand(folder, platform.url, also, **changes)
        (folder / "data").mkdir(exist_ok=True)
        if not (folder / "data" / "models").exists():
            MODELS.mkdir(exist_ok=True)
            (folder / "data" / "models").symlink_to(MODELS)

        @asynccontextmanager
        async def opened() -> AsyncIterator[House]:
            async with (
                running(config, data=folder / "data", port=0, clock=clock) as service,
                ClientSession() as http,
            ):
                yield House(service=service, platform=platform, http=http, clock=clock)

        yield opened
