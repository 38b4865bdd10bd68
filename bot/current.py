"""What answers now: swapped as a whole when a changed configuration has been loaded."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession

from bot.answers import Answers
from bot.config import Config
from bot.counted import counting
from bot.store import teaching
from bot.store.database import Database
from bot.taught import Taught
from bot.understanding import (
    Understand,
    answers,
    forget_models,
    train_apart,
    understanding,
    untrained,
)
from channels.base import Capabilities

log = logging.getLogger(__name__)


class Current:
    """What understands and answers messages. Nothing until the first `load`."""

    def __init__(
        self,
        config: Config,
        data: Path,
        known: Mapping[str, Capabilities],
        clock: Callable[[], datetime],
        database: Database,
        http: ClientSession,
    ) -> None:
        self.config = config
        self._models = data.resolve() / "models"
        self._known = known
        self._clock = clock
        self._http = http
        self._database = database
        self._loading = asyncio.Lock()
        self._taught: Taught | None = None
        # As the web addresses, they change with a restart only: what we write must lead somewhere.
        self._links = counting(config)
        self._pair: tuple[Understand, Answers] | None = None
        self.usual_wait: timedelta | None = None

    def __call__(self) -> tuple[Understand, Answers]:
        assert self._pair is not None  # noqa: S101 - loaded before anybody asks
        return self._pair

    @property
    def models(self) -> Path:
        """The folder of trained models."""
        return self._models

    async def load(self, config: Config) -> None:
        """Read catalogue and templates of *config* and swap; what fails leaves the old in place.

        A catalogue that is new is learned first, which takes seconds.
        """
        async with self._loading:
            await self._load(config, await self._database.read(teaching.standing))

    async def follow_taught(self) -> bool:
        """Load what agents taught since the last time; tells whether there was anything."""
        async with self._loading:
            taught = await self._database.read(teaching.standing)
            if taught == self._taught:
                return False
            await self._load(self.config, taught)
            await asyncio.to_thread(forget_models, self._models)
        return True

    async def _load(self, config: Config, taught: Taught) -> None:
        if await asyncio.to_thread(untrained, config, self._models, taught):
            log.info("training the intent model; messages are stored and answered afterwards")
            await train_apart(config.file, self._models)
        self._pair = await asyncio.to_thread(self._read, config, taught)
        self.config, self._taught = config, taught

    def _read(self, config: Config, taught: Taught) -> tuple[Understand, Answers]:
        new = answers(
            config,
            capabilities=self._known,
            usual_wait=lambda: self.usual_wait,
            now=self._clock(),
            http=self._http,
            taught=taught,
        )
        new.links = self._links
        return understanding(config, models=self._models, taught=taught), new
