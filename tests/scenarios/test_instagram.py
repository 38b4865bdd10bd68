"""Instagram through the real door: signed webhooks in, calls to its Graph out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.instagram_people import InstagramCommenter, InstagramCustomer
from bot.simulation.misbehaviour import Misbehaviour
from tests.house import House, house
from tests.scenarios.scene import conversation, logged, said

USER, MEDIA = "17841405822304914", "18001221"
SETTINGS: dict[str, Any] = {
    "user": USER,
    "secret": "instagram-secret",
    "verify_token": "v",
    "token": "instagram-token",
}
COMPLAINT = "terrible service"

pytestmark = pytest.mark.usefixtures("impatient")


def account(channel: str) -> PlatformAccount:
    """The brand on Instagram, as Instagram knows it."""
    return PlatformAccount(
        channel=channel,
        account="shop",
        page=USER,
        secret=SETTINGS["secret"],
        token=SETTINGS["token"],
    )


DIRECT, COMMENTS = account("instagram"), account("instagram_comments")
AMY = InstagramCustomer(account=DIRECT, id="1254459154682919", name="amy")
KIM = InstagramCommenter(account=COMMENTS, id="8820113344556677", name="kim", post=MEDIA)
BRAND = InstagramCommenter(account=COMMENTS, id=USER, name="shop", post=MEDIA)


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[House]:
    """The usual brand, which is on Instagram, too."""
    also = {"instagram": SETTINGS, "instagram_comments": SETTINGS}
    async with house(folder, accounts=[DIRECT, COMMENTS], also=also) as h:
        yield h


async def test_a_message_that_comes_twice_is_answered_twice_or_by_the_wrong_platform(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as h:
        webhook = AMY.says("hello", message="aWdf1", sent=h.clock.seconds())
        assert await h.deliver(webhook) == 200
        await h.settled()
        assert await h.deliver(webhook) == 200
        await h.settled()

        (reply,) = h.sent()
        assert (reply.channel, reply.thread) == ("instagram", AMY.id)
        assert h.platform.violations == []


async def test_our_own_echo_takes_the_conversation_over_or_a_persons_does_not(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as h:
        await h.deliver(AMY.says("hello", message="aWdf1", sent=h.clock.seconds()))
        await h.settled()
        (reply,) = h.sent()
        await h.deliver(AMY.hears_back(reply.text, message=reply.ids[0], sent=h.clock.seconds()))
        await h.settled()
        assert (await conversation(h, AMY.id)).state == "bot"

        await h.deliver(AMY.hears_back("I'm Bea", message="aWdf9", sent=h.clock.seconds()))
        await h.settled()

        assert (await conversation(h, AMY.id)).state == "agent"
        assert (await said(h, AMY.id))[-1] == ("agent", "I'm Bea")


async def test_a_complaint_in_a_comment_gets_not_one_public_and_one_private_reply(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as h:
        webhook = KIM.adds(COMPLAINT, comment="17890001", sent=h.clock.seconds())
        await h.deliver(webhook)
        await h.settled()
        await h.deliver(webhook)
        for entry in h.sent():
            if entry.kind == "reply":
                own = BRAND.adds(
                    entry.text, comment=entry.ids[0], sent=h.clock.seconds(), root="17890001"
                )
                await h.deliver(own)
        await h.settled()

        assert [entry.kind for entry in h.sent("17890001")] == ["reply", "private_reply"]
        assert len(h.sent()) == 2
        row = await conversation(h, f"{MEDIA}/17890001")
        assert (row.state, row.handoff_reason) == ("waiting", "complaint")
        assert h.platform.violations == []


async def test_nobody_knows_that_a_commenter_and_a_customer_are_one(tmp_path: Path) -> None:
    async with shop(tmp_path) as h:
        await h.deliver(KIM.adds(COMPLAINT, comment="17890001", sent=h.clock.seconds()))
        await h.settled()
        (private,) = [entry for entry in h.sent() if entry.kind == "private_reply"]
        [kim] = {id for _, _, id in h.platform.world.people}
        direct = InstagramCustomer(account=DIRECT, id=kim)
        back = direct.hears_back(private.text, message=private.ids[0], sent=h.clock.seconds())
        await h.deliver(back)
        await h.settled()

        public, inside = await conversation(h, f"{MEDIA}/17890001"), await conversation(h, kim)
        told = [(one.conversation_id, one.data) for one in await logged(h, "linked")]
        assert told == [
            (
                public.id,
                {"conversation": inside.id, "channel": "instagram", "comment": "17890001"},
            ),
            (
                inside.id,
                {"conversation": public.id, "channel": "instagram_comments", "comment": "17890001"},
            ),
        ]
        # The echo of the private reply is ours: nobody has taken over.
        assert (inside.channel, inside.state) == ("instagram", "bot")
        assert await said(h, kim) == []


async def test_an_echo_that_is_faster_than_the_answer_takes_the_conversation_over(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as h:
        waits = [Misbehaviour(kind="slow", seconds=1.0)]
        h.platform.ledger.watch(lambda _: h.platform.misbehave(waits.pop()) if waits else None)
        await h.deliver(KIM.adds(COMPLAINT, comment="17890001", sent=h.clock.seconds()))
        await h.until(lambda: [entry for entry in h.sent() if entry.kind == "private_reply"])
        (private,) = [entry for entry in h.sent() if entry.kind == "private_reply"]
        assert private.lost is None
        [kim] = {id for _, _, id in h.platform.world.people}
        direct = InstagramCustomer(account=DIRECT, id=kim)
        back = direct.hears_back(private.text, message=private.ids[0], sent=h.clock.seconds())
        await h.deliver(back)
        await h.settled()

        assert (await conversation(h, kim)).state == "bot"
        assert len(await logged(h, "linked")) == 2
