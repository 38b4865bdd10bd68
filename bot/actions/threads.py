"""Run blocking calls beside the loop, a bounded number at a time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ActionExited(Exception):
    """The action called exit."""


class Threads:
    """At most *limit* threads. A call that hangs keeps its thread but never the process alive."""

    def __init__(self, limit: int) -> None:
        self._free = asyncio.Semaphore(limit)

    async def run(self, call: Callable[[], T]) -> T:
        """Wait for a free thread, then for *call*; whoever cancels stops waiting, not the call."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        outcome: _Outcome[T] = _Outcome()

        def settle() -> None:
            self._free.release()
            outcome.tell(done)

        def work() -> None:
            with outcome:
                outcome.value = call()
            # The loop may be gone by the time a hanging call returns.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle)

        Thread(target=work, name="action", daemon=True).start()
        return await done


class _Outcome(Generic[T]):
    """Keep what a block of code raised instead of passing it on."""

    value: T
    error: BaseException | None = None

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: Any, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.error = error
        return True

    def tell(self, waiting: "asyncio.Future[T]") -> None:
        if waiting.done():
            return
        if self.error is None:
            waiting.set_result(self.value)
        elif isinstance(self.error, Exception) and not isinstance(self.error, StopIteration):
            waiting.set_exception(self.error)
        else:
            waiting.set_exception(ActionExited(type(self.error).__name__))
