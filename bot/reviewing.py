"""Looks through the log, beside the work, for what a person should review."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from bot.store import reviews
from bot.store.database import Database, StoreUnavailable
from bot.store.reviews import Looked

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
# A log of weeks is looked through once, and messages go first.
REST = 0.05


class Reviewing:
    """Fills the review queue. Several processes may do so at once: each message waits once."""

    def __init__(self, *, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._after: int | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.catch_up()
            except StoreUnavailable:
                log.warning("the log cannot be read; what is to be reviewed is found later")
            await asyncio.sleep(LOOK_EVERY)

    async def catch_up(self) -> None:
        """Look through all that was logged since the last time. Raises StoreUnavailable."""
        while (await self._look()).more:  # noqa: ASYNC110 - it looks, and waits for nothing
            await asyncio.sleep(REST)

    async def _look(self) -> Looked:
        now = self._clock()
        after = self._after
        if after is None:
            after = await self._database.read(lambda conn: reviews.start(conn, now=now))
        looked = await self._database.read(lambda conn: reviews.look(conn, after=after, now=now))
        if looked.news:
            await self._database.write(lambda conn: reviews.keep(conn, looked, now=now))
        self._after = looked.after
        return looked
