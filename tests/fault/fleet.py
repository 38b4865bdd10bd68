"""Several whole services on one PostgreSQL, with one platform before them."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.app import running
from bot.config import Config
from bot.simulation.customers import MessengerCustomer
from bot.simulation.platform import FakePlatform
from bot.simulation.webhook import Webhook
from tests.fault.lives import ROOT, Lives, free_port
from tests.house import MODELS, Clock, House, account, brand
from tests.postgres import new_database

WORDS = ("hello", "thanks", "哈囉", "謝謝你", "bye")
IMPATIENT = ClientTimeout(total=0.5)


@dataclass(slots=True, kw_only=True)
class Fleet:
    """Where services of one brand meet: a database and a platform. *urls* are those that live."""

    folder: Path
    platform: FakePlatform
    http: ClientSession
    clock: Clock
    changes: dict[str, Any]
    urls: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    born: int = 0

    @asynccontextmanager
    async def service(self) -> AsyncIterator[House]:
        """One more service in this process, stopped gracefully at the end of the block."""
        config, data = self._home()
        async with running(config, data=data, port=0, clock=self.clock) as service:
            house = House(service=service, platform=self.platform, http=self.http, clock=self.clock)
            self.urls.append(house.url)
            try:
                yield house
            finally:
                self.urls.remove(house.url)

    @asynccontextmanager
    async def neighbour(self) -> AsyncIterator[Lives]:
        """One more service in a process of its own, which can be stopped by signals."""
        config, data = self._home()
        (data / "service.log").touch()
        port = free_port()
        zygote = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fault.zygote", str(config.file), str(data), str(port),
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        life = Lives(
            platform=self.platform, http=self.http, zygote=zygote, port=port, data=data,
            random=random.Random(0),
        )  # fmt: skip
        try:
            await life.start()
            self.urls.append(life.url)
            yield life
        finally:
            zygote.kill()
            await zygote.communicate()

    @asynccontextmanager
    async def talking(self, customers: int, *, every: float) -> AsyncIterator[None]:
        """Customers write for the length of the block, each about once in *every* seconds."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for number in range(customers):
                tasks.create_task(self._talk(f"customer-{number}", stop, every=every))
            yield
            stop.set()

    async def _talk(self, who: str, stop: asyncio.Event, *, every: float) -> None:
        dice = random.Random(who)
        customer = MessengerCustomer(account=account(), id=who)
        turn = 0
        while not stop.is_set():
            turn += 1
            webhook = customer.says(
                dice.choice(WORDS), message=f"m_{who}_{turn}", sent=self.clock.seconds()
            )
            self.platform.world.note(webhook, self.clock.seconds())
            await self._deliver(webhook, dice)
            self.accepted.append(webhook.message)
            await asyncio.sleep(dice.uniform(0, 2 * every))

    async def _deliver(self, webhook: Webhook, dice: random.Random) -> None:
        while True:
            if await self._taken(dice.choice(self.urls), webhook):
                return
            await asyncio.sleep(0.05)

    async def _taken(self, url: str, webhook: Webhook) -> bool:
        try:
            async with self.http.post(
                f"{url}/webhooks/messenger/shop",
                data=webhook.body,
                headers=webhook.headers,
                timeout=IMPATIENT,
            ) as answer:
                return answer.status == 200
        except (ClientError, TimeoutError, OSError):
            return False

    def _home(self) -> tuple[Config, Path]:
        home = self.folder / f"service-{self.born}"
        self.born += 1
        config = brand(home, self.platform.url, **self.changes)
        data = home / "data"
        data.mkdir()
        MODELS.mkdir(exist_ok=True)
        (data / "models").symlink_to(MODELS)
        return config, data


@asynccontextmanager
async def fleet(folder: Path, **changes: Any) -> AsyncIterator[Fleet]:
    """A database and a platform, no service yet. *changes* are sections of everybody's config."""
    clock = Clock()
    store = {"url": new_database().replace("postgresql+psycopg://", "postgresql://")}
    accounts = [account(channel) for channel in ("messenger", "page_comments", "line")]
    async with (
        FakePlatform(accounts, clock=clock.seconds) as platform,
        ClientSession() as http,
    ):
        yield Fleet(
            folder=folder,
            platform=platform,
            http=http,
            clock=clock,
            changes={"store": store, **changes},
        )
