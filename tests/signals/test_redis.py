"""What must go on when the server between the processes is flushed, killed or frozen."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from bot.signals import RESYNC, Signal
from bot.signals.redis import RedisSignals
from tests.signals.conftest import connected
from tests.signals.eventually import eventually
from tests.valkey import Valkey


@pytest.fixture
async def pair(valkey: Valkey) -> AsyncIterator[tuple[RedisSignals, RedisSignals]]:
    """The signals of two processes."""
    one, other = await connected(valkey), await connected(valkey)
    yield one, other
    await one.close()
    await other.close()


@contextmanager
def quick(seconds: float = 1.0) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


async def first(subscription: AsyncIterator[Signal], topic: str) -> Signal:
    async with asyncio.timeout(10):
        async for signal in subscription:
            if signal.topic == topic:
                return signal
    raise AssertionError("the subscription ended")


async def until_end(subscription: AsyncIterator[Signal]) -> AsyncIterator[Signal]:
    async for signal in subscription:
        if signal.topic == "end":
            return
        if signal.topic != RESYNC:
            yield signal


async def test_a_signal_is_heard_once_in_each_process(
    pair: tuple[RedisSignals, RedisSignals],
) -> None:
    one, other = pair
    async with other.subscribe("a") as there, one.subscribe("a", "end") as here:
        one.publish("a", {"文字": "你好", "n": 1})
        told = await first(there, "a")
        # By now our own signal has come back to us, too.
        other.publish("end", {})

        assert told == Signal(topic="a", payload={"文字": "你好", "n": 1})
        assert [each async for each in until_end(here)] == [told]


async def test_processes_share_limits_and_rooms(pair: tuple[RedisSignals, RedisSignals]) -> None:
    one, other = pair
    one.present("room", "mei", 60)
    taken = [await signals.allow("k", limit=2, seconds=60) for signals in (one, other, one)]

    assert [wait > 0 for wait in taken] == [False, False, True]
    assert await other.presence("room") == ["mei"]


async def test_a_flush_leaves_signals_limits_and_heartbeats_working(
    pair: tuple[RedisSignals, RedisSignals], valkey: Valkey
) -> None:
    one, other = pair
    one.present("room", "mei", 60)
    assert await one.presence("room") == ["mei"]
    valkey.command("FLUSHALL")
    valkey.command("SCRIPT FLUSH")

    assert await one.presence("room") == ["mei"]
    assert await one.allow("k", limit=1, seconds=60) == 0.0
    one.present("room", "mei", 60)
    await one.presence("room")
    assert await other.presence("room") == ["mei"]
    async with other.subscribe("a") as there:
        one.publish("a", {})
        assert (await first(there, "a")).topic == "a"


@pytest.mark.parametrize("fault", ["killed", "frozen"])
async def test_a_process_goes_on_alone_and_catches_up_when_the_server_is_back(
    pair: tuple[RedisSignals, RedisSignals], valkey: Valkey, fault: str
) -> None:
    one, other = pair
    begin, end = {
        "killed": (valkey.kill, valkey.start),
        "frozen": (valkey.freeze, valkey.thaw),
    }[fault]
    async with one.subscribe("a") as here, other.subscribe("after") as there:
        begin()
        try:
            await _goes_on_alone(one, here)
        finally:
            end()

        # What was published meanwhile may be lost to the other, who is told to look at the truth.
        await first(there, RESYNC)
        await eventually(lambda: one.up and other.up)
        one.publish("after", {})
        assert (await first(there, "after")).payload == {}


async def _goes_on_alone(signals: RedisSignals, here: AsyncIterator[Signal]) -> None:
    for number in range(20):
        with quick():
            signals.publish("a", {"n": number})
            assert (await first(here, "a")).payload == {"n": number}
        with quick():
            assert await signals.allow(f"k{number}", limit=1, seconds=60) == 0.0
        with quick():
            signals.present("room", "mei", 60)
            assert await signals.presence("room") == ["mei"]
    assert not signals.up
    with quick(0.05):
        assert await signals.allow("k0", limit=1, seconds=60) > 0


async def test_a_server_frozen_without_traffic_is_found_out(
    pair: tuple[RedisSignals, RedisSignals], valkey: Valkey
) -> None:
    one, _ = pair
    valkey.freeze()
    try:
        await eventually(lambda: not one.up, within=5)
    finally:
        valkey.thaw()

    await eventually(lambda: one.up)


async def test_signals_start_and_close_at_once_where_no_server_ever_was() -> None:
    signals = RedisSignals("redis://127.0.0.1:1/0")
    with quick():
        await signals.start()
        async with signals.subscribe("a") as here:
            signals.publish("a", {})
            assert (await first(here, "a")).topic == "a"
        await signals.close()


async def test_closing_does_not_wait_for_a_frozen_server(valkey: Valkey) -> None:
    signals = await connected(valkey)
    valkey.freeze()
    try:
        with quick():
            signals.publish("a", {})
            await signals.close()
    finally:
        valkey.thaw()


async def test_a_stranger_on_our_channel_does_no_harm(
    pair: tuple[RedisSignals, RedisSignals], valkey: Valkey
) -> None:
    one, other = pair
    async with other.subscribe("a") as there:
        for nonsense in ("x", "[]", '["me",[["a",1]]]', "null"):
            valkey.command("PUBLISH", "antiphon:signals", nonsense)
        one.publish("a", {})

        assert (await first(there, "a")).payload == {}


async def test_brands_on_one_server_do_not_hear_each_other(valkey: Valkey) -> None:
    ours, theirs = await connected(valkey), RedisSignals(valkey.url, prefix="other")
    await theirs.start()
    await eventually(lambda: theirs.up)
    async with theirs.subscribe("a", "end") as there:
        ours.publish("a", {})
        await ours.presence("flush of the pipeline")
        theirs.publish("end", {})

        assert [each async for each in until_end(there)] == []
    await ours.close()
    await theirs.close()


async def test_closing_in_the_middle_of_anything_ends(valkey: Valkey) -> None:
    for turns in range(40):
        signals = await connected(valkey)
        signals.publish("a", {})
        for _ in range(turns % 8):
            await asyncio.sleep(0)
        with quick():
            await signals.close()
