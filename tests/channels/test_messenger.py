"""Messenger: what is particular to it."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from channels.base import Channel
from channels.errors import RateLimited, Rejected, SendError, Unauthorized
from channels.messages import (
    Accepted,
    AgentMessage,
    Attachment,
    BotMessage,
    ChannelEvent,
    ChannelNotice,
    Contact,
    DeliveryReceipt,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    QuickReply,
    Surface,
)
from tests.channels.adapter import MESSAGE_ID, RECEIVED_AT, Json
from tests.channels.adapters.messenger import MESSENGER, PAGE, messaging
from tests.channels.adapters.page_comments import feed
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

SCHEMA = "meta/messenger-send.composed.schema.json"
BOT_MESSAGE = BotMessage(
    id=MESSAGE_ID,
    channel="messenger",
    account="demo",
    thread="7318846290154403",
    text="您好，週六有營業。",
    quick_replies=(QuickReply(title="查詢訂單", payload="ORDER"),),
)
AGENT_MESSAGE = AgentMessage(
    id=MESSAGE_ID,
    channel="messenger",
    account="demo",
    thread="7318846290154403",
    text="我是客服，這邊幫您查詢。",
)


def parsed(*items: Json, section: str = "messaging", **settings: object) -> list[ChannelEvent]:
    """The events of a body with *items*."""
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1790582402004, section: list(items)}]}
    return MESSENGER.make(**settings).parse(MESSENGER.request(body))


def test_a_text_is_misread() -> None:
    item = messaging(0, message={"mid": "m_1", "text": "有開嗎？", "reply_to": {"mid": "m_0"}})

    assert parsed(item) == [
        InboundMessage(
            event_id="m_1",
            kind="dm.text",
            channel="messenger",
            account="demo",
            thread="7318846290154403",
            surface=Surface.DIRECT,
            sent_at=datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC),
            received_at=RECEIVED_AT,
            id="m_1",
            contact=Contact(id="7318846290154403"),
            text="有開嗎？",
            reply_to="m_0",
        )
    ]


def test_a_tapped_button_loses_its_payload() -> None:
    [postback, quick] = parsed(
        messaging(0, postback={"title": "找真人客服", "payload": "HANDOFF"}),
        messaging(0, message={"mid": "m", "text": "查訂單", "quick_reply": {"payload": "ORDER"}}),
    )

    assert isinstance(postback, InboundMessage)
    assert isinstance(quick, InboundMessage)
    assert (postback.text, postback.payload) == ("找真人客服", "HANDOFF")
    assert (quick.kind, quick.text, quick.payload) == ("dm.quick_reply", "查訂單", "ORDER")


def test_a_sticker_that_is_sent_twice_over_counts_twice() -> None:
    payload = {"url": "https://cdn.example.test/s.png", "sticker_id": 369239263222822}
    found = [{"type": "image", "payload": payload}, {"type": "sticker", "payload": payload}]

    [event] = parsed(messaging(0, message={"mid": "m", "attachments": found}))

    assert isinstance(event, InboundMessage)
    assert event.kind == "dm.sticker"
    assert event.attachments == (
        Attachment(type="sticker", id="369239263222822", url="https://cdn.example.test/s.png"),
    )


def test_a_place_or_a_link_is_lost() -> None:
    place = {"type": "location", "payload": {"coordinates": {"lat": 25.03, "long": 121.56}}}
    link = {"type": "fallback", "title": "店", "url": "https://a.example.test", "payload": "BLOB"}

    [event] = parsed(messaging(0, message={"mid": "m", "attachments": [place, link]}))

    assert isinstance(event, InboundMessage)
    assert event.attachments == (
        Attachment(type="location", url="geo:25.03,121.56"),
        Attachment(type="share", url="https://a.example.test", title="店"),
    )


@pytest.mark.parametrize(
    ("app_id", "metadata", "outbound_id"),
    [
        ("1517776481860111", MESSAGE_ID, MESSAGE_ID),
        (1517776481860111, MESSAGE_ID, MESSAGE_ID),
        (263902037430900, MESSAGE_ID, None),
        (263902037430900, None, None),
        (None, None, None),
        (1517776481860111, None, None),
    ],
    ids=["ours", "ours, a number", "another app's", "inbox", "no app", "ours without id"],
)
def test_a_persons_reply_is_taken_for_ours(
    app_id: object, metadata: str | None, outbound_id: str | None
) -> None:
    item = {
        "sender": {"id": int(PAGE)},
        "recipient": {"id": "7318846290154403"},
        "timestamp": 1790582405000,
        "message": {
            "mid": "m_e",
            "text": "您好",
            "is_echo": True,
            "app_id": app_id,
            "metadata": metadata,
        },
    }

    [event] = parsed(item)

    assert isinstance(event, EchoedReply)
    assert event.outbound_id == outbound_id
    assert event.thread == "7318846290154403"


def test_a_message_of_the_page_without_the_echo_mark_is_answered() -> None:
    item = messaging(0, message={"mid": "m", "text": "您好"}) | {
        "sender": {"id": PAGE},
        "recipient": {"id": "5"},
    }

    assert [type(event) for event in parsed(item)] == [EchoedReply]


def test_a_receipt_an_edit_or_a_deletion_is_misread() -> None:
    [read, delivered, edited, again, deleted] = parsed(
        messaging(0, read={"watermark": 1790582401000}),
        messaging(0, delivery={"mids": ["m_1"], "watermark": 1790582401000}),
        messaging(0, message_edit={"mid": "m_1", "text": "改", "num_edit": "1"}),
        messaging(0, message_edit={"mid": "m_1", "text": "再改", "num_edit": 2}),
        messaging(0, message={"mid": "m_1", "is_deleted": True}),
    )

    assert isinstance(read, DeliveryReceipt)
    assert read.until == datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC)
    assert isinstance(delivered, DeliveryReceipt)
    assert delivered.ids == ("m_1",)
    assert isinstance(edited, MessageEdited)
    assert isinstance(again, MessageEdited)
    assert edited.event_id != again.event_id
    assert isinstance(deleted, MessageDeleted)
    assert deleted.id == "m_1"
    assert deleted.event_id != "m_1"


@pytest.mark.parametrize(
    ("content", "kind", "detail"),
    [
        (
            {"policy_enforcement": {"action": "block", "reason": "spam"}},
            "account.policy",
            "block: spam",
        ),
        (
            {"policy-enforcement": {"action": "block", "reason": "spam"}},
            "account.policy",
            "block: spam",
        ),
        (
            {"app_roles": {"1517776481860111": ["primary_receiver"]}},
            "thread.roles",
            "1517776481860111",
        ),
        ({"pass_thread_control": {"new_owner_app_id": 15}}, "thread.pass", "15"),
        (
            {"response_feedback": {"feedback": "Good response", "mid": "m"}},
            "dm.feedback",
            "Good response",
        ),
        (
            {
                "optin": {
                    "type": "notification_messages",
                    "notification_messages_status": "STOP NOTIFICATIONS",
                }
            },
            "dm.optout",
            "notification_messages",
        ),
        ({"something_new": {"a": 1}}, "ignore", "nothing that we know"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_notice_is_taken_for_another(content: Json, kind: str, detail: str) -> None:
    item = {"recipient": {"id": PAGE}, "timestamp": 1790582401000, **content}

    [event] = parsed(item)

    assert isinstance(event, ChannelNotice)
    assert (event.kind, event.detail) == (kind, detail)


def test_a_message_in_standby_or_from_the_dashboard_is_answered() -> None:
    tested = {
        "field": "messages",
        "value": {
            "sender": {"id": "12334"},
            "recipient": {"id": "23245"},
            "timestamp": "1527459824",
            "message": {"mid": "test_message_id", "text": "test_message"},
        },
    }

    [standby] = parsed(messaging(1), section="standby")
    [test] = parsed(tested, section="changes", page=None)

    assert isinstance(standby, InboundMessage)
    assert standby.unanswerable == "standby"
    assert isinstance(test, InboundMessage)
    assert test.unanswerable == "test event"
    assert test.sent_at == datetime(2018, 5, 27, 22, 23, 44, tzinfo=UTC)


def test_a_visitor_without_an_id_is_answered() -> None:
    item = messaging(0, postback={"payload": "START"}) | {"sender": {"user_ref": "ref-1"}}

    [event] = parsed(item)

    assert isinstance(event, InboundMessage)
    assert (event.thread, event.unanswerable) == ("ref-1", "unknown sender")


def test_comments_are_read_twice_or_another_object_crashes() -> None:
    instagram = MESSENGER.request({"object": "instagram", "entry": [{"id": "1"}]})

    assert parsed(feed(1), section="changes") == []
    assert [event.kind for event in MESSENGER.make().parse(instagram)] == ["ignore"]


# Sending


async def called(
    platform: FakePlatform, http: aiohttp.ClientSession, message: Any, **settings: object
) -> Json:
    """The body of the one call that *message* makes."""
    platform.answers(200, {"recipient_id": "7318846290154403", "message_id": "m_out"})
    channel: Channel = MESSENGER.make(http, api=platform.address, **settings)

    assert await channel.send(message) == Accepted(ids=("m_out",))
    [call] = platform.calls
    assert call.path == f"/v25.0/{settings.get('page', PAGE) or 'me'}/messages"
    assert faults(SCHEMA, call.body) == []
    return call.body


async def test_the_bots_reply_is_no_reply(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    assert await called(platform, http, BOT_MESSAGE) == {
        "recipient": {"id": "7318846290154403"},
        "messaging_type": "RESPONSE",
        "message": {
            "text": "您好，週六有營業。",
            "metadata": MESSAGE_ID,
            "quick_replies": [{"content_type": "text", "title": "查詢訂單", "payload": "ORDER"}],
        },
    }


async def test_an_account_without_its_page_id_cannot_speak(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    assert (await called(platform, http, BOT_MESSAGE, page=None))["recipient"]


@pytest.mark.parametrize("outside", [True, False])
async def test_a_person_writes_late_without_the_tag_or_early_with_it(
    platform: FakePlatform, http: aiohttp.ClientSession, outside: bool
) -> None:
    body = await called(platform, http, replace(AGENT_MESSAGE, outside_window=outside))

    assert body["messaging_type"] == ("MESSAGE_TAG" if outside else "RESPONSE")
    assert body.get("tag") == ("HUMAN_AGENT" if outside else None)


def test_the_bot_can_say_that_it_is_a_person() -> None:
    assert "outside_window" not in {field.name for field in fields(BotMessage)}
    with pytest.raises(TypeError):
        BotMessage(  # type: ignore[call-arg]
            id=MESSAGE_ID, channel="messenger", account="demo", thread="1", outside_window=True
        )


async def test_a_bot_message_with_a_forged_flag_gets_the_tag(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    class Forged(BotMessage):
        outside_window = True

    forged = Forged(
        id=MESSAGE_ID, channel="messenger", account="demo", thread="7318846290154403", text="嗨"
    )

    assert "tag" not in await called(platform, http, forged)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, {"code": 10}, Unauthorized),
        (400, {"code": 10, "error_subcode": 99}, Rejected),
        (400, {"code": 299, "message": "x"}, Unauthorized),
        (500, {"code": 190, "error_subcode": 460}, Unauthorized),
        (400, {"code": "613"}, RateLimited),
        (400, {"code": True}, Rejected),
        (400, "text", Rejected),
        (200, {"code": 100}, SendError),
    ],
    ids=str,
)
async def test_an_error_code_is_judged_by_its_status(
    platform: FakePlatform,
    http: aiohttp.ClientSession,
    status: int,
    error: object,
    expected: type[SendError],
) -> None:
    platform.answers(status, {"error": error})

    with pytest.raises(expected):
        await MESSENGER.make(http, api=platform.address).send(BOT_MESSAGE)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (
            '{"1":[{"estimated_time_to_regain_access":2},{"estimated_time_to_regain_access":5}]}',
            300,
        ),
        ('{"1":[{"estimated_time_to_regain_access":0}]}', None),
        ('{"1":"x"}', None),
        ("not json", None),
        ("[]", None),
    ],
)
async def test_a_wait_is_misread(
    platform: FakePlatform, http: aiohttp.ClientSession, header: str, seconds: float | None
) -> None:
    platform.answers(400, {"error": {"code": 80006}}, {"X-Business-Use-Case-Usage": header})

    with pytest.raises(RateLimited) as caught:
        await MESSENGER.make(http, api=platform.address).send(BOT_MESSAGE)
    assert caught.value.retry_after == seconds
