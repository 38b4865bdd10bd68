"""The table of the platforms that are played, and what they are together."""

import importlib
from functools import cache

from bot.simulation.accounts import PlatformAccount
from bot.simulation.call import Call
from bot.simulation.played import Played
from bot.simulation.speakers import Ids, Speaker
from bot.simulation.world import World

# Modules with a PLAYED; the first that claims a call gets it. Those with paths of their own come
# first; Meta's share theirs and go by what stands in them; the last claims every path.
PLATFORMS = (
    "bot.simulation.line",
    "bot.simulation.own_app",
    "bot.simulation.telegram",
    "bot.simulation.x",
    "bot.simulation.youtube",
    "bot.simulation.instagram",
    "bot.simulation.whatsapp",
    "bot.simulation.meta",
)


@cache
def platforms() -> tuple[Played, ...]:
    """All of them, in the table's order."""
    return tuple(importlib.import_module(name).PLAYED for name in PLATFORMS)


def channels() -> tuple[str, ...]:
    """The channels that can be played."""
    return tuple(channel for one in platforms() for channel in one.speakers)


def platform_of(channel: str) -> Played:
    """The platform of *channel*. Raises ValueError if nobody here can play it."""
    for one in platforms():
        if channel in one.speakers:
            return one
    raise ValueError(f"no customers for {channel}")


def claiming(call: Call, world: World) -> Played:
    """The platform that *call* is for."""
    return next(one for one in platforms() if one.claims(call, world))


def is_public(channel: str) -> bool:
    """Whether customers of *channel* speak where all can read."""
    return channel in platform_of(channel).public


def speaker(account: PlatformAccount, ids: Ids, name: str) -> Speaker:
    """A new customer of *account*. Raises ValueError for a channel that nobody here can play."""
    return platform_of(account.channel).speakers[account.channel](account, ids, name)


def rates() -> dict[str, int]:
    """Calls per second for one account, by channel."""
    return {channel: rate for one in platforms() for channel, rate in one.rates.items()}


def weights() -> dict[str, float]:
    """How often customers come to each channel."""
    return {channel: share for one in platforms() for channel, share in one.weights.items()}
