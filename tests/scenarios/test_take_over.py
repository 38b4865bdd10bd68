"""I6: when a person has taken over, the bot says nothing until it is given the word back."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.misbehaviour import Misbehaviour
from tests.house import House, house
from tests.scenarios.scene import (
    answer,
    are,
    conversation,
    echo,
    hand_back,
    hire,
    items,
    said,
    states,
    take,
    until,
)
from tests.scenarios.sleepy import SLEEPY, WORD, gate


async def test_queued_replies_are_cancelled_by_a_take_over(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann")
        agent = await hire(h)
        taken = await take(h, "ann", agent)
        h.platform.behave()
        h.clock.ahead += timedelta(minutes=2)
        await h.settled()

        assert taken.cancelled == 1
        assert await states(h, "ann") == ["cancelled"]
        assert h.sent("ann") == []


@pytest.mark.usefixtures("patient_actions")
async def test_a_reply_decided_before_and_committed_after_a_take_over_never_leaves(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **SLEEPY) as h:
        await h.says("ann", "hello")
        await h.settled()
        shop, agent = gate(), await hire(h)
        await h.says("ann", f"{WORD} slow")
        await shop.held.wait()
        await take(h, "ann", agent)
        shop.open.set()
        await h.settled()

        assert [item.state for item in await items(h, "ann")] == ["sent", "cancelled"]
        assert len(h.sent("ann")) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_reply_that_waits_for_room_does_not_start_after_a_take_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pace.AT_ONCE", 1)
    async with house(tmp_path) as h:
        agent = await hire(h)
        h.platform.misbehave(Misbehaviour(kind="slow", times=1, seconds=0.8))
        await h.says("slow", "hello")
        await h.until(lambda: h.platform.strikes)
        await h.says("ann", "hello")
        await until(h, lambda: are(h, "ann", ["queued"]))
        taken = await take(h, "ann", agent)
        await h.settled()

        assert (taken.cancelled, taken.in_flight) == (1, ())
        assert len(h.sent("slow")) == 1
        assert h.sent("ann") == []


async def test_the_bot_ignores_what_a_customer_writes_to_an_agent(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        await h.says("ann", "hello")
        await h.settled()
        await take(h, "ann", agent)
        await answer(h, "ann", agent, "Ann here")
        await h.says("ann", "hello again")
        await h.settled()

        assert [entry.text for entry in h.sent("ann")][1:] == ["Ann here"]
        assert ("customer", "hello again") in await said(h, "ann")


async def test_a_reply_typed_in_the_platforms_own_app_takes_over(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann")
        await h.deliver(echo(h, "ann", "This is Bea from the shop, how can I help?"))
        await until(h, lambda: are(h, "ann", ["cancelled"]))
        h.platform.behave()
        await h.says("ann", "thanks, what are your opening hours?")
        h.clock.ahead += timedelta(minutes=2)
        await h.settled()

        row = await conversation(h, "ann")
        assert (row.state, row.agent_id) == ("agent", None)
        assert h.sent("ann") == []
        assert ("agent", "This is Bea from the shop, how can I help?") in await said(h, "ann")


async def test_our_own_echo_does_not_take_over(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.says("ann", "hello")
        await h.settled()
        await h.deliver(echo(h, "ann"))
        await h.says("ann", "hello")
        await h.settled()

        assert (await conversation(h, "ann")).state == "bot"
        assert len(h.sent("ann")) == 2
        assert [author for author, _ in await said(h, "ann")].count("agent") == 0


async def test_an_echo_that_is_faster_than_the_answer_does_not_take_over(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="slow", times=1, seconds=1.0))
        await h.says("ann", "hello")
        await h.until(lambda: h.sent("ann"))
        await h.deliver(echo(h, "ann"))
        await until(h, lambda: are(h, "ann", ["sent"]))
        await h.says("ann", "thank you")
        await h.until(lambda: len(h.sent("ann")) == 2)
        await h.settled()

        assert (await conversation(h, "ann")).state == "bot"
        assert [author for author, _ in await said(h, "ann")].count("bot") == 2


async def test_the_bot_speaks_again_after_hand_back_and_says_that_it_is_one(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        await h.says("ann", "hello")
        await h.settled()
        await take(h, "ann", agent)
        await answer(h, "ann", agent, "Ann here")
        await h.settled()
        await hand_back(h, "ann", agent)
        await h.says("ann", "hello")
        await h.settled()

        assert (await conversation(h, "ann")).state == "bot"
        assert "automated assistant" in h.sent("ann")[-1].text
        assert len(h.sent("ann")) == 3


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("by", ["desk", "platform"])
async def test_the_word_returns_to_the_bot_when_the_agent_stays_silent(
    tmp_path: Path, by: str
) -> None:
    async with house(tmp_path) as h:
        await h.says("ann", "hello")
        await h.settled()
        if by == "desk":
            await take(h, "ann", await hire(h))
        else:
            await h.deliver(echo(h, "ann", "Bea here"))
            await until(h, lambda: _is(h, "ann", "agent"))
        h.clock.ahead += timedelta(hours=11)
        await asyncio.sleep(0.3)
        assert (await conversation(h, "ann")).state == "agent"
        h.clock.ahead += timedelta(hours=2)
        await until(h, lambda: _is(h, "ann", "bot"))
        await h.says("ann", "hello")
        await h.settled()

        assert "automated assistant" in h.sent("ann")[-1].text


async def _held_back(h: House, who: str) -> None:
    """A reply that waits, since the platform asked us to slow down."""
    h.platform.misbehave(Misbehaviour(kind="429", retry_after=60))
    await h.says(who, "hello")
    await h.until(lambda: h.platform.strikes)
    await until(h, lambda: are(h, who, ["queued"]))


async def _is(h: House, who: str, state: str) -> Any:
    return (await conversation(h, who)).state == state
