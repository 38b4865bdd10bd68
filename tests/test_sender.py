"""Sends keep below what platforms allow."""

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.sender import pace
from tests.house import house

BURST = 700


@given(st.floats(min_value=1, max_value=5000))
def test_a_burst_and_its_refill_break_the_rate_within_a_second(rate: float) -> None:
    limit, seconds = pace(rate)

    assert limit / seconds <= rate * 0.76
    assert limit == 1 or limit + limit / seconds <= rate


async def test_a_burst_of_customers_makes_us_break_the_platforms_rate(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await asyncio.gather(*(h.says(f"c{number}", "hello") for number in range(BURST)))
        await h.until(lambda: len(h.sent()) == BURST, within=60)

        assert h.platform.violations == []
