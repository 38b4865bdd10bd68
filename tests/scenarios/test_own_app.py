"""A brand's own app, through its own door: the signed webhook in, and the played app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.misbehaviour import Misbehaviour, MisbehaviourKind
from bot.simulation.own_app import AppUser
from bot.simulation.webhook import Webhook
from tests.house import House, house
from tests.scenarios.scene import arrived, conversation, logged, said, states

APP = PlatformAccount(channel="own_app", account="shop", page="shop", secret="ours", token="app")
AMY = AppUser(account=APP, id="u-42", name="小美")
ASKED = "你好"

_numbers = count(1)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[House]:
    """A brand with an app of its own."""
    settings = {"secret": APP.secret, "token": APP.token}
    async with house(folder, accounts=[APP], also={"own_app": settings}) as h:
        yield h


def says(h: House, text: str, **more: Any) -> Webhook:
    """One message of Amy's, unless *more* tells another author."""
    return AMY.says(text, message=f"m-{next(_numbers)}", sent=h.clock.seconds(), **more)


async def test_a_message_that_comes_twice_is_answered_twice_or_never(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        webhook = says(h, ASKED)
        assert [await h.deliver(webhook) for _ in range(2)] == [200, 200]
        await h.until(lambda: h.sent(AMY.id))
        await h.settled()

        [reply] = h.sent(AMY.id)
        assert "Test Shop" in reply.text
        assert len(await arrived(h)) == 1
        assert h.platform.violations == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["reset_after_accept", "500_after_accept", "garbage"])
async def test_a_doubtful_reply_is_shown_twice_or_given_up(
    tmp_path: Path, kind: MisbehaviourKind
) -> None:
    async with served(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind=kind, times=1))
        await h.deliver(says(h, ASKED))
        await h.settled()

        first, second = h.platform.ledger
        assert (first.status, second.status) == ("accepted", "swallowed")
        assert first.outbound_id == second.outbound_id
        assert await states(h, AMY.id) == ["sent"]
        assert h.platform.violations == []


async def test_a_tap_is_taken_for_words(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        await h.deliver(says(h, "⋯", payload="intent:greet"))
        await h.settled()

        [decided] = await logged(h, "decided")
        assert "greet" in str(decided.data)


async def test_the_bot_talks_on_when_a_person_answered_in_the_brands_own_system(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as h:
        await h.deliver(says(h, ASKED))
        await h.settled()
        await h.deliver(says(h, "我來處理", author="agent"))
        await h.settled()
        await h.deliver(says(h, ASKED))
        await h.settled()

        assert (await conversation(h, AMY.id)).state == "agent"
        assert len(h.sent(AMY.id)) == 1
        authors = [author for author, _ in await said(h, AMY.id)]
        assert authors == ["customer", "bot", "agent", "customer"]


async def test_a_picture_that_we_do_not_see_calls_nobody(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        for _ in range(2):
            await h.deliver(says(h, "", picture="https://app.example/1.jpg"))
            await h.settled()

        assert (await conversation(h, AMY.id)).state == "waiting"


async def test_a_stranger_gets_in(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        forged = AppUser(
            account=PlatformAccount(
                channel="own_app", account="shop", page="shop", secret="theirs", token="app"
            ),
            id=AMY.id,
        )

        assert await h.deliver(forged.says(ASKED, message="m", sent=h.clock.seconds())) == 401
        assert await arrived(h) == []
