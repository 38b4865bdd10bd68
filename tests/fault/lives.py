"""A brand whose service is killed over and over, and what the platform saw of it."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.simulation.courier import Courier
from bot.simulation.customers import MessengerCustomer
from bot.simulation.platform import FakePlatform
from bot.simulation.webhook import Webhook
from tests.house import MODELS, Clock, account, brand

ROOT = Path(__file__).parents[2]
SOON = 60.0
ANSWERING = b'"event": "answering"'


@dataclass(slots=True, kw_only=True)
class Lives:
    """One data folder, one port, many lives. *accepted* holds messages that got their 200."""

    platform: FakePlatform
    http: ClientSession
    zygote: asyncio.subprocess.Process
    port: int
    data: Path
    random: random.Random
    accepted: list[str] = field(default_factory=list)
    sent: int = 0
    pid: int = 0
    logged: int = 0
    killed: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin a life and wait until it listens."""
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.logged = (self.data / "service.log").stat().st_size
        self.zygote.stdin.write(b"\n")
        self.pid = int(await self.zygote.stdout.readline())
        deadline = asyncio.get_running_loop().time() + SOON
        while True:
            try:
                async with self.http.get(f"{self.url}/healthz"):
                    return
            except (ClientError, TimeoutError, OSError):
                log = (self.data / "service.log").read_text()[-2000:]
                assert asyncio.get_running_loop().time() < deadline, log
                await asyncio.sleep(0.005)

    async def kill(self) -> None:
        """End the present life at once, and wait until its port is free."""
        os.kill(self.pid, signal.SIGKILL)
        self.killed += 1
        while True:
            await asyncio.sleep(0.001)
            if not _alive(self.pid):
                return

    async def answers(self) -> None:
        """Wait until the present life decides on messages."""
        deadline = asyncio.get_running_loop().time() + SOON
        with (self.data / "service.log").open("rb") as log:
            log.seek(self.logged)
            while ANSWERING not in log.read():
                assert asyncio.get_running_loop().time() < deadline
                log.seek(self.logged)
                await asyncio.sleep(0.005)

    async def customer(self, number: int, stop: asyncio.Event) -> None:
        """Write message after message; each is delivered again until it is accepted."""
        turn = 0
        while not stop.is_set():
            turn += 1
            # A reply that is lost calls a person: only new conversations keep the bot talking.
            customer = MessengerCustomer(account=account(), id=f"customer-{number}-{turn // 5}")
            webhook = customer.says(
                self.random.choice(("hello", "哈囉", "thanks", "謝謝你", "bye")),
                message=f"m_{number}_{turn}",
                sent=self.platform.clock(),
            )
            await self.deliver(webhook, stop)
            await asyncio.sleep(self.random.uniform(0, 0.15))

    async def deliver(self, webhook: Webhook, stop: asyncio.Event) -> None:
        """Post *webhook* as a platform does: again and again until it hears 200."""
        self.platform.world.note(webhook, self.platform.clock())
        self.sent += 1
        while True:
            try:
                async with self.http.post(
                    f"{self.url}/webhooks/messenger/shop",
                    data=webhook.body,
                    headers=webhook.headers,
                ) as answer:
                    if answer.status == 200:
                        self.accepted.append(webhook.message)
                        return
            except (ClientError, TimeoutError, OSError):
                pass
            if stop.is_set():
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def lives(
    folder: Path, *, seed: int, wrapper: Sequence[str] = (), **changes: Any
) -> AsyncIterator[Lives]:
    """A brand in *folder* with nobody alive yet. *changes* are sections of its config.yml.

    *wrapper* is a command under which its lives run.
    """
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/webhooks/messenger/shop"
    clock = Clock()
    async with FakePlatform(
        [account(webhook=webhook)],
        clock=clock.seconds,
        echo=True,
        strangers=True,
        courier=Courier(tries=10, pause=0.05),
    ) as platform:
        brand(folder, platform.url, **changes)
        data = folder / "data"
        data.mkdir()
        (data / "service.log").touch()
        MODELS.mkdir(exist_ok=True)
        (data / "models").symlink_to(MODELS)
        zygote = await asyncio.create_subprocess_exec(
            *wrapper,
            sys.executable,
            "-m",
            "tests.fault.zygote",
            str(folder / "config.yml"),
            str(data),
            str(port),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with ClientSession(timeout=ClientTimeout(total=5)) as http:
                yield Lives(
                    platform=platform,
                    http=http,
                    zygote=zygote,
                    port=port,
                    data=data,
                    random=random.Random(seed),
                )
        finally:
            zygote.kill()
            await zygote.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
