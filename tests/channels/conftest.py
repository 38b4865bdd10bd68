"""Fixtures of the channel tests."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.channels.adapter import Adapter
from tests.channels.adapters import ADAPTERS
from tests.channels.platform import FakePlatform, platform_on_loopback


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """Each adapter in turn."""
    chosen: Adapter = request.param
    return chosen


@pytest.fixture(
    params=[one for one in ADAPTERS if one.header is not None], ids=lambda adapter: adapter.name
)
def called(request: pytest.FixtureRequest) -> Adapter:
    """Each adapter in turn whose platform calls us."""
    chosen: Adapter = request.param
    return chosen


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    """A platform on loopback."""
    async with platform_on_loopback() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client session like the one that the app shares."""
    async with aiohttp.ClientSession() as session:
        yield session
