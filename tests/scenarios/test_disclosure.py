"""I12: a machine says that it is one: at first, after a day's silence, after a person spoke."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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

HISTORIES = 15
TOLD = ("automated assistant", "自動回覆助理")
SILENCE = timedelta(hours=24)
STEPS = st.sampled_from(
    ["hello", "thanks", "哈囉", "5h", "25h", "take", "answer", "platform", "back", "deleted"]
)


@given(histories=st.lists(st.lists(STEPS, max_size=12), min_size=HISTORIES, max_size=HISTORIES))
@settings(
    max_examples=1,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.timeout(300)
def test_no_history_leaves_a_customer_believing_that_a_person_writes(
    tmp_path_factory: pytest.TempPathFactory, histories: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("histories")
    asyncio.run(_played(folder, [["hello", *history, "hello"] for history in histories]))


async def _played(folder: Path, histories: list[list[str]]) -> None:
    async with house(folder) as h:
        agent = await hire(h)
        for number, history in enumerate(histories):
            customer = _Customer(h, f"c{number}", agent)
            for step in history:
                await customer.step(step)


class _Customer:
    """One history, and the promise kept beside it in the simplest words."""

    def __init__(self, h: House, who: str, agent: int) -> None:
        self._h, self._who, self._agent = h, who, agent
        self._must_tell = True
        self._last = h.clock()

    async def step(self, step: str) -> None:
        match step:
            case "5h" | "25h":
                self._h.clock.ahead += timedelta(hours=int(step[:-1]))
                # The word returns to the bot by itself after twelve hours; wait for that.
                await asyncio.sleep(1.2)
            case "take":
                if await self._state() != "agent":
                    await take(self._h, self._who, self._agent)
                    self._spoke_a_person()
            case "answer":
                if await self._state() == "agent":
                    await self._agent_answers()
            case "platform":
                said = echo(self._h, self._who, "Bea here")
                await self._h.deliver(said)
                await self._h.settled()
                self._spoke_a_person()
            case "back":
                await self._back()
            case "deleted":
                await self._deletes()
            case text:
                await self._says(text)

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

    async def _deletes(self) -> None:
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

    async def _agent_answers(self) -> None:
        row = await conversation(self._h, self._who)
        if row.agent_id is None:
            await take(self._h, self._who, self._agent)
        await answer(self._h, self._who, self._agent, "Ann here")
        await self._h.settled()
        self._spoke_a_person()

    async def _back(self) -> None:
        row = await conversation(self._h, self._who)
        if row.state == "agent" and row.agent_id == self._agent:
            await hand_back(self._h, self._who, self._agent)

    def _spoke_a_person(self) -> None:
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
        webhook = await comments(h, "Kim", "terrible service, my parcel arrived broken!")
        await h.settled()

        assert await states(h, f"{POST}/{webhook.message}") == ["sent", "sent"]
        private = [entry for entry in h.sent(webhook.message) if entry.kind == "private_reply"]
        assert TOLD[0] in private[0].text


async def _two(h: House) -> bool:
    return len(await items(h, "ann")) == 2
