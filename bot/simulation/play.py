"""Plays platform and customers for a configured brand: the demo, and `antiphon simulate`."""

import asyncio
import errno
import ipaddress
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, cast
from urllib.parse import urlsplit

from bot.simulation.accounts import PlatformAccount
from bot.simulation.drive import PATIENCE_SECONDS, Driver
from bot.simulation.platform import FakePlatform
from bot.simulation.platforms import channels, platform_of
from bot.simulation.summary import Summary
from bot.simulation.visits import Mix


class CannotSimulate(Exception):
    """The configuration would send to a real platform, or leaves nothing to play."""


class Configured(Protocol):
    """The part of bot.config.Config that is read here."""

    @property
    def channels(self) -> Mapping[str, Sequence[object]]: ...


class _Settings(Protocol):
    account: str
    api: str


async def play(
    config: Configured,
    service_url: str,
    *,
    rate: float = 1.0,
    seed: int = 0,
    stop: asyncio.Event,
    port: int | None = None,
) -> Summary:
    """Be platform and customers of *config*'s brand until *stop* is set.

    Raises CannotSimulate, also if the port that the channels' `api` points to is taken.
    """
    async with stage(config, service_url, rate=rate, seed=seed, port=port) as (_, driver):
        return await driver.run(stop=stop)


@asynccontextmanager
async def demo(
    config: Configured, service_url: str, *, rate: float = 1.0, seed: int = 0
) -> AsyncIterator[FakePlatform]:
    """The platform, with customers coming while the block runs."""
    stop = asyncio.Event()
    async with (
        stage(config, service_url, rate=rate, seed=seed) as (platform, driver),
        asyncio.TaskGroup() as tasks,
    ):
        running = tasks.create_task(driver.run(stop=stop))
        try:
            yield platform
        finally:
            stop.set()
            running.cancel()


@asynccontextmanager
async def stage(
    config: Configured,
    service_url: str,
    *,
    rate: float,
    seed: int,
    port: int | None = None,
    mix: Mix | None = None,
    patience: float = PATIENCE_SECONDS,
) -> AsyncIterator[tuple[FakePlatform, Driver]]:
    """A platform on the port that the channels call (or *port*), and a driver ready to run."""
    accounts = simulated(config, service_url)
    called = loopback_port(config)
    port = called if port is None else port
    async with _listening(FakePlatform(accounts, port=port, echo=True), port) as platform:
        driver = Driver(
            service_url, accounts, platform, rate=rate, seed=seed, mix=mix, patience=patience
        )
        yield platform, driver


@asynccontextmanager
async def _listening(platform: FakePlatform, port: int) -> AsyncIterator[FakePlatform]:
    async with AsyncExitStack() as stack:
        try:
            entered = await stack.enter_async_context(platform)
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                raise
            raise CannotSimulate(
                f"Port {port} is taken: another simulation may be running there."
            ) from exc
        yield entered


def simulated(config: Configured, service_url: str) -> list[PlatformAccount]:
    """The accounts of *config* that can be played, with their webhook addresses."""
    accounts = [
        platform_of(channel).account(
            channel, settings, f"{service_url.rstrip('/')}/webhooks/{channel}/{settings.account}"
        )
        for channel, settings in _settings(config)
    ]
    if not accounts:
        known = ", ".join(channels())
        raise CannotSimulate(f"The configuration has no channel to simulate. Add one of {known}.")
    return accounts


def loopback_port(config: Configured) -> int:
    """The port that every simulated channel's `api` points to, on this machine only."""
    ports: set[int] = set()
    for channel, settings in _settings(config):
        parts = urlsplit(settings.api)
        if parts.scheme != "http" or not _is_loopback(parts.hostname or ""):
            raise CannotSimulate(
                f"{channel} account {settings.account!r} sends to {settings.api}. A simulation "
                "must never reach a real platform: set its api to http://127.0.0.1:PORT."
            )
        ports.add(parts.port or 80)
    if len(ports) != 1:
        raise CannotSimulate(
            f"The channels send to different ports ({', '.join(map(str, sorted(ports)))}); "
            "point every api at one."
        )
    return ports.pop()


def _settings(config: Configured) -> list[tuple[str, _Settings]]:
    return [
        (channel, cast(_Settings, settings))
        for channel in channels()
        for settings in config.channels.get(channel, ())
    ]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
