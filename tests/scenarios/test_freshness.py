"""I7: nothing leaves too late, after an opt-out, for a deleted message, or under an agent's tag."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulation.misbehaviour import Misbehaviour
from tests.house import House, house
from tests.scenarios.scene import (
    are,
    conversation,
    hand_back,
    hire,
    items,
    said,
    states,
    take,
    until,
)
from tests.scenarios.sleepy import SLEEPY, WORD, gate

pytestmark = pytest.mark.usefixtures("impatient")


async def test_a_reply_too_late_to_help_expires_and_calls_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann")
        h.clock.ahead += timedelta(minutes=11)
        h.platform.behave()
        await h.settled()

        assert await states(h, "ann") == ["expired"]
        assert h.sent("ann") == []
        assert (await conversation(h, "ann")).handoff_reason == "stale"


async def test_a_reply_does_not_leave_after_the_window_closed(tmp_path: Path) -> None:
    async with house(tmp_path, freshness={"answer_within": "48h", "silence": "24h"}) as h:
        await _held_back(h, "ann")
        h.clock.ahead += timedelta(hours=23, minutes=59, seconds=30)
        h.platform.behave()
        await h.settled()

        (item,) = await items(h, "ann")
        assert (item.state, item.reason) == ("expired", "the platform's reply window closed")
        assert h.platform.violations == []
        assert h.sent("ann") == []


async def test_an_old_message_gets_a_person_instead_of_a_bot(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        old = h.customer("ann").says("hello", message="m1", sent=h.clock.seconds() - 3600)
        await h.deliver(old)
        await h.settled()

        assert await items(h, "ann") == []
        assert (await conversation(h, "ann")).state == "waiting"


async def test_an_opt_out_silences_what_is_queued_but_not_its_confirmation(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann")
        await h.says("ann", "stop")
        await until(h, lambda: are(h, "ann", ["queued", "queued"]))
        h.platform.behave()
        h.clock.ahead += timedelta(seconds=61)
        await h.settled()

        assert await states(h, "ann") == ["cancelled", "sent"]
        assert [entry.text[-66:] for entry in h.sent("ann")] == [h.sent("ann")[0].text[-66:]]
        assert "won't get any more messages" in h.sent("ann")[0].text


async def test_a_message_deleted_before_its_decision_is_not_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds()))
        await h.settled()
        await h.says("ann", "my secret", message="m1")
        await h.settled()

        assert await items(h, "ann") == []
        assert [text for _, text in await said(h, "ann")] == [None]


async def test_a_message_deleted_while_its_reply_waits_is_not_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann", message="m1")
        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds()))
        await until(h, lambda: are(h, "ann", ["cancelled"]))

        assert await said(h, "ann") == [("customer", None)]


async def test_a_message_edited_and_then_deleted_is_not_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann", message="m1")
        await h.deliver(h.customer("ann").edits("m1", "hello there", sent=h.clock.seconds()))
        await until(h, lambda: are(h, "ann", ["cancelled", "queued"]))
        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds()))
        await until(h, lambda: are(h, "ann", ["cancelled", "cancelled"]))
        h.platform.behave()
        h.clock.ahead += timedelta(seconds=61)
        await h.settled()

        assert h.sent("ann") == []


async def test_a_message_edited_twice_gets_one_answer_to_its_last_wording(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _held_back(h, "ann", message="m1")
        customer = h.customer("ann")
        await h.deliver(customer.edits("m1", "thank you", sent=h.clock.seconds(), times=1))
        await h.deliver(customer.edits("m1", "stop", sent=h.clock.seconds(), times=2))
        await until(h, lambda: _edited_twice(h))
        h.platform.behave()
        h.clock.ahead += timedelta(seconds=61)
        await h.settled()

        assert len(h.sent("ann")) == 1
        assert "won't get any more messages" in h.sent("ann")[0].text


async def test_a_message_edited_after_its_answer_is_not_answered_again(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.says("ann", "hello", message="m1")
        await h.settled()
        await h.deliver(h.customer("ann").edits("m1", "thank you", sent=h.clock.seconds()))
        await h.settled()

        assert len(h.sent("ann")) == 1
        assert (await said(h, "ann"))[0] == ("customer", "thank you")


@pytest.mark.usefixtures("patient_actions")
async def test_a_message_deleted_while_an_action_looks_it_up_is_not_answered(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **SLEEPY) as h:
        shop = gate()
        await h.says("ann", f"{WORD} slow", message="m1")
        await shop.held.wait()
        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds()))
        # The bot reads its inbox many times a second.
        await asyncio.sleep(0.5)
        shop.open.set()
        await h.settled()

        assert h.sent("ann") == []
        assert await said(h, "ann") == [("customer", None)]


async def test_the_bot_never_uses_the_tag_that_is_for_people(tmp_path: Path) -> None:
    async with house(tmp_path, freshness={"answer_within": "48h", "silence": "24h"}) as h:
        agent = await hire(h)
        for hours in (1, 23, 25, 47):
            who = f"after-{hours}"
            late = h.customer(who).says("hello", message=who, sent=h.clock.seconds() - hours * 3600)
            await h.deliver(late)
            await h.settled()
        await take(h, "after-25", agent)
        await hand_back(h, "after-25", agent)
        await h.settled()

        assert {entry.tag for entry in h.platform.ledger} == {None}
        assert {entry.thread for entry in h.sent()} == {"after-1", "after-23"}
        assert h.platform.violations == []


async def _held_back(h: House, who: str, *, message: str | None = None) -> None:
    """A reply that waits, since the platform asked us to slow down."""
    h.platform.misbehave(Misbehaviour(kind="429", retry_after=60))
    await h.says(who, "hello", message=message)
    await h.until(lambda: h.platform.strikes)
    await until(h, lambda: are(h, who, ["queued"]))


async def _edited_twice(h: House) -> bool:
    return len(await items(h, "ann")) == 3
