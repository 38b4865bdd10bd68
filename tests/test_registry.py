"""The client that all accounts share."""

import asyncio
from dataclasses import replace

from benchmarks.graph import Platform
from bot import registry
from bot.pace import AT_ONCE
from bot.simulation.accounts import PlatformAccount
from channels.messages import BotMessage, Surface
from channels.messenger import Messenger, Settings
from tests.channels.adapter import lent

SLOW = PlatformAccount(channel="messenger", account="slow", page="1", secret="s", token="one")
OTHER = replace(SLOW, account="other", page="2", token="two")
REPLY = BotMessage(
    id="out-1",
    channel="messenger",
    account="slow",
    thread="amy",
    surface=Surface.DIRECT,
    text="hi",
    reply_to="m_1",
)


def page(account: PlatformAccount, platform: Platform) -> Settings:
    """That Page's settings."""
    words = {"secret": account.secret, "verify_token": "v", "token": account.token}
    return Settings.model_validate(
        words | {"account": account.account, "page": account.page, "api": platform.url}
    )


async def test_a_slow_page_takes_the_connections_of_another() -> None:
    async with Platform([SLOW, OTHER]) as platform, registry.client() as http:
        platform.delays[SLOW.page] = 60.0
        slow, other = (Messenger(page(each, platform), lent(http)) for each in (SLOW, OTHER))
        sends = [asyncio.ensure_future(slow.send(REPLY)) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)

        try:
            await other.send(REPLY)
            assert not any(each.done() for each in sends)
        finally:
            for each in sends:
                each.cancel()
            await asyncio.gather(*sends, return_exceptions=True)
