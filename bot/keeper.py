"""Keep the asks and their tallies current while the service runs."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from zoneinfo import ZoneInfo

from bot.store.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

KEEP_EVERY = 30.0


class Keeper:
    """Takes the steps of `bot.store.upkeep`. Any number of them may work on one database."""

    def __init__(
        self, *, database: Database, zone: ZoneInfo, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._zone = zone
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Catch up now and then until cancelled; readers of reports do so when they ask."""
        while True:
            try:
                await self.catch_up()
            except StoreUnavailable:
                log.warning("the asks cannot be kept current; the next try is in %s s", KEEP_EVERY)
            await asyncio.sleep(KEEP_EVERY)

    async def catch_up(self) -> None:
        """Take the steps that are due. Raises StoreUnavailable."""
        async with self._one_at_a_time:
            while await self._step():
                pass

    async def _step(self) -> bool:
        # It brings numpy along, which no webhook has to wait for.
        upkeep = await asyncio.to_thread(_upkeep)
        now = self._clock()
        step = await self._database.read(
            lambda connection: upkeep.plan(connection, zone=self._zone, now=now)
        )
        if step is None:
            return False
        written = await self._database.write(lambda connection: upkeep.carry_out(connection, step))
        return step.more or not written


def _upkeep() -> ModuleType:
    from bot.store import upkeep

    return upkeep
