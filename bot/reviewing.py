"""Looks through the log, beside the work, for what a person should review."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from bot.store import reviews
from bot.store.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
# Spans of the log in one go: 400 decisions a second are followed. A busy service goes first, and a
# log of weeks is looked through within minutes.
AT_ONCE = 10
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
                for _ in range(AT_ONCE):
                    if not await self.look():
                        break
                    await asyncio.sleep(REST)
            except StoreUnavailable:
                log.warning("the log cannot be read; what is to be reviewed is found later")
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> bool:
        """Look through the next span of the log; tells whether there is more already."""
        now = self._clock()
        after = self._after
        if after is None:
            after = await self._database.read(lambda conn: reviews.start(conn, now=now))
        looked = await self._database.read(lambda conn: reviews.look(conn, after=after, now=now))
        if looked.news:
            await self._database.write(lambda conn: reviews.keep(conn, looked, now=now))
        self._after = looked.after
        return looked.more
