"""What callers rely on, whichever twin they got."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.signals import RESYNC, Signal, Signals
from bot.signals.memory import MAX_WAITING, MemorySignals
from tests.signals.eventually import eventually


async def heard(subscription: AsyncIterator[Signal], count: int) -> list[Signal]:
    async with asyncio.timeout(20):
        return [await anext(subscription) for _ in range(count)]


class TestEitherTwin:
    async def test_a_subscriber_hears_its_topics_in_order_and_no_other(
        self, signals: Signals
    ) -> None:
        async with signals.subscribe("a", "b") as subscription:
            signals.publish("a", {"n": 1})
            signals.publish("c", {"n": 2})
            signals.publish("b", {"n": 3})

            assert await heard(subscription, 2) == [
                Signal(topic="a", payload={"n": 1}),
                Signal(topic="b", payload={"n": 3}),
            ]

    async def test_every_subscriber_hears_a_signal(self, signals: Signals) -> None:
        async with signals.subscribe("a") as one, signals.subscribe("a") as other:
            signals.publish("a", {})

            assert await heard(one, 1) == await heard(other, 1)

    async def test_a_thousand_equal_wake_ups_in_one_turn_are_one(self, signals: Signals) -> None:
        async with signals.subscribe("inbox", "end") as subscription:
            for _ in range(1000):
                signals.publish("inbox", {"partition": 7})
            signals.publish("end", {})

            assert [each.topic for each in await heard(subscription, 2)] == ["inbox", "end"]

    async def test_a_wake_up_of_a_later_turn_is_not_swallowed(self, signals: Signals) -> None:
        async with signals.subscribe("inbox") as subscription:
            signals.publish("inbox", {})
            first = await heard(subscription, 1)
            signals.publish("inbox", {})

            assert await heard(subscription, 1) == first

    async def test_a_slow_subscriber_is_told_to_look_again_instead_of_filling_memory(
        self, signals: Signals
    ) -> None:
        async with signals.subscribe("a", "end") as subscription:
            for number in range(MAX_WAITING + 1):
                signals.publish("a", {"n": number})
            signals.publish("end", {})

            assert [each.topic for each in await heard(subscription, 2)] == [RESYNC, "end"]

    async def test_closing_ends_a_subscription_that_waits(self, signals: Signals) -> None:
        async with signals.subscribe("a") as subscription:
            waiting = asyncio.ensure_future(anext(subscription))
            await asyncio.sleep(0)
            await signals.close()

            with pytest.raises(StopAsyncIteration):
                await waiting

    async def test_a_payload_that_json_cannot_hold_is_refused_at_once(
        self, signals: Signals
    ) -> None:
        with pytest.raises(TypeError):
            signals.publish("a", {"conversation": object()})

    async def test_the_fourth_of_three_turns_is_told_how_long_to_wait(
        self, signals: Signals
    ) -> None:
        waits = [await signals.allow("login:1", limit=3, seconds=60) for _ in range(4)]

        assert waits[:3] == [0.0, 0.0, 0.0]
        assert 15 < waits[3] <= 20

    async def test_one_key_does_not_use_up_the_turns_of_another(self, signals: Signals) -> None:
        first = await signals.allow("login:1", limit=1, seconds=60)
        other = await signals.allow("login:2", limit=1, seconds=60)

        assert (first, other) == (0.0, 0.0)

    async def test_turns_come_back(self, signals: Signals) -> None:
        async def allowed() -> bool:
            return await signals.allow("k", limit=2, seconds=0.2) == 0.0

        while await allowed():
            pass

        await eventually(allowed)

    async def test_presence_names_who_is_in_the_room_and_nobody_else(
        self, signals: Signals
    ) -> None:
        signals.present("conversation:1", "mei", 60)
        signals.present("conversation:1", "an", 60)
        signals.present("conversation:2", "bo", 60)

        assert await signals.presence("conversation:1") == ["an", "mei"]

    async def test_presence_forgets_who_left_or_fell_silent(self, signals: Signals) -> None:
        signals.present("room", "left", 60)
        signals.present("room", "silent", 0.05)
        signals.present("room", "left", 0)

        async def empty() -> bool:
            return await signals.presence("room") == []

        await eventually(empty)


async def test_the_memory_twin_gives_turns_back_evenly_by_its_clock() -> None:
    now = [100.0]
    signals = MemorySignals(lambda: now[0])
    taken = [await signals.allow("k", limit=4, seconds=2.0) for _ in range(5)]

    assert taken == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.5])
    now[0] += 0.5
    assert [await signals.allow("k", limit=4, seconds=2.0) for _ in range(2)] == [0.0, 0.5]


async def test_keys_whose_time_has_passed_do_not_fill_memory() -> None:
    now = [0.0]
    signals = MemorySignals(lambda: now[0])
    for number in range(20_000):
        now[0] += 1
        await signals.allow(f"visitor:{number}", limit=1, seconds=1)
        signals.present(f"room:{number}", "mei", 1)

    assert len(signals._full_at) < 5_000
    assert len(signals._rooms) < 5_000
