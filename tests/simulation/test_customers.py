"""The webhooks of demo customers: as platforms write them, and as our adapters read them."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.simulation.webhook import Webhook
from channels.base import WebhookRequest
from channels.line import Line
from channels.line import Settings as LineSettings
from channels.messages import (
    ChannelEvent,
    DeliveryReceipt,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
)
from channels.messenger import Messenger
from channels.messenger import Settings as PageSettings
from channels.page_comments import PageComments
from tests.channels.adapter import lent
from tests.simulation.brand import AMY, BOT, LIN, MAY, MESSENGER, NOW, PAGE, lin_says

AT = datetime.fromtimestamp(NOW, UTC)


def settings(**more: Any) -> PageSettings:
    return PageSettings.model_validate(
        {
            "account": "main",
            "page": PAGE,
            "secret": "app secret",
            "verify_token": "v",
            "token": "page-token",
            "app_id": MESSENGER.app_id,
            **more,
        }
    )


def line_settings() -> LineSettings:
    return LineSettings.model_validate(
        {"account": "shop", "destination": BOT, "secret": "channel secret", "token": "line-token"}
    )


def read(webhook: Webhook) -> list[ChannelEvent]:
    """What our adapter makes of *webhook*, signature and all."""
    request = WebhookRequest(
        method="POST", headers=webhook.headers, query={}, body=webhook.body, received_at=AT
    )
    adapter: Messenger | PageComments | Line
    match webhook.channel:
        case "messenger":
            adapter = Messenger(settings(), lent())
        case "page_comments":
            adapter = PageComments(settings(), lent())
        case _:
            adapter = Line(line_settings(), lent())
    adapter.verify(request)
    return adapter.parse(request)


def test_metas_signature_is_over_something_else_than_the_raw_bytes() -> None:
    webhook = AMY.says("你好", message="m_1", sent=NOW)
    digest = hmac.new(b"app secret", webhook.body, hashlib.sha256).hexdigest()

    assert webhook.headers["x-hub-signature-256"] == f"sha256={digest}"


def test_lines_signature_is_over_something_else_than_the_raw_bytes() -> None:
    webhook = lin_says()
    digest = hmac.new(b"channel secret", webhook.body, hashlib.sha256).digest()

    assert base64.b64decode(webhook.headers["x-line-signature"]) == digest


def test_metas_bodies_are_not_escaped_as_meta_does() -> None:
    body = AMY.says("你好/🙂", message="m_1", sent=NOW).body

    assert b'"text":"\\u4f60\\u597d\\/\\ud83d\\ude42"' in body
    assert json.loads(body)["entry"][0]["messaging"][0]["message"]["text"] == "你好/🙂"


def test_lines_bodies_are_escaped() -> None:
    assert "有開嗎".encode() in lin_says().body


@pytest.mark.parametrize(
    ("webhook", "kind"),
    [
        (AMY.says("還有貨嗎", message="m_1", sent=NOW), "dm.text"),
        (AMY.says("查訂單", message="m_1", sent=NOW, payload="ORDER"), "dm.quick_reply"),
        (AMY.taps("開始", payload="START", message="m_1", sent=NOW), "dm.postback"),
        (AMY.attaches("image", message="m_1", sent=NOW, url="https://a.example/1.jpg"), "dm.image"),
        (AMY.sticks(message="m_1", sent=NOW), "dm.sticker"),
        (LIN.sticks(message="9", event="01A", sent=NOW, reply_token="t"), "dm.sticker"),
        (LIN.taps("ORDER", message="9", event="01A", sent=NOW, reply_token="t"), "dm.postback"),
        (lin_says(), "dm.text"),
        (MAY.adds("多少錢", comment="1221_9", sent=NOW), "comment.add"),
    ],
)
def test_something_that_a_customer_says_is_not_read_as_that(webhook: Webhook, kind: str) -> None:
    [event] = read(webhook)

    assert isinstance(event, InboundMessage)
    assert (event.kind, webhook.kind, event.sent_at) == (kind, kind, AT)
    assert (event.contact.id, event.text or "") == (webhook.customer, webhook.text)
    assert event.unanswerable is None


def test_a_reply_token_is_lost_on_the_way() -> None:
    [event] = read(lin_says(token="t9"))

    assert isinstance(event, InboundMessage)
    assert event.reply_token == "t9"


def test_a_nested_comment_hangs_under_the_wrong_one() -> None:
    [event] = read(MAY.adds("那黑色呢", comment="1221_9", sent=NOW, parent="1221_8", root="1221_8"))

    assert isinstance(event, InboundMessage)
    assert (event.post, event.parent, event.root) == (f"{PAGE}_1221", "1221_8", "1221_8")


@pytest.mark.parametrize(
    ("webhook", "type_"),
    [
        (AMY.edits("m_1", "改一下", sent=NOW), MessageEdited),
        (AMY.unsends("m_1", sent=NOW), MessageDeleted),
        (AMY.gets(("m_9",), sent=NOW), DeliveryReceipt),
        (AMY.reads(sent=NOW), DeliveryReceipt),
        (LIN.unsends("501", event="01B", sent=NOW), MessageDeleted),
        (MAY.edits("1221_9", "改一下", sent=NOW), MessageEdited),
        (MAY.removes("1221_9", sent=NOW), MessageDeleted),
    ],
)
def test_what_is_no_message_is_read_as_one(webhook: Webhook, type_: type) -> None:
    assert [type(event) for event in read(webhook)] == [type_]


def test_an_echo_loses_our_id() -> None:
    echo = AMY.hears("您好", message="m_5", sent=NOW, metadata="out-1", app_id=MESSENGER.app_id)

    [event] = read(echo)

    assert isinstance(event, EchoedReply)
    assert (event.thread, event.id, event.outbound_id) == (AMY.id, "m_5", "out-1")
