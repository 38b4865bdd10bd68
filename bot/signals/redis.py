"""Signals between processes, through Redis or Valkey, which may vanish at any moment.

Our own subscribers are served first and without it. One pipeline per turn of the loop carries
everything else; while no server answers, what would go there is dropped, limits and presence are
those of this process, and when it answers again every subscriber is told to look at the truth.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from bot.signals import RESYNC, Signal
from bot.signals.memory import Batch, MemorySignals
from bot.signals.scripts import ALLOW, PRESENCE, PRESENT

log = logging.getLogger(__name__)

PATIENCE = 0.2
_SILENCE = 1.0
_LONGEST_PAUSE = 2.0
_MAX_QUEUED = 10_000
_DAY = 86_400

# Who published, and what: (topic, payload) pairs, or None for "you missed something of mine".
_Message = tuple[str, list[tuple[str, dict[str, Any]]] | None]
_MESSAGE: TypeAdapter[_Message] = TypeAdapter(_Message)


@dataclass(frozen=True, slots=True)
class _Command:
    words: tuple[str | bytes | int | float, ...]
    answer: asyncio.Future[Any] | None = None


class RedisSignals:
    """Signals for several processes on one Redis. *prefix* keeps brands on one server apart."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "antiphon",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._local = MemorySignals(clock, forward=self._forward)
        self._prefix = prefix
        self._channel = f"{prefix}:signals"
        self._origin = secrets.token_hex(8)
        # A command that is tried again could take two turns of a limit.
        self._client: Redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._up = False
        self._ever_up = False
        self._closing = False
        self._queue: list[_Command] = []
        self._wake = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether the server answered when we last heard of it."""
        return self._up

    async def start(self) -> None:
        """Begin to look for the server; does not wait for it."""
        self._running = asyncio.create_task(self._run(), name="signals")

    async def close(self) -> None:
        """End every subscription and drop the connections."""
        await self._local.close()
        self._up = False
        self._drop_queue()
        # redis-py now and then swallows a cancellation; the flag ends the loops even so.
        self._closing = True
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._client.aclose()

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Tell the subscribers of every process."""
        self._local.publish(topic, payload)

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Signal]]:
        """Hear *topics* of every process."""
        return self._local.subscribe(*topics)

    async def allow(self, key: str, *, limit: int, seconds: float) -> float:
        """Take a turn that all processes share, or one of our own while no server answers."""
        words = ("EVAL", ALLOW, 1, f"{self._prefix}:allow:{key}", limit, seconds)
        answer = await self._ask(*words)
        if answer is None:
            return await self._local.allow(key, limit=limit, seconds=seconds)
        return int(answer) / 1_000_000

    def present(self, room: str, who: str, seconds: float) -> None:
        """Say to all processes that *who* is in *room*."""
        self._local.present(room, who, seconds)
        room = f"{self._prefix}:room:{room}"
        self._add(_Command(("EVAL", PRESENT, 1, room, who, seconds, max(_DAY, int(seconds) + 1))))

    async def presence(self, room: str) -> list[str]:
        """List who is in *room*, seen from any process."""
        here = await self._local.presence(room)
        answer = await self._ask("EVAL", PRESENCE, 1, f"{self._prefix}:room:{room}")
        return sorted({*here, *(who.decode() for who in answer or ())})

    def _forward(self, batch: Batch) -> None:
        signals = [(topic, orjson.Fragment(payload)) for topic, payload in batch]
        self._add(_Command(("PUBLISH", self._channel, orjson.dumps((self._origin, signals)))))

    async def _ask(self, *words: str | int | float) -> Any:
        if not self._up:
            return None
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._add(_Command(words, answer))
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError:
            self._doubt("no answer in time")
        except RedisError as exc:
            log.warning("Redis refuses a command: %s", exc)
        return None

    def _add(self, command: _Command) -> None:
        if not self._up:
            return
        if len(self._queue) >= _MAX_QUEUED:
            self._doubt("too many commands wait")
            return
        self._queue.append(command)
        self._wake.set()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write())
            tasks.create_task(self._listen())

    async def _write(self) -> None:
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            commands, self._queue = self._queue, []
            try:
                await self._execute(commands)
            except (RedisError, OSError) as exc:
                self._doubt(str(exc))
                _settle(commands, [RedisConnectionError(str(exc))] * len(commands))

    async def _execute(self, commands: list[_Command]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command.words)
        _settle(commands, await pipeline.execute(raise_on_error=False))

    async def _listen(self) -> None:
        pause = 0.1
        while not self._closing:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(self._channel)
                    await self._hear(pubsub)
            except (RedisError, OSError) as exc:
                pause = 0.1 if self._up else min(2 * pause, _LONGEST_PAUSE)
                self._doubt(str(exc))
            if not self._closing:
                # Spread out, or all processes come back at once.
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311

    async def _hear(self, pubsub: PubSub) -> None:
        asked = True
        while not self._closing:
            message = await pubsub.get_message(timeout=_SILENCE)
            if message is None:
                if asked:
                    raise RedisConnectionError("the server is silent")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            if not self._up:
                self._welcome()
            if message["type"] == "message":
                self._receive(message["data"])

    def _receive(self, data: bytes) -> None:
        try:
            origin, signals = _MESSAGE.validate_json(data)
        except ValidationError:
            log.warning("%s carries something that is not ours", self._channel)
            return
        if origin == self._origin:
            return
        if signals is None:
            self._local.deliver([Signal(topic=RESYNC, payload={})])
        else:
            self._local.deliver(Signal(topic=topic, payload=each) for topic, each in signals)

    def _welcome(self) -> None:
        self._up = True
        log.info("Redis answers")
        if self._ever_up:
            self._local.deliver([Signal(topic=RESYNC, payload={})])
        self._ever_up = True
        # What we dropped meanwhile is missing elsewhere.
        self._add(_Command(("PUBLISH", self._channel, orjson.dumps((self._origin, None)))))

    def _doubt(self, why: str) -> None:
        if self._up:
            log.warning("Redis does not answer (%s); signals stay within this process", why)
        self._up = False
        self._drop_queue()

    def _drop_queue(self) -> None:
        commands, self._queue = self._queue, []
        _settle(commands, [RedisConnectionError("not connected")] * len(commands))


def _settle(commands: list[_Command], answers: list[Any]) -> None:
    for command, answer in zip(commands, answers, strict=True):
        if command.answer is None or command.answer.done():
            continue
        if isinstance(answer, Exception):
            command.answer.set_exception(answer)
        else:
            command.answer.set_result(answer)
