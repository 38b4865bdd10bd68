"""Build the adapters of the accounts that a brand has configured, and only those."""

import importlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.config import ADAPTERS, Config
from channels.base import Capabilities, Channel
from channels.messages import OutboundMessage

if TYPE_CHECKING:
    from aiohttp import ClientSession

Deliver = Callable[[OutboundMessage], Awaitable[str]]
CLASSES = {
    "line": "Line",
    "messenger": "Messenger",
    "page_comments": "PageComments",
    "webchat": "WebChat",
}
CONNECTIONS_PER_HOST = 128


def channels(
    config: Config, *, http: "ClientSession", clock: Callable[[], datetime], deliver: Deliver
) -> dict[tuple[str, str], Channel]:
    """Every configured account by (channel, account)."""
    given: Mapping[str, tuple[Any, ...]] = {"line": (http, clock), "webchat": (deliver,)}
    built: dict[tuple[str, str], Channel] = {}
    for name, settings in config.accounts():
        adapter = getattr(importlib.import_module(ADAPTERS[name]), CLASSES[name])
        built[name, settings.account] = adapter(settings, *given.get(name, (http,)))
    return built


def capabilities(channels: Mapping[tuple[str, str], Channel]) -> dict[str, Capabilities]:
    """What each configured platform can do, by channel."""
    return {name: channel.capabilities for (name, _), channel in channels.items()}


def rates(
    config: Config, channels: Mapping[tuple[str, str], Channel]
) -> dict[tuple[str, str], float]:
    """Messages per second for each account: its settings' word, else the platform's documents."""
    chosen = {
        (name, settings.account): getattr(settings, "rate", None)
        for name, settings in config.accounts()
    }
    return {key: chosen[key] or channel.capabilities.rate for key, channel in channels.items()}


def client() -> "ClientSession":
    """The one keep-alive client for calls to platforms."""
    # Checking a brand needs its adapters, but not the slowest import of all.
    from aiohttp import ClientSession, ClientTimeout, TCPConnector

    connector = TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_HOST, keepalive_timeout=60)
    return ClientSession(
        connector=connector, timeout=ClientTimeout(total=10, connect=5), auto_decompress=True
    )
