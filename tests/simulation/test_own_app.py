"""A brand's own app, as the fake platform plays it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.own_app import OwnAppSpeaker
from bot.simulation.platform import FakePlatform
from bot.simulation.speakers import Ids
from channels.messages import InboundMessage
from tests.channels.adapters.own_app import OWN_APP
from tests.simulation.brand import Answer, Clock

APP = PlatformAccount(channel="own_app", account="shop", page="shop", secret="s", token="t")
AMY = OwnAppSpeaker(APP, Ids(), "Demo customer 1")


@pytest.fixture
async def app(clock: Clock) -> AsyncIterator[FakePlatform]:
    """An app that Amy has written in."""
    async with FakePlatform([APP], clock=clock) as running:
        running.note(AMY.says("hi"))
        yield running


async def send(platform: FakePlatform, *, token: str = "t", **changes: object) -> Answer:
    """Send Amy a text, or what *changes* say."""
    usual = {"id": "r-1", "user": {"id": AMY.thread}, "author": "bot", "text": "您好"}
    body = {**usual, "quick_replies": [], **changes}
    signed = {"Authorization": f"Bearer {token}", "Idempotency-Key": "r-1"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(platform.url, json=body, headers=signed) as answer,
    ):
        return Answer(answer.status, await answer.json(), dict(answer.headers))


async def test_a_reply_that_comes_twice_is_shown_twice_or_refused(app: FakePlatform) -> None:
    first, second = await send(app), await send(app)

    assert (first.status, first.body) == (second.status, second.body)
    assert [entry.status for entry in app.ledger] == ["accepted", "swallowed"]
    assert app.violations == []


async def test_one_key_serves_two_messages(app: FakePlatform) -> None:
    await send(app)

    assert (await send(app, text="再見")).status == 422
    assert [one.rule for one in app.violations] == ["retry_key"]


@pytest.mark.parametrize(
    ("changes", "status", "rule"),
    [
        ({"token": "u"}, 401, "auth"),
        ({"text": ""}, 400, "schema"),
        ({"quick_replies": [{"title": "x" * 41, "payload": "p"}]}, 400, "schema"),
        ({"id": "r-2"}, 400, "retry_key"),
        ({"user": {"id": "somebody"}}, 404, "recipient"),
    ],
    ids=["token", "no words", "long title", "another key", "stranger"],
)
async def test_a_rule_is_broken_unnoticed(
    app: FakePlatform, changes: dict[str, object], status: int, rule: str
) -> None:
    assert (await send(app, **changes)).status == status  # type: ignore[arg-type]
    assert [one.rule for one in app.violations] == [rule]


def test_a_played_user_speaks_otherwise_than_the_page_tells() -> None:
    webhook = AMY.says("您好")
    request = OWN_APP.request(webhook.body, secret=b"s")
    channel = OWN_APP.make(secret="s")

    channel.verify(request)
    [event] = channel.parse(request)

    assert request.headers.items() <= webhook.headers.items()
    assert isinstance(event, InboundMessage)
    assert (event.thread, event.text, event.contact.name) == (AMY.thread, "您好", "Demo customer 1")
