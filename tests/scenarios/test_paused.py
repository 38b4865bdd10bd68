"""A platform that refuses us for long: nothing waits in vain, and one message a minute tries."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulation.misbehaviour import Misbehaviour
from bot.store import pauses
from tests.house import House, house, street
from tests.scenarios.scene import are, conversation, echo, items, states, until

pytestmark = pytest.mark.usefixtures("impatient")


async def _paused(h: House) -> bool:
    return (await h.database.read(pauses.paused)).get(("messenger", "shop"), False)


async def test_what_is_too_late_for_a_paused_account_is_given_up_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.claims.PROBE_AFTER", timedelta(days=1))
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="unauthorized"))
        await h.says("ann", "hello")
        await until(h, lambda: _paused(h))
        await asyncio.gather(*(h.says(f"c{number}", "hello") for number in range(8)))
        await until(h, lambda: _all(h, 9, "queued"))
        h.clock.ahead += timedelta(minutes=20)
        await until(h, lambda: _all(h, 9, "expired"))

        assert len({item.settled_at for item in await items(h)}) == 1


async def test_a_reply_is_kept_beyond_its_time_by_a_long_pause(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="429", retry_after=3 * 3600))
        await h.says("ann", "hello")
        await h.until(lambda: h.platform.strikes)
        await until(h, lambda: are(h, "ann", ["queued"]))
        h.clock.ahead += timedelta(hours=1)
        await until(h, lambda: are(h, "ann", ["expired"]), within=5)

        assert (await conversation(h, "ann")).state == "waiting"


async def test_an_echo_from_before_ends_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.claims.PROBE_AFTER", timedelta(seconds=60))
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
        await h.says("ann", "hello")
        await until(h, lambda: are(h, "ann", ["unknown"]))
        h.platform.misbehave(Misbehaviour(kind="unauthorized"))
        await h.says("bob", "hello")
        await until(h, lambda: _paused(h))
        await h.deliver(echo(h, "ann"))
        await until(h, lambda: are(h, "ann", ["sent"]))

        assert await _paused(h)


async def test_an_account_that_answers_again_still_counts_as_paused(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="unauthorized"))
        await h.says("ann", "hello")
        await until(h, lambda: _paused(h))
        h.clock.ahead += timedelta(minutes=20)
        await until(h, lambda: are(h, "ann", ["expired"]))
        h.platform.behave()
        h.clock.ahead += timedelta(minutes=2)
        await h.says("bob", "hello")
        await h.settled()

        assert await states(h, "bob") == ["sent"]
        assert not await _paused(h)


async def test_a_new_life_does_not_know_that_an_account_is_paused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.claims.PROBE_AFTER", timedelta(seconds=60))
    async with street(tmp_path) as opened:
        async with opened() as h:
            h.platform.misbehave(Misbehaviour(kind="unauthorized"))
            await h.says("ann", "hello", message="m_first")
            await until(h, lambda: _paused(h))
        async with opened() as h:
            await asyncio.gather(*(h.says(f"c{number}", "hello") for number in range(8)))
            await until(h, lambda: _all(h, 9, "queued"))

            assert [item.reason is not None for item in await items(h)] == [True] + [False] * 8


async def _all(h: House, number: int, state: str) -> bool:
    return await states(h) == [state] * number
