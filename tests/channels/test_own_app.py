"""A brand's own app: what is particular to it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from channels.errors import (
    DeliveryUnknown,
    MalformedPayload,
    RateLimited,
    RecipientGone,
    Rejected,
    SendError,
)
from channels.messages import (
    Accepted,
    AgentMessage,
    Contact,
    EchoedReply,
    InboundMessage,
    QuickReply,
    Surface,
)
from tests.channels.adapter import MESSAGE_ID, RECEIVED_AT, TOKEN
from tests.channels.adapters.own_app import OWN_APP, said
from tests.channels.platform import FakePlatform
from tests.scorecards import PAGES

SENT_AT = datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC)
TEXT = InboundMessage(
    event_id="m-0",
    kind="dm.text",
    channel="own_app",
    account="demo",
    thread="u-42",
    surface=Surface.DIRECT,
    sent_at=SENT_AT,
    received_at=RECEIVED_AT,
    id="m-0",
    contact=Contact(id="u-42", name="小美"),
    text="第 0 則",
)


def test_a_text_is_misread() -> None:
    assert OWN_APP.parsed(said(0)) == [TEXT]


@pytest.mark.parametrize(
    ("told", "sent_at"),
    [
        ("2026-09-28T08:00:01Z", SENT_AT),
        (1790582401000, SENT_AT),
        ("9999-12-31T23:59:59-14:00", RECEIVED_AT),
        (None, RECEIVED_AT),
    ],
)
def test_a_time_is_misread_or_one_to_come_believed(told: object, sent_at: datetime) -> None:
    [event] = OWN_APP.parsed(said(0, sent_at=told))

    assert event == replace(TEXT, sent_at=sent_at)
    assert event.sent_at.tzinfo is UTC or sent_at == RECEIVED_AT


@pytest.mark.parametrize("told", ["2026-09-28T08:00:01", "0001-01-01T00:00:00+14:00", "soon", -1])
def test_a_time_that_names_no_moment_is_guessed_or_crashes(told: object) -> None:
    with pytest.raises(MalformedPayload, match="sent_at"):
        OWN_APP.parsed(said(0, sent_at=told))


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"payload": "ORDER"}, {"kind": "dm.postback", "payload": "ORDER"}),
        ({"text": ""}, {"kind": "dm.unsupported", "text": None}),
        ({"user": {"id": 42}}, {"thread": "42", "contact": Contact(id="42")}),
        ({"id": 7}, {"event_id": "7", "id": "7"}),
        ({"mood": "fine"}, {}),
    ],
    ids=["tap", "no words", "number of a user", "number of a message", "unknown field"],
)
def test_a_message_is_misread(changes: dict[str, object], differs: dict[str, object]) -> None:
    assert OWN_APP.parsed(said(0, **changes)) == [replace(TEXT, **differs)]  # type: ignore[arg-type]


def test_what_a_person_of_the_brand_typed_is_answered() -> None:
    [event] = OWN_APP.parsed(said(0, author="agent"))

    assert isinstance(event, EchoedReply)
    assert (event.kind, event.thread, event.text) == ("dm.echo", "u-42", "第 0 則")
    assert event.outbound_id is None


def test_a_body_of_no_messages_is_refused() -> None:
    assert OWN_APP.make().parse(OWN_APP.request(b'{"messages": []}')) == []


def page() -> list[Any]:
    """The examples of the channel's page: what comes in, and what goes out."""
    text = (PAGES / "own_app.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def test_the_pages_example_is_misread() -> None:
    text, tap, echo = OWN_APP.parsed(*page()[0]["messages"])

    words = {"id": "m-1001", "event_id": "m-1001", "text": "請問有開嗎？"}
    assert text == replace(TEXT, **words)  # type: ignore[arg-type]
    assert isinstance(tap, InboundMessage)
    assert tap.payload == "intent:order_status"
    assert isinstance(echo, EchoedReply)


async def test_what_is_sent_is_not_what_the_page_tells(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"id": "a-1"})
    channel = OWN_APP.make(http, api=f"{platform.address}/replies?shop=1")
    choice = QuickReply(title="查詢訂單", payload="intent:order_status")
    from_bot = replace(OWN_APP.message, quick_replies=(choice,))
    from_agent = AgentMessage(
        id=MESSAGE_ID, channel="own_app", account="demo", thread="u-42", text="好"
    )

    taken = [await channel.send(message) for message in (from_bot, from_agent)]

    assert taken == [Accepted(ids=("a-1",))] * 2
    told = page()[1]
    spoken = {"author": "agent", "text": "好", "quick_replies": []}
    assert [call.body for call in platform.calls] == [told, told | spoken]
    assert {call.headers["Idempotency-Key"] for call in platform.calls} == {MESSAGE_ID}
    assert {call.path for call in platform.calls} == {"/replies?shop=1"}


async def test_a_yes_without_an_id_counts_as_a_doubt(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(201, {})

    assert await OWN_APP.make(http, api=platform.address).send(OWN_APP.message) == Accepted(ids=())


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Rejected),
        (404, Rejected),
        (410, RecipientGone),
        (429, RateLimited),
        (500, DeliveryUnknown),
    ],
)
async def test_a_refusal_is_taken_for_another_or_tells_the_token(
    platform: FakePlatform,
    http: aiohttp.ClientSession,
    status: int,
    expected: type[SendError],
) -> None:
    platform.answers(status, {"error": f"not {TOKEN}"}, {"Retry-After": "7"})

    with pytest.raises(expected) as caught:
        await OWN_APP.make(http, api=platform.address).send(OWN_APP.message)

    assert TOKEN not in str(caught.value)
    assert status == 500 or "not [token]" in str(caught.value)
    assert not isinstance(caught.value, RateLimited) or caught.value.retry_after == 7
