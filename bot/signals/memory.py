"""Signals within one process."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

from bot.signals import RESYNC, Signal

MAX_WAITING = 1000
_PRUNE_AT = 4096

# What is published within one turn of the loop: equal signals are one.
Batch = dict[tuple[str, bytes], Signal]


class MemorySignals:
    """The twin of Redis for a single process. *clock* counts seconds and never goes back.

    *forward* is given every batch after our own subscribers.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        forward: Callable[[Batch], None] | None = None,
    ) -> None:
        self._clock = clock
        self._forward = forward
        self._closed = False
        self._subscribers: set[_Subscriber] = set()
        self._batch: Batch = {}
        self._full_at: dict[str, float] = {}
        self._prune_at = self._prune_rooms_at = _PRUNE_AT
        self._rooms: dict[str, dict[str, float]] = {}

    async def start(self) -> None:
        """Begin."""

    async def close(self) -> None:
        """End every subscription."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.end()

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Tell every subscriber with the next turn of the loop."""
        key = topic, orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
        if not self._batch:
            asyncio.get_running_loop().call_soon(self._deliver_batch)
        self._batch.setdefault(key, Signal(topic=topic, payload=payload))

    def deliver(self, signals: Iterable[Signal]) -> None:
        """Tell the subscribers now."""
        for signal in signals:
            for subscriber in self._subscribers:
                if signal.topic == RESYNC or signal.topic in subscriber.topics:
                    subscriber.add(signal)

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[AsyncIterator[Signal]]:
        """Hear *topics* while the context is open."""
        subscriber = _Subscriber(topics)
        self._subscribers.add(subscriber)
        if self._closed:
            subscriber.end()
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    async def allow(self, key: str, *, limit: int, seconds: float) -> float:
        """Take a turn, or learn how long to wait for one."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + seconds / limit
        # A hair of tolerance: the sum of *limit* shares may exceed the whole.
        wait = full_at - seconds - now
        if wait > 1e-9 * seconds:
            return wait
        self._full_at[key] = full_at
        if len(self._full_at) > self._prune_at:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
            self._prune_at = max(_PRUNE_AT, 2 * len(self._full_at))
        return 0.0

    def present(self, room: str, who: str, seconds: float) -> None:
        """Say that *who* is in *room* for *seconds* more."""
        now = self._clock()
        people = self._rooms.get(room, {})
        people = {each: until for each, until in people.items() if until > now and each != who}
        if seconds > 0:
            people[who] = now + seconds
        if people:
            self._rooms[room] = people
        else:
            self._rooms.pop(room, None)
        if len(self._rooms) > self._prune_rooms_at:
            self._rooms = {
                each: here for each, here in self._rooms.items() if max(here.values()) > now
            }
            self._prune_rooms_at = max(_PRUNE_AT, 2 * len(self._rooms))

    async def presence(self, room: str) -> list[str]:
        """List who is in *room*."""
        now = self._clock()
        return sorted(who for who, until in self._rooms.get(room, {}).items() if until > now)

    def _deliver_batch(self) -> None:
        batch, self._batch = self._batch, {}
        self.deliver(batch.values())
        if self._forward is not None:
            self._forward(batch)


class _Subscriber:
    """A bounded queue of signals that is also the iterator over them."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._waiting: deque[Signal] = deque()
        self._wake = asyncio.Event()
        self._ended = False

    def add(self, signal: Signal) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            signal = Signal(topic=RESYNC, payload={})
        self._waiting.append(signal)
        self._wake.set()

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    def __aiter__(self) -> "_Subscriber":
        return self

    async def __anext__(self) -> Signal:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._waiting.popleft()
