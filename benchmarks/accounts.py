"""An account on every channel that can be played, without the limits that platforms set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import brand
from bot.adapters import settings
from bot.simulation import x, youtube
from bot.simulation.accounts import PlatformAccount
from bot.simulation.platform import FakePlatform
from bot.simulation.platforms import platform_of

MANY = 10**9
_META = {"verify_token": "bench-verify"}
_PAGE = _META | {"page": "1"}
_USER = _META | {"user": "2"}
_X_CALLS = ("direct_per_quarter_hour", "direct_per_day", "posts_per_quarter_hour", "posts_per_day")
_X = {"user_id": "3", "kept_for_people": 0} | dict.fromkeys(_X_CALLS, MANY)
OWN: Mapping[str, Mapping[str, object]] = {
    "messenger": _PAGE,
    "page_comments": _PAGE,
    "instagram": _USER,
    "instagram_comments": _USER,
    "line": {"destination": "U" + "4" * 32},
    "own_app": {"api": "http://127.0.0.1"},
    "telegram": {"username": "bench_bot"},
    "whatsapp": _META | {"phone": "5"},
    "x": _X,
    "x_posts": _X,
    "youtube": {
        "channel": "UCbench",
        "daily_units": MANY,
        "reserve_units": 0,
        "poll_seconds": 5,
    },
}
_SECTIONS: Mapping[str, object] = {
    # The few posts get many replies; within a second about as many as else within the hour.
    "public_replies": {"per_author": MANY, "per_post": MANY, "within": "1s", "repeats": True},
    # In public the bot is silent on these, and every message must have its reply.
    "comments": {"greet": {"template": "greet"}, "thanks": {"template": "thanks"}},
}


def platform_account(channel: str) -> PlatformAccount:
    """The account as its platform knows it; it is named like the channel."""
    read = settings(channel).model_validate(_given(channel))
    return platform_of(channel).account(channel, read, "")


def write(folder: Path, platform: FakePlatform) -> Path:
    """Write the config.yml of a brand with the accounts of *platform*, which sets no limit then."""
    platform.world.rates.clear()
    x.LIMITS.update(dict.fromkeys(x.LIMITS, MANY))
    youtube.UNITS = MANY
    names = [account.channel for account in platform.world.accounts]
    channels = {name: [_given(name) | {"api": platform.url}] for name in names}
    return brand.serving(folder, channels, **_SECTIONS)


def _given(channel: str) -> dict[str, Any]:
    secret = {} if channel == "youtube" else {"secret": "bench-secret"}
    token = f"bench-{channel}"
    return {"account": channel, "token": token, "rate": MANY, **secret, **OWN[channel]}
