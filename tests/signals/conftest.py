"""Signals of both kinds, and a Valkey for one test module."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.signals import Signals
from bot.signals.memory import MemorySignals
from bot.signals.redis import RedisSignals
from tests.signals.eventually import eventually
from tests.valkey import Valkey


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    valkey = Valkey(Path(tmp_path_factory.mktemp("valkey")))
    valkey.start()
    yield valkey
    valkey.kill()


@pytest.fixture
def valkey(server: Valkey) -> Valkey:
    """The module's server, empty."""
    server.command("FLUSHALL")
    return server


@pytest.fixture(params=["memory", "redis"])
async def signals(request: pytest.FixtureRequest) -> AsyncIterator[Signals]:
    made: Signals
    if request.param == "memory":
        made = MemorySignals()
        await made.start()
    else:
        # Its own prefix: the one before may still be telling others that it came.
        made = await connected(request.getfixturevalue("valkey"), prefix=uuid4().hex)
    yield made
    await made.close()


async def connected(valkey: Valkey, *, prefix: str = "antiphon") -> RedisSignals:
    """Signals through *valkey* that have found it."""
    signals = RedisSignals(valkey.url, prefix=prefix)
    await signals.start()
    await eventually(lambda: signals.up)
    return signals
