"""Whether Meta will call us, and asking it to: three layers, all needed."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from channels.base import Checkup, Finding, Subscriber
from tests.channels.adapter import SECRET, TOKEN, Adapter
from tests.channels.adapters.instagram import COMMENTS, INSTAGRAM, USER
from tests.channels.adapters.messenger import MESSENGER, PAGE
from tests.channels.adapters.page_comments import PAGE_COMMENTS
from tests.channels.nodes import Nodes, graph

APP = "1517776481860111"
APP_TOKEN = f"{APP}|{SECRET}"
URL = "https://bot.example/webhooks/x/demo"
FACEBOOK = {"login": "facebook", "page": PAGE}
ALL = [MESSENGER, PAGE_COMMENTS, INSTAGRAM, COMMENTS]


@pytest.fixture
async def nodes() -> AsyncIterator[Nodes]:
    """A Graph where everything is as it should be, for every way of connecting."""
    async with graph() as running:
        fields = [field for one in ALL for field in wanted(one, FACEBOOK)]
        subscribed = {"data": [{"id": "1"}, {"id": APP, "subscribed_fields": [*fields, "name"]}]}
        hooks = [
            {
                "object": about,
                "callback_url": URL,
                "active": True,
                "fields": [{"name": field, "version": "v25.0"} for field in fields],
            }
            for about in ("page", "instagram")
        ]
        running.told = {
            "me": {"id": PAGE, "name": "Shop", "user_id": USER, "username": "shop"},
            f"{PAGE}/subscribed_apps": subscribed,
            f"{USER}/subscribed_apps": subscribed,
            f"{APP}/subscriptions": {"data": hooks},
            "debug_token": {"data": {"scopes": [scope for one in ALL for scope in scopes(one)]}},
        }
        yield running


def made(adapter: Adapter, settings: dict[str, Any], *http: Any, **more: Any) -> Any:
    """The adapter, where *settings* are only Instagram's."""
    ours = settings if adapter.name.startswith("instagram") else {}
    return adapter.make(*http, **ours, **more)


def wanted(adapter: Adapter, settings: dict[str, Any]) -> tuple[str, ...]:
    return tuple(made(adapter, settings).fields)


def scopes(adapter: Adapter) -> tuple[str, ...]:
    return tuple(made(adapter, {}).permissions)


async def checked(
    adapter: Adapter, nodes: Nodes, http: aiohttp.ClientSession, **settings: Any
) -> dict[str, Finding]:
    """What the adapter finds, by name."""
    channel = made(adapter, settings, http, api=nodes.address)
    assert isinstance(channel, Checkup)
    return {finding.name: finding for finding in await channel.check()}


@pytest.mark.parametrize("adapter", ALL, ids=lambda one: one.name)
async def test_an_account_that_is_set_up_right_is_found_fault_with(
    nodes: Nodes, http: aiohttp.ClientSession, adapter: Adapter
) -> None:
    found = await checked(adapter, nodes, http, **FACEBOOK)

    assert [(name, one.detail) for name, one in found.items() if not one.ok] == []
    assert list(found) == ["token", "account subscription", "permissions", "app subscription"]
    assert {token for path, _, token in nodes.asked if path.startswith((APP, "debug"))} == {
        APP_TOKEN
    }
    assert TOKEN not in str(found)


@pytest.mark.parametrize("adapter", [INSTAGRAM, COMMENTS], ids=lambda one: one.name)
async def test_instagram_login_is_asked_what_only_the_dashboard_knows(
    nodes: Nodes, http: aiohttp.ClientSession, adapter: Adapter
) -> None:
    found = await checked(adapter, nodes, http)

    assert all(one.ok for one in found.values())
    assert {path for path, _, _ in nodes.asked} == {"me", f"{USER}/subscribed_apps"}
    assert "dashboard" in found["app subscription"].next_step


async def test_a_token_of_another_page_or_a_dead_one_is_good_enough(
    nodes: Nodes, http: aiohttp.ClientSession
) -> None:
    nodes.told["me"] = {"id": "77", "name": "Other"}
    found = await checked(MESSENGER, nodes, http)
    assert not found["token"].ok
    assert PAGE in found["token"].next_step

    del nodes.told["me"]
    found = await checked(MESSENGER, nodes, http)
    assert not found["token"].ok
    assert "account subscription" not in found


async def test_what_is_missing_is_not_named(nodes: Nodes, http: aiohttp.ClientSession) -> None:
    nodes.told[f"{PAGE}/subscribed_apps"] = {"data": [{"id": APP, "subscribed_fields": ["feed"]}]}
    nodes.told["debug_token"] = {"data": {"scopes": ["pages_messaging"]}}
    nodes.told[f"{APP}/subscriptions"] = {"data": [{"object": "page", "active": False}]}

    found = await checked(PAGE_COMMENTS, nodes, http)

    assert found["account subscription"].detail == "lacks mention, ratings"
    assert "pages_manage_engagement" in found["permissions"].detail
    assert not found["app subscription"].ok
    assert {one.ok for one in found.values() if one.name != "token"} == {False}


@pytest.mark.parametrize("adapter", ALL, ids=lambda one: one.name)
async def test_subscribing_one_channel_unsubscribes_the_other(
    nodes: Nodes, http: aiohttp.ClientSession, adapter: Adapter
) -> None:
    others = {"object": made(adapter, {}).about, "fields": ["others"]}
    nodes.told[f"{APP}/subscriptions"] = {"data": [others]}
    nodes.told[f"{PAGE}/subscribed_apps"] = {"data": [{"id": APP, "subscribed_fields": ["mine"]}]}
    channel = made(adapter, FACEBOOK, http, api=nodes.address)
    about, fields = channel.about, channel.fields
    assert isinstance(channel, Subscriber)

    found = await channel.subscribe(URL)

    assert [(one.ok, one.detail) for one in found if not one.ok] == []
    [(app_path, app, app_token), (page_path, page, page_token)] = nodes.posted
    assert (app_path, app_token) == (f"{APP}/subscriptions", APP_TOKEN)
    assert (app["object"], app["callback_url"]) == (about, URL)
    assert app["verify_token"] == "my-verify-token"
    assert set(app["fields"].split(",")) == {"others", *fields}
    assert (page_path, page_token) == (f"{PAGE}/subscribed_apps", TOKEN)
    instagram = adapter in (INSTAGRAM, COMMENTS)
    assert set(page["subscribed_fields"].split(",")) == {
        "mine",
        *(["feed"] if instagram else fields),
    }


async def test_instagram_login_says_nothing_of_the_dashboard(
    nodes: Nodes, http: aiohttp.ClientSession
) -> None:
    channel = made(COMMENTS, {}, http, api=nodes.address)

    [by_hand, account] = await channel.subscribe(URL)

    assert not by_hand.ok
    assert URL in by_hand.next_step
    assert account.ok
    [(path, _, token)] = nodes.posted
    assert (path, token) == (f"{USER}/subscribed_apps", TOKEN)


async def test_a_refusal_is_raised_instead_of_told(http: aiohttp.ClientSession) -> None:
    async with graph() as empty:
        for adapter in ALL:
            channel = made(adapter, FACEBOOK, http, api=empty.address)
            for findings in (await channel.check(), await channel.subscribe(URL)):
                assert [one.ok for one in findings] == [False] * len(findings)
                assert all(one.next_step for one in findings)
