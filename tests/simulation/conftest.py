"""A fake platform that knows three customers, and a clock to move."""

from collections.abc import AsyncIterator

import pytest

from bot.simulation.platform import FakePlatform
from tests.simulation.brand import ACCOUNTS, Clock, amy_says, lin_says, may_comments


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def platform(clock: Clock) -> AsyncIterator[FakePlatform]:
    async with FakePlatform(ACCOUNTS, clock=clock) as running:
        for webhook in (amy_says(), lin_says(), may_comments()):
            running.note(webhook)
        yield running
