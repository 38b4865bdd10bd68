"""Learns what agents taught, beside the work: apart, judged, and swapped in every process."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from bot.current import Current
from bot.lessons import Learnt
from bot.signals import Signals
from bot.store import lessons, teaching
from bot.store.database import Database, StoreUnavailable
from bot.understanding import train_apart
from intents.errors import IntentsError

log = logging.getLogger(__name__)

TOPIC = "taught"
# Signals may be lost.
LOOK_EVERY = 30.0


class Learning:
    """One of possibly several processes; only one of them learns at a time, all of them swap."""

    def __init__(
        self,
        *,
        name: str,
        database: Database,
        signals: Signals,
        current: Current,
        clock: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._database = database
        self._signals = signals
        self._current = current
        self._clock = clock

    async def run(self) -> None:
        """Learn until cancelled."""
        async with self._signals.subscribe(TOPIC) as stream:
            while True:
                await self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        if await anext(stream, None) is None:
                            return

    async def _look(self) -> None:
        try:
            await self._swap()
            number = await self._database.write(
                lambda connection: lessons.claim(connection, owner=self._name, now=self._clock())
            )
            if number is not None:
                await self._learn(number)
                await self._swap()
        except StoreUnavailable:
            log.warning("the database cannot be used; what was taught is learnt later")
        except (OSError, IntentsError) as exc:
            log.error("what was taught cannot be used: %s", exc)

    async def _swap(self) -> None:
        if await self._current.follow_taught():
            log.info("what agents taught is in use")

    async def _learn(self, number: int) -> None:
        log.info("learning what agents taught lesson=%s", number)
        trained = await train_apart(self._current.config.file, self._current.models, lesson=True)
        try:
            learnt = Learnt.read(trained.said) if trained.code == 0 else None
        except ValueError:
            learnt = None
        if learnt is None:
            why = trained.complained.strip() or f"training ended with code {trained.code}"
            log.error("lesson=%s failed: %s", number, why)
            await self._database.write(
                lambda conn: lessons.end(conn, number, now=self._clock(), problem=why)
            )
        else:
            await self._judge(number, learnt)
        self._signals.publish(TOPIC, {"lesson": number})

    async def _judge(self, number: int, learnt: Learnt) -> None:
        accepted, before, after = learnt.accepted, learnt.before, learnt.after
        log.info("lesson=%s accepted=%s accuracy %.4f to %.4f", number, accepted, before, after)

        def write(connection: Connection) -> None:
            now = self._clock()
            teaching.judged(connection, learnt.new, used=accepted, at=now)
            lessons.end(connection, number, now=now, accepted=accepted, before=before, after=after)

        await self._database.write(write)
