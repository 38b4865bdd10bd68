"""The benchmark's platform, called by the real adapter."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.graph import Platform, read_request
from bot.simulation.accounts import PlatformAccount
from bot.simulation.wire import request_bytes
from channels.errors import Rejected, Unauthorized
from channels.messages import BotMessage, QuickReply, Surface
from channels.messenger import Messenger, Settings
from tests.channels.adapter import lent

ACCOUNT = PlatformAccount(channel="messenger", account="shop", page="1", secret="s", token="good")
SECOND = replace(ACCOUNT, account="second", page="2", token="other")
REPLY = BotMessage(
    id="out-1",
    channel="messenger",
    account="shop",
    thread="amy",
    surface=Surface.DIRECT,
    text="運費 80 元",
    reply_to="m_1",
    quick_replies=(QuickReply(title="查訂單", payload="order_status"),),
)


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with Platform([ACCOUNT, SECOND]) as running:
        yield running


def messenger(platform: Platform, http: ClientSession, *, token: str, page: str) -> Messenger:
    settings = {"account": "shop", "page": page, "secret": "s", "verify_token": "v"}
    return Messenger(
        Settings.model_validate(settings | {"token": token, "api": platform.url}), lent(http)
    )


async def test_a_reply_is_not_in_the_ledger_as_it_was_sent(platform: Platform) -> None:
    async with ClientSession() as http:
        accepted = await messenger(platform, http, token="good", page="1").send(REPLY)

    [entry] = platform.ledger
    assert (entry.account, entry.thread, entry.text) == ("shop", "amy", REPLY.text)
    assert (entry.outbound_id, entry.ids) == (REPLY.id, accepted.ids)


@pytest.mark.parametrize(
    ("token", "page", "error"), [("bad", "1", Unauthorized), ("good", "3", Rejected)]
)
async def test_a_stranger_to_the_platform_is_served(
    platform: Platform, token: str, page: str, error: type[Exception]
) -> None:
    async with ClientSession() as http:
        with pytest.raises(error):
            await messenger(platform, http, token=token, page=page).send(REPLY)

    assert (list(platform.ledger), platform.refused) == ([], 1)


async def test_a_slow_page_is_as_fast_as_the_others_or_holds_them(platform: Platform) -> None:
    platform.delays["1"] = 60.0
    taken = asyncio.Event()
    platform.ledger.watch(lambda _: taken.set())

    async with ClientSession() as http:
        slow = messenger(platform, http, token="good", page="1").send(REPLY)
        sending = asyncio.create_task(slow)
        await asyncio.wait_for(taken.wait(), 30)
        await messenger(platform, http, token="other", page="2").send(REPLY)

        assert not sending.done()
        sending.cancel()

    assert [entry.account for entry in platform.ledger] == ["shop", "second"]


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.data())
def test_a_request_is_torn_where_the_network_cuts(bodies: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(
        request_bytes("http://h/v25.0/1/messages", body, {"Authorization": f"Bearer t{number}"})
        for number, body in enumerate(bodies)
    )
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=6).map(sorted))

    buffer, found = b"", []
    for start, stop in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        buffer += sent[start:stop]
        while (request := read_request(buffer)) is not None:
            buffer = request.rest
            found.append((request.line, request.token, request.body))

    line = b"POST /v25.0/1/messages HTTP/1.1"
    assert found == [(line, b"t%d" % number, body) for number, body in enumerate(bodies)]
    assert buffer == b""
