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
                while (await self._look()).more:
                    pass
            except StoreUnavailable:
                log.warning("the log cannot be read; what is to be reviewed is found later")
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> Looked:
        now = self._clock()
        after = self._after
        if after is None:
            after = await self._database.read(lambda conn: reviews.start(conn, now=now))
        looked = await self._database.write(
            lambda conn: reviews.collect(conn, after=after, now=now)
        )
        self._after = looked.after
        return looked
