"""Sends keep below what platforms allow."""

from hypothesis import given
from hypothesis import strategies as st

from bot.sender import pace
from bot.signals.memory import MemorySignals


@given(st.floats(min_value=1, max_value=5000))
def test_a_burst_and_its_refill_break_the_rate_within_a_second(rate: float) -> None:
    limit, seconds = pace(rate)

    assert limit / seconds <= rate * 0.76
    assert limit == 1 or limit + limit / seconds <= rate


@given(st.floats(min_value=4, max_value=400))
async def test_more_turns_are_granted_in_a_second_than_the_platform_takes(rate: float) -> None:
    now = 0.0
    signals = MemorySignals(clock=lambda: now)
    limit, seconds = pace(rate)
    granted: list[float] = []

    while now < 3.0:
        wait = await signals.allow("send/messenger/shop", limit=limit, seconds=seconds)
        if wait:
            now += wait
        else:
            granted.append(now)

    assert max(sum(at <= other < at + 1 for other in granted) for at in granted) <= max(rate, 4)
