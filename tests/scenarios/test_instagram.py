"""Instagram through the real door: signed webhooks in, calls to its Graph out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.instagram_people import InstagramCommenter, InstagramCustomer
from tests.house import House, house
from tests.scenarios.scene import conversation, said

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
