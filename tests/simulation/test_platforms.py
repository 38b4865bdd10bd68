"""The table of platforms: one line plays one more, whether it calls us or waits to be asked."""

import sys
import time
from collections.abc import Iterator
from types import ModuleType

import aiohttp
import pytest

from bot.simulation import platforms
from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken
from bot.simulation.drive import Driver
from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.platform import FakePlatform
from bot.simulation.played import Played
from bot.simulation.refusals import Refused
from bot.simulation.speakers import Ids
from bot.simulation.visits import Mix
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

SHOP = PlatformAccount(channel="postbox", account="shop", page="box", secret="s", token="t")


class Box:
    """A platform with one call for all: a letter goes out, or the letters that came are listed."""

    def __init__(self, world: World) -> None:
        self._world = world

    def attempt(self, call: Call) -> Attempt:
        """Sign in."""
        account = self._world.account(call.bearer(), "postbox")
        if account is None:
            raise Refused(401, {}, rule="auth")
        kind = "reply" if call.method == "POST" else "other"
        return Attempt(call=call, account=account, kind=kind, thread=call.path.split("/")[2])

    def take(self, attempt: Attempt) -> Taken:
        """Say what came."""
        came: Json = {"texts": [webhook.text for webhook in self._world.unasked]}
        return Taken(body=came, ids=("1",))


class Writer:
    """Somebody who writes letters."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._account = account
        self.thread = name

    def says(self, text: str) -> Webhook:
        """A letter."""
        return Webhook(
            kind="dm.text", account=self._account, customer=self.thread, message=text,
            sent=time.time(), body=b"", headers={}, text=text, opens_window=True, polled=True,
        )  # fmt: skip

    def sticks(self) -> None:
        """Nothing."""

    def edits(self, said: Webhook, text: str) -> None:
        """Nothing."""

    def unsends(self, said: Webhook) -> None:
        """Nothing."""

    def again(self, said: Webhook) -> Webhook:
        """The same letter."""
        return said


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The post box in the table."""
    module = ModuleType("tests.simulation.postbox")
    module.PLAYED = Played(  # type: ignore[attr-defined]
        speakers={"postbox": Writer},
        account=lambda channel, settings, webhook: account_of(
            channel, settings, webhook, page="box", otherwise="box"
        ),
        claims=lambda call, world: call.path.startswith("/letters/"),
        api=Box,
        misbehaved=lambda kind, headers: Refused(503, {"why": kind}, headers=headers),
        weights={"postbox": 1.0},
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(platforms, "PLATFORMS", (module.__name__, *platforms.PLATFORMS))
    platforms.platforms.cache_clear()
    yield
    monkeypatch.undo()
    platforms.platforms.cache_clear()


async def test_a_call_of_one_platform_is_taken_for_anothers() -> None:
    async with FakePlatform([SHOP]) as platform, aiohttp.ClientSession() as http:
        signed = {"Authorization": "Bearer t"}
        for headers, status in (({}, 401), (signed, 200)):
            async with http.post(f"{platform.url}/letters/ann", headers=headers) as answer:
                assert answer.status == status
        platform.misbehave(Misbehaviour(kind="500", times=1))
        async with http.post(f"{platform.url}/letters/ann", headers=signed) as answer:
            assert (answer.status, await answer.json()) == (503, {"why": "500"})

        assert [(one.channel, one.rule) for one in platform.violations] == [("postbox", "auth")]
        assert [(one.channel, one.status) for one in platform.ledger] == [
            ("postbox", "accepted"),
            ("postbox", "refused"),
        ]


async def test_what_waits_to_be_asked_is_posted_or_lost() -> None:
    async with FakePlatform([SHOP]) as platform, aiohttp.ClientSession() as http:
        driver = Driver(
            "http://127.0.0.1:9", [SHOP], platform, patience=0.05, pace=0, mix=Mix(sticker=0)
        )
        found = await driver.run(messages_wanted=1)
        async with http.get(
            f"{platform.url}/letters/all", headers={"Authorization": "Bearer t"}
        ) as answer:
            told = (await answer.json())["texts"]

        assert told == [webhook.text for webhook in platform.world.unasked] != []
        assert found.webhooks == 0
        assert found.unanswered
