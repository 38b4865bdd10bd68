"""Redis forgets, freezes and dies under load: nothing depends on it but speed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fault.fleet import fleet
from tests.fault.people import at_the_desk, hire
from tests.fault.verdict import answered_once_in_order, judged
from tests.valkey import Valkey

CUSTOMERS = 25
FLUSHES = 60
FROZEN = 5.0

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]


async def test_a_message_is_lost_or_answered_twice_when_redis_fails(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path)
    valkey.start()
    async with (
        fleet(tmp_path, redis={"url": valkey.url}) as brand,
        brand.service() as one,
        brand.service() as two,
    ):
        ann = await hire(one.database, "Ann", one)
        async with brand.talking(CUSTOMERS, every=0.5):
            for _ in range(FLUSHES):
                await asyncio.to_thread(valkey.command, "FLUSHALL")
                await asyncio.sleep(0.05)
            valkey.freeze()
            began = asyncio.get_running_loop().time()
            async with at_the_desk(two, "Ann", ann) as desk:
                status, _ = await desk.press("take", 1)
            took = asyncio.get_running_loop().time() - began
            await asyncio.sleep(FROZEN - took)
            valkey.thaw()
            await asyncio.sleep(1)
            valkey.kill()
            await asyncio.sleep(2)
            valkey.start()
            await asyncio.sleep(2)
        await one.settled()
        verdict = await one.database.read(judged)
    valkey.kill()

    assert status == 200
    assert took < FROZEN
    answered_once_in_order(verdict, brand)
    assert verdict.doubtful == {}
    assert verdict.slowest < timedelta(seconds=10)
    # One conversation is Ann's; nobody else was called.
    assert verdict.handed_over == 1
