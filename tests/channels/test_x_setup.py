"""X: setting an account up, looking whether it is, and what webhooks missed; all as X is played."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.platform import FakePlatform
from bot.simulation.x_people import XPerson
from channels.base import (
    CatchUp,
    Checkup,
    Finding,
    MediaSource,
    Profile,
    ProfileSource,
    Subscriber,
)
from channels.errors import SendError
from channels.messages import InboundMessage
from tests.channels.adapter import SECRET, TOKEN
from tests.channels.adapters.x import POST, THEM, US, X_POSTS, X
from tests.channels.platform import FakePlatform as Answering
from tests.channels.schemas import faults

ADDRESS = "https://chat.shop.example/webhooks/x/demo"
SENT = datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC)


def account(channel: str) -> PlatformAccount:
    """The brand on X."""
    return PlatformAccount(channel=channel, account="demo", page=US, secret=SECRET, token=TOKEN)


@asynccontextmanager
async def played() -> AsyncIterator[tuple[FakePlatform, Any, Any]]:
    """X, and both adapters that call it."""
    accounts = [account("x"), account("x_posts")]
    async with FakePlatform(accounts) as platform, aiohttp.ClientSession() as http:
        app = {"app_token": f"app-{TOKEN}", "api": platform.url}
        yield platform, X.make(http, **app), X_POSTS.make(http, **app)


def test_an_adapter_lacks_what_x_allows() -> None:
    for made in (X.make(), X_POSTS.make()):
        for ability in (CatchUp, Checkup, ProfileSource, Subscriber):
            assert isinstance(made, ability)
    assert isinstance(X.make(), MediaSource)


async def test_subscribing_leaves_something_out_or_does_it_twice() -> None:
    async with played() as (platform, direct, posts):
        first = [*await direct.subscribe(ADDRESS), *await posts.subscribe(ADDRESS)]
        again = await direct.subscribe(ADDRESS)
        checked = [*await direct.check(), *await posts.check()]

    assert [one.name for one in first if not one.ok] == []
    assert {one.name for one in first} == {"webhook", *direct.event_types, *posts.event_types}
    assert {one.detail for one in again[1:]} == {"subscribed before"}
    assert [one for one in checked if not one.ok] == []
    assert platform.violations == []


async def test_an_account_that_is_not_set_up_looks_fine() -> None:
    async with played() as (_, direct, _):
        found = await direct.check()

    assert [one.name for one in found if not one.ok] == ["webhook", *direct.event_types]
    assert all(one.next_step for one in found if not one.ok)


async def test_a_token_of_another_account_looks_fine() -> None:
    async with played() as (platform, _, _), aiohttp.ClientSession() as http:
        channel: Any = X.make(http, api=platform.url, user_id="999")
        [token, webhook, *_] = await channel.check()

    assert token == Finding(
        name="token",
        ok=False,
        detail=US,
        next_step="user_id and token belong to different accounts",
    )
    assert not webhook.ok
    assert "app_token" in webhook.next_step


async def test_an_address_that_x_refuses_is_registered() -> None:
    async with played() as (platform, direct, _):
        for address in ("http://shop.example/webhooks/x/demo", "https://shop.example:8443/x"):
            [found] = await direct.subscribe(address)
            assert not found.ok
        assert platform.calls == 0


def test_what_we_subscribe_to_is_unknown_to_x() -> None:
    for type_ in (*X.make().event_types, *X_POSTS.make().event_types):  # type: ignore[attr-defined]
        wanted = {"event_type": type_, "filter": {"user_id": US}, "tag": "t", "webhook_id": "1"}
        assert faults("x/derived/CreateActivitySubscriptionRequest.schema.json", wanted) == []


async def test_what_no_webhook_told_stays_unknown_or_becomes_another_event() -> None:
    async with played() as (platform, direct, posts):
        sent = SENT.timestamp()
        said = [
            XPerson(account=account("x"), id=f"{THEM}").writes(
                text, message=f"{POST + n}", sent=sent + n
            )
            for n, text in enumerate(["一", "二"])
        ]
        posted = XPerson(account=account("x_posts"), id=f"{THEM}").posts(
            "@brand 三", post=f"{POST}", sent=sent
        )
        for webhook in (*said, posted):
            platform.note(replace(webhook, polled=True))

        private = await direct.missed(SENT + timedelta(seconds=1))
        public = await posts.missed(SENT)

    [delivered] = posts.parse(X_POSTS.request(posted.body))
    [two] = private
    assert isinstance(two, InboundMessage)
    assert (two.text, two.event_id, two.thread) == ("二", f"{POST + 1}", f"{THEM}")
    [three] = public
    assert isinstance(three, InboundMessage)
    assert (three.event_id, three.thread, three.text, three.kind) == (
        delivered.event_id,
        delivered.thread,
        "三",
        "comment.mention",
    )


async def test_a_list_that_nobody_can_read_ends_the_service(
    platform: Answering, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"data": [{"id": {}}, 5], "includes": [], "meta": {"next_token": 1}})

    for adapter in (X, X_POSTS):
        channel: Any = adapter.make(http, api=platform.address)
        with pytest.raises(SendError):
            await channel.missed(SENT)


async def test_a_contact_has_no_name() -> None:
    async with played() as (platform, direct, _):
        platform.world.person("x", US, f"{THEM}").name = "美玲"

        assert await direct.profile(f"{THEM}") == Profile(name="美玲", username="customer")
