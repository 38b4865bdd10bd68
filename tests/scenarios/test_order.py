"""I3 and I5: in a conversation replies leave in the order of its messages, and never twice."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from bot.simulation.webhook import Webhook
from tests.house import House, house
from tests.scenarios.scene import are, in_turn, items, logged, states, until
from tests.scenarios.sleepy import SLEEPY, WORD, gate

CUSTOMERS = 40
EACH = 15
REDELIVERED = 0.02


async def test_replies_leave_in_the_order_of_their_messages_under_load(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    async with house(tmp_path, **SLEEPY) as h:
        h.platform.world.rates.clear()

        await asyncio.gather(*(_chats(h, f"c{who}", dice) for who in range(CUSTOMERS)))
        await h.settled(within=60)

        for who in range(CUSTOMERS):
            heard = [entry.text.split("you said: ")[-1] for entry in h.sent(f"c{who}")]
            assert heard == [_text(turn) for turn in range(EACH)]
        decided = Counter(row.conversation_id for row in await logged(h, "decided"))
        assert set(decided.values()) == {EACH}
        assert h.platform.violations == []


@pytest.mark.usefixtures("patient_actions")
async def test_one_slow_conversation_does_not_delay_the_others(tmp_path: Path) -> None:
    async with house(tmp_path, **SLEEPY) as h:
        shop = gate()
        await h.says("slow", f"{WORD} slow")
        await shop.held.wait()
        for who in range(CUSTOMERS):
            await h.says(f"c{who}", f"{WORD} quick")

        await h.until(lambda: len(h.sent()) == CUSTOMERS)
        assert h.sent("slow") == []
        shop.open.set()
        await h.until(lambda: h.sent("slow"))


@pytest.mark.usefixtures("patient_actions")
async def test_a_message_behind_a_slow_one_of_its_conversation_waits(tmp_path: Path) -> None:
    async with house(tmp_path, **SLEEPY) as h:
        shop = gate()
        await h.says("ann", f"{WORD} slow")
        await shop.held.wait()
        await h.says("ann", f"{WORD} quick")
        await h.says("bob", f"{WORD} quick")
        await h.until(lambda: h.sent("bob"))
        shop.open.set()
        await h.settled()

        assert [entry.text[-5:] for entry in h.sent("ann")] == [" slow", "quick"]


async def test_a_reply_waits_for_the_one_before_it_that_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for sweeps to come by in between.
    monkeypatch.setattr("bot.sender.FIRST_WAIT", 4.0)
    monkeypatch.setattr("bot.worker.SWEEP_EVERY", 0.1)
    async with house(tmp_path) as h:
        in_turn(h, "500")
        await h.says("ann", "hello")
        await until(h, lambda: are(h, "ann", ["queued"]))
        await h.says("ann", "thank you")
        await h.settled()

        assert [item.id for item in await items(h, "ann")] == [
            entry.outbound_id for entry in h.sent("ann")
        ]
        assert await states(h, "ann") == ["sent", "sent"]


async def _chats(h: House, who: str, dice: random.Random) -> None:
    """Write one message after another without waiting for replies; some come once more."""
    sent: list[Webhook] = []
    for turn in range(EACH):
        sent.append(await h.says(who, _text(turn), message=f"m-{who}-{turn}"))
        if dice.random() < REDELIVERED:
            await h.deliver(dice.choice(sent))


def _text(turn: int) -> str:
    return f"{WORD} number {turn}"
