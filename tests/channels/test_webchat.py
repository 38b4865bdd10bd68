"""The web chat adapter: what a browser may say, and replies that leave through the port."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.base import WebhookRequest
from channels.errors import InvalidSignature, MalformedPayload, Rejected
from channels.messages import (
    Accepted,
    Action,
    BotMessage,
    Contact,
    InboundMessage,
    OutboundMessage,
    Surface,
)
from channels.webchat import Settings, Tapped, Typed, WebChat, contrast_to_white, frame, message
from tests.channels.adapter import lent

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CID = "0f0e9c5a-6f2a-4f0e-9df5-4f1d6c1b7a11"
REPLY = BotMessage(id=CID, channel="webchat", account="site", thread="t1", text="您好")


def test_a_typed_message_loses_its_words_or_its_place() -> None:
    typed = frame(f'{{"t":"msg","cid":"{CID}","text":" 訂單到哪了 \\u0000"}}')

    assert isinstance(typed, Typed)
    assert message(typed, account="site", thread="t1", received_at=NOW) == InboundMessage(
        event_id=f"t1:{CID}",
        kind="dm.text",
        channel="webchat",
        account="site",
        thread="t1",
        surface=Surface.DIRECT,
        sent_at=NOW,
        received_at=NOW,
        id=CID,
        contact=Contact(id="t1"),
        text="訂單到哪了",
    )


def test_a_tapped_button_loses_what_it_means() -> None:
    tapped = frame(f'{{"t":"postback","cid":"{CID}","payload":"intent:price","title":"價格"}}')

    assert isinstance(tapped, Tapped)
    made = message(tapped, account="site", thread="t1", received_at=NOW, user_id="u7")
    assert (made.kind, made.payload, made.text) == ("dm.postback", "intent:price", "價格")
    assert made.contact == Contact(id="user:u7", name="u7")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '{"t":"msg"}',
        '{"t":"sudo"}',
        f'{{"t":"msg","cid":"{CID}","text":""}}',
        f'{{"t":"msg","cid":"{CID}","text":" \\u0000\\n "}}',
        f'{{"t":"msg","cid":"{CID}","text":5}}',
        f'{{"t":"msg","cid":"{CID}x","text":"a"}}',
        f'{{"t":"msg","cid":"{CID}","text":"\\ud800"}}',
        '{"t":"msg","cid":"../../etc/passwd","text":"a"}',
        f'{{"t":"postback","cid":"{CID}","payload":"{"p" * 1001}","title":"a"}}',
        '{"t":"read","seq":-1}',
        "[" * 100_000,
    ],
)
def test_a_broken_frame_becomes_a_message(body: str) -> None:
    with pytest.raises(MalformedPayload):
        frame(body)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_some_bytes_crash_the_reader(body: bytes | str) -> None:
    try:
        frame(body)
    except MalformedPayload as exc:
        assert exc.channel == "webchat"  # noqa: PT017 - either outcome is right


async def test_a_reply_is_not_handed_to_the_visitor() -> None:
    delivered: list[OutboundMessage] = []

    async def deliver(message: OutboundMessage) -> str:
        delivered.append(message)
        return message.id

    accepted = await WebChat(Settings(account="site"), lent(deliver=deliver)).send(REPLY)

    assert (accepted, delivered) == (Accepted(ids=(CID,)), [REPLY])


async def test_something_that_chat_cannot_do_is_passed_on_as_a_text() -> None:
    async def deliver(message: OutboundMessage) -> str:
        raise AssertionError(message)

    hide = BotMessage(id=CID, channel="webchat", account="site", thread="t1", action=Action.HIDE)

    with pytest.raises(Rejected):
        await WebChat(Settings(account="site"), lent(deliver=deliver)).send(hide)


def test_a_webhook_gets_in_where_there_is_none() -> None:
    async def deliver(message: OutboundMessage) -> str:
        return message.id

    chat = WebChat(Settings(account="site"), lent(deliver=deliver))
    request = WebhookRequest(method="POST", headers={}, query={}, body=b"{}", received_at=NOW)

    with pytest.raises(InvalidSignature):
        chat.verify(request)
    with pytest.raises(InvalidSignature):
        chat.handshake(request)
    with pytest.raises(MalformedPayload):
        chat.parse(request)


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.shop.example", "shop.example", "https://shop.example/cart", "null",
     "javascript:alert(1)", "https://me@shop.example", "https://",
     "https://a;script-src", "https://a b; script-src *"],
)  # fmt: skip
def test_an_origin_that_is_none_opens_the_chat_to_others(origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(account="site", origins=(origin,))


def test_a_slash_or_capitals_shut_the_own_site_out() -> None:
    settings = Settings(account="site", origins=("HTTPS://Shop.Example/", "http://127.0.0.1:8000"))

    assert settings.origins == ("https://shop.example", "http://127.0.0.1:8000")


@pytest.mark.parametrize("accent", ["#ffff00", "#7a7a7a", "red", "#12345", "#0b6b5d;}"])
def test_a_colour_makes_white_words_unreadable(accent: str) -> None:
    with pytest.raises(ValidationError):
        Settings(account="site", accent=accent)


def test_contrast_is_not_what_wcag_says() -> None:
    assert contrast_to_white("#000000") == pytest.approx(21)
    assert contrast_to_white("#ffffff") == pytest.approx(1)
    assert contrast_to_white("#767676") == pytest.approx(4.54, abs=0.01)
