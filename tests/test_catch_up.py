"""What was said while we were away is heard once, as soon as we are back."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.catch_up import OVERLAP
from bot.metrics import Metrics
from bot.polling import Polling
from bot.signals.memory import MemorySignals
from bot.store import inbox, schema
from bot.store.database import Database, sqlite_url
from bot.store.inbox import Arrival
from channels.base import CatchUp, Channel
from channels.errors import ChannelUnavailable
from channels.messages import ChannelEvent
from tests.test_polling import KEY, NOW, Clock, cursor, event, stored


@dataclass
class Platform:
    """A platform that calls us, and can be asked for what it said."""

    said: list[ChannelEvent] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)
    down: bool = False

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]:
        self.asked.append(since)
        if self.down:
            raise ChannelUnavailable("postbox")
        return self.said


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(sqlite_url(tmp_path))
    schema.prepare(made.engine)
    made.start()
    yield made
    await made.close()


def living(database: Database, platform: Platform, clock: Clock) -> Polling:
    """One life of the service."""
    channels = cast(dict[tuple[str, str], Channel], {KEY: platform})
    return Polling(
        name="node:1",
        database=database,
        signals=MemorySignals(),
        channels=channels,
        metrics=Metrics(),
        clock=clock,
    )


async def beats(life: Polling, clock: Clock, minutes: int) -> None:
    """Live for some minutes."""
    for _ in range(minutes):
        await life.look(*KEY)
        clock.now += timedelta(minutes=1)


def test_the_platform_is_not_known_to_tell() -> None:
    assert isinstance(Platform(), CatchUp)


async def test_a_platform_is_asked_while_we_live(database: Database) -> None:
    platform, clock = Platform(said=[event(1)]), Clock()

    await beats(living(database, platform, clock), clock, 30)
    await beats(living(database, platform, clock), clock, 3)

    assert platform.asked == []
    assert await stored(database) == []


async def test_what_was_said_while_we_were_away_is_lost_or_heard_twice(database: Database) -> None:
    platform, clock = Platform(said=[event(1), event(2)]), Clock()
    await beats(living(database, platform, clock), clock, 2)
    known = Arrival(channel=KEY[0], account=KEY[1], body=b"{}", events=[event(1)], received_at=NOW)
    await database.submit(inbox.add, known)
    clock.now += timedelta(hours=6)

    back = living(database, platform, clock)
    await beats(back, clock, 5)

    assert platform.asked == [NOW + timedelta(minutes=1) - OVERLAP]
    assert await stored(database) == ["c1", "c2"]


async def test_a_platform_that_cannot_tell_at_once_is_not_asked_again(database: Database) -> None:
    platform, clock = Platform(said=[event(1)], down=True), Clock()
    await beats(living(database, platform, clock), clock, 1)
    clock.now += timedelta(hours=6)
    back = living(database, platform, clock)

    await beats(back, clock, 2)
    assert await cursor(database) == NOW.isoformat()
    platform.down = False
    await beats(back, clock, 10)

    assert platform.asked[-1] == NOW - OVERLAP
    assert await stored(database) == ["c1"]
