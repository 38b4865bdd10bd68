"""Who is listening in this process, and how a thread's news are named."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("WEBCHAT_SOCKETS")
POLLS: web.AppKey[set[asyncio.Timeout]] = web.AppKey("WEBCHAT_POLLS")

GONE: Final = {"gone": True}
_HINTS = frozenset({"typing", "handoff"})


def topic(thread: str) -> str:
    """Where a thread's news are published."""
    return f"chat:{thread}"


def hint(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The frame in a signal that is shown and then forgotten, if it is one."""
    return dict(payload) if payload.get("t") in _HINTS else None
