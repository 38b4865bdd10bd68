"""I12: a machine says that it is one: at first, after a day's silence, after a person spoke."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulation.misbehaviour import Misbehaviour
from tests.house import House, house
from tests.scenarios.scene import (
    POST,
    answer,
    are,
    comments,
    conversation,
    echo,
    hand_back,
    hire,
    items,
    states,
    take,
    until,
)

ROUNDS = 14
CUSTOMERS = 10
TOLD = ("automated assistant", "自動回覆助理")
SILENCE = timedelta(hours=24)
SPEECH = ("hello", "thanks", "哈囉", "謝謝")
STEPS = (*SPEECH, "take", "answer", "platform", "back", "deleted")


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.usefixtures("impatient")
async def test_no_history_leaves_a_customer_believing_that_a_person_writes(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    async with house(tmp_path) as h:
        h.platform.world.rates.clear()
        agent = await hire(h)
        customers = [_Customer(h, f"c{number}", agent) for number in range(CUSTOMERS)]
        for each in customers:
            await each.step("hello")
        for _ in range(ROUNDS):
            if dice.random() < 0.25:
                h.clock.ahead += timedelta(hours=dice.choice((5, 13, 25)))
                # The sweep gives the word back to the bot where an agent stayed silent.
                await asyncio.sleep(0.5)
                continue
            for each in customers:
                await each.step(dice.choice(STEPS))
        for each in customers:
            await each.step("hello")
        assert h.platform.violations == []


class _Customer:
    """One history, and the promise kept beside it in the simplest words."""

    def __init__(self, h: House, who: str, agent: int) -> None:
        self._h, self._who, self._agent = h, who, agent
        self._must_tell = True
        self._last = h.clock()

    async def step(self, step: str) -> None:
        """Let something happen: a word of the customer, or one of the others above."""
        others = {
            "take": self._taken,
            "answer": self._answered,
            "platform": self._answered_elsewhere,
            "back": self._handed_back,
            "deleted": self._deleted,
        }
        if step in others:
            await others[step]()
        else:
            await self._says(step)

    async def _taken(self) -> None:
        if await self._state() != "agent":
            await take(self._h, self._who, self._agent)
            self._a_person_spoke()

    async def _answered_elsewhere(self) -> None:
        await self._h.deliver(echo(self._h, self._who, "Bea here"))
        await self._h.settled()
        self._a_person_spoke()

    async def _says(self, text: str) -> None:
        before = len(self._bot_said())
        silent = self._h.clock() - self._last >= SILENCE
        await self._h.says(self._who, text)
        await self._h.settled()
        self._last = self._h.clock()
        said = self._bot_said()[before:]
        if said and (self._must_tell or silent):
            assert any(words in said[0] for words in TOLD), said
        if said:
            self._must_tell = False

    async def _deleted(self) -> None:
        """A message that is taken back while its answer waits."""
        h = self._h
        h.platform.misbehave(Misbehaviour(kind="429", times=1, retry_after=1))
        name = f"gone-{next(h.numbers)}"
        await h.says(self._who, "hello", message=name)
        await asyncio.sleep(0.05)
        before = len(self._bot_said())
        await h.deliver(h.customer(self._who).unsends(name, sent=h.clock.seconds()))
        await h.settled()
        h.platform.behave()
        self._last = h.clock()
        said = self._bot_said()[before:]
        if said:
            assert not self._must_tell or any(words in said[0] for words in TOLD), said
            self._must_tell = False

    async def _answered(self) -> None:
        row = await conversation(self._h, self._who)
        if row.state != "agent":
            return
        if row.agent_id is None:
            await take(self._h, self._who, self._agent)
        await answer(self._h, self._who, self._agent, "Ann here")
        await self._h.settled()
        self._a_person_spoke()

    async def _handed_back(self) -> None:
        row = await conversation(self._h, self._who)
        if row.state == "agent" and row.agent_id == self._agent:
            await hand_back(self._h, self._who, self._agent)

    def _a_person_spoke(self) -> None:
        self._must_tell = True
        self._last = self._h.clock()

    async def _state(self) -> str:
        state: str = (await conversation(self._h, self._who)).state
        return state

    def _bot_said(self) -> list[str]:
        spoken = [entry.text for entry in self._h.sent(self._who)]
        return [text for text in spoken if text != "Ann here"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("change", ["edit", "delete", "opt out"])
async def test_a_disclosure_that_never_left_is_made_by_the_next_reply(
    tmp_path: Path, change: str
) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="429", retry_after=60))
        await h.says("ann", "hello", message="m1")
        await until(h, lambda: are(h, "ann", ["queued"]))
        customer = h.customer("ann")
        if change == "edit":
            await h.deliver(customer.edits("m1", "thank you", sent=h.clock.seconds()))
            await until(h, lambda: are(h, "ann", ["cancelled", "queued"]))
        elif change == "delete":
            await h.deliver(customer.unsends("m1", sent=h.clock.seconds()))
            await until(h, lambda: are(h, "ann", ["cancelled"]))
            await h.says("ann", "thank you")
        else:
            await h.says("ann", "stop")
            await until(h, lambda: _two(h))
        h.platform.behave()
        h.clock.ahead += timedelta(seconds=61)
        await h.settled()

        assert (await states(h, "ann"))[-1] == "sent"
        assert TOLD[0] in h.sent("ann")[0].text


async def test_a_private_reply_to_a_comment_says_who_writes(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        webhook = await comments(h, "Kim", "terrible service")
        await h.settled()

        assert await states(h, f"{POST}/{webhook.message}") == ["sent", "sent"]
        private = [entry for entry in h.sent(webhook.message) if entry.kind == "private_reply"]
        assert TOLD[0] in private[0].text


async def _two(h: House) -> bool:
    return len(await items(h, "ann")) == 2
