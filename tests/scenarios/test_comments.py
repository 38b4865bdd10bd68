"""Under a post: one public and one private reply to a complaint, none to ourselves."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulation.misbehaviour import Misbehaviour
from tests.house import House, house
from tests.scenarios.scene import (
    APP_ID,
    POST,
    are,
    commenter,
    comments,
    conversation,
    hand_back,
    hire,
    items,
    logged,
    states,
    take,
    the_page,
    until,
)

COMPLAINT = "terrible service"
SPAM = "Earn $5000 a day! Click http://x.example"

pytestmark = pytest.mark.usefixtures("impatient")


async def test_a_complaint_gets_one_public_and_one_private_reply_and_a_person(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        webhook = await comments(h, "Kim", COMPLAINT)
        assert await h.deliver(webhook) == 200
        await h.settled()

        row = await conversation(h, _thread(webhook.message))
        assert [entry.kind for entry in h.sent(webhook.message)] == ["reply", "private_reply"]
        assert (row.state, row.handoff_reason) == ("waiting", "complaint")
        assert h.platform.violations == []


async def test_nobody_knows_that_a_commenter_and_a_customer_are_one(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        webhook = await comments(h, "Kim", COMPLAINT)
        await h.settled()
        [kim] = {id for _, _, id in h.platform.world.people}

        public, inside = await conversation(h, _thread(webhook.message)), await conversation(h, kim)
        assert (inside.channel, inside.contact_name, inside.state) == ("messenger", "Kim", "bot")
        told = [
            (one.conversation_id, one.data["conversation"]) for one in await logged(h, "linked")
        ]
        assert told == [(public.id, inside.id), (inside.id, public.id)]


async def test_a_doubtful_private_reply_that_is_shown_to_us_names_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        lost = [Misbehaviour(kind="reset_after_accept", times=1)]
        h.platform.ledger.watch(lambda _: h.platform.misbehave(lost.pop()) if lost else None)
        webhook = await comments(h, "Kim", COMPLAINT)
        await h.settled()
        assert await states(h) == ["sent", "unknown"]
        [kim] = {id for _, _, id in h.platform.world.people}
        private = h.sent(webhook.message)[-1]
        await h.deliver(
            h.customer(kim).hears(
                private.text,
                message=private.ids[0],
                sent=h.clock.seconds(),
                metadata=private.outbound_id,
                app_id=APP_ID,
            )
        )
        await h.settled()

        assert await states(h) == ["sent", "sent"]
        assert (await conversation(h, kim)).contact_name == "Kim"
        assert len(await logged(h, "linked")) == 2


async def test_a_comment_gets_its_private_reply_only_once(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        webhook = await comments(h, "Kim", COMPLAINT)
        await h.settled()
        await take(h, _thread(webhook.message), agent)
        await hand_back(h, _thread(webhook.message), agent)
        edited = commenter("Kim").edits(webhook.message, f"{COMPLAINT}!!", sent=h.clock.seconds())
        await h.deliver(edited)
        await h.deliver(webhook)
        await h.settled()

        assert [entry.kind for entry in h.sent(webhook.message)] == ["reply", "private_reply"]
        assert h.platform.violations == []


async def test_a_complaint_edited_between_its_two_replies_is_not_answered_twice(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        webhook = commenter("Kim").adds(COMPLAINT, comment="1221_000001", sent=h.clock.seconds())
        slower = [Misbehaviour(kind="429", times=1, retry_after=2)]
        h.platform.ledger.watch(lambda _: h.platform.misbehave(slower.pop()) if slower else None)
        await h.deliver(webhook)
        thread = _thread(webhook.message)
        await until(h, lambda: are(h, thread, ["sent", "queued"]))
        await h.deliver(
            commenter("Kim").edits(webhook.message, f"{COMPLAINT}!!", sent=h.clock.seconds())
        )
        await h.settled()

        assert [entry.kind for entry in h.sent(webhook.message)] == ["reply", "private_reply"]


async def test_spam_is_hidden_without_a_word_where_the_brand_wants_it(tmp_path: Path) -> None:
    async with house(tmp_path, comments={"spam": {"hide": True, "ignore": True}}) as h:
        webhook = await comments(h, "Bot", SPAM)
        await h.settled()

        assert [(entry.kind, entry.text) for entry in h.sent(webhook.message)] == [("hide", "")]
        assert h.platform.world.comments[webhook.message].hidden
        await h.deliver(commenter("Bot").hides(webhook.message, SPAM, sent=h.clock.seconds()))
        await h.settled()
        assert len(h.sent()) == 1


async def test_spam_goes_to_a_person_where_nothing_is_configured(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        webhook = await comments(h, "Bot", SPAM)
        await h.settled()

        assert h.sent() == []
        assert (await conversation(h, _thread(webhook.message))).state == "waiting"


async def test_the_brands_own_comments_are_never_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.deliver(the_page().adds("so beautiful!", comment="1221_1", sent=h.clock.seconds()))
        webhook = await comments(h, "Kim", "so beautiful, I love it!")
        await h.settled()
        (reply,) = h.sent()
        seen = the_page().adds(
            reply.text, comment=reply.ids[0], sent=h.clock.seconds(), parent=webhook.message
        )
        await h.deliver(seen)
        await h.settled()

        assert len(h.sent()) == 1
        assert (await conversation(h, _thread(webhook.message))).state == "bot"


async def test_a_comment_answered_by_hand_on_the_page_is_left_to_the_person(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        webhook = await comments(h, "Kim", "so beautiful, I love it!")
        await h.settled()
        by_hand = the_page().adds(
            "Thank you, Kim! - Bea",
            comment="1221_9",
            sent=h.clock.seconds(),
            parent=webhook.message,
        )
        await h.deliver(by_hand)
        await comments(h, "Kim", "so beautiful!", parent=webhook.message, root=webhook.message)
        await h.settled()

        assert len(h.sent()) == 1
        assert (await conversation(h, _thread(webhook.message))).state == "agent"


async def test_a_comment_edited_before_its_answer_is_answered_as_it_reads_now(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="429", times=1, retry_after=30))
        webhook = await comments(h, "Kim", "so beautiful, I love it!")
        thread = _thread(webhook.message)
        await h.until(lambda: h.platform.strikes)
        await until(h, lambda: are(h, thread, ["queued"]))
        await h.deliver(commenter("Kim").edits(webhook.message, COMPLAINT, sent=h.clock.seconds()))
        await until(h, lambda: are(h, thread, ["cancelled", "queued", "queued"]))
        h.clock.ahead += timedelta(seconds=31)
        await h.settled()

        assert await states(h, thread) == ["cancelled", "sent", "sent"]
        assert [entry.kind for entry in h.sent(webhook.message)] == ["reply", "private_reply"]
        assert h.sent(webhook.message)[0].text.startswith("(Automated reply")


async def test_a_comment_removed_before_its_answer_is_not_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="429", times=1, retry_after=30))
        webhook = await comments(h, "Kim", COMPLAINT)
        await h.until(lambda: h.platform.strikes)
        await until(h, lambda: _some(h))
        await h.deliver(commenter("Kim").removes(webhook.message, sent=h.clock.seconds()))
        await h.settled()

        assert h.sent() == []
        assert set(await states(h)) == {"cancelled"}


def _thread(comment: str) -> str:
    return f"{POST}/{comment}"


async def _some(h: House) -> bool:
    return len(await items(h)) == 2 and (await items(h))[0].state == "queued"
