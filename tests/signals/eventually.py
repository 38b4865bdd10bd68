"""Waits for what another process does, no longer than it takes."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def eventually(
    happened: Callable[[], bool | Awaitable[bool]], *, within: float = 10.0
) -> None:
    """Return as soon as *happened* is true; fail after *within* seconds."""
    async with asyncio.timeout(within):
        while True:
            answer = happened()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return
            await asyncio.sleep(0.005)
