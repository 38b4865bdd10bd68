"""Build the adapters of the accounts that a brand has configured, and only those."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.adapters import adapter
from bot.config import Config
from channels.base import Capabilities, Channel, Context

if TYPE_CHECKING:
    from aiohttp import ClientSession


def channels(config: Config, context: Context) -> dict[tuple[str, str], Channel]:
    """Every configured account by (channel, account)."""
    return {
        (name, settings.account): adapter(name)(settings, context)
        for name, settings in config.accounts()
    }


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
    """The one keep-alive client for calls to platforms.

    The sender bounds the calls of each account. A bound for each host would let one slow Page take
    the connections of all others.
    """
    # Checking a brand needs its adapters, but not the slowest import of all.
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

    connector = TCPConnector(limit=0, limit_per_host=0, keepalive_timeout=60)
    return ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=10, connect=5),
        auto_decompress=True,
        # What one account's answers set must not travel with another account's calls.
        cookie_jar=DummyCookieJar(),
    )
