"""LINE: what is particular to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from channels.errors import QuotaExhausted, RateLimited, ReplyWindowClosed
from channels.messages import (
    Accepted,
    Attachment,
    BotMessage,
    Button,
    Card,
    ChannelEvent,
    ChannelNotice,
    Contact,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    QuickReply,
    Surface,
)
from tests.channels.adapter import MESSAGE_ID, NOW, RECEIVED_AT, Json
from tests.channels.adapters.line import BOT, LINE, line_event
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

MESSAGE = BotMessage(
    id=MESSAGE_ID,
    channel="line",
    account="demo",
    thread="U4af4980629a1b2c3d4e5f60718293a4b",
    text="您好，明天有開。",
    quick_replies=(QuickReply(title="查詢訂單", payload="ORDER"),),
)
WRITTEN = {
    "type": "text",
    "text": "您好，明天有開。",
    "quickReply": {
        "items": [
            {
                "type": "action",
                "action": {
                    "type": "postback",
                    "label": "查詢訂單",
                    "displayText": "查詢訂單",
                    "data": "ORDER",
                },
            }
        ]
    },
}
ORDER = Button(title="查詢訂單", payload="ORDER")
GROUP = {"type": "group", "groupId": "C1", "userId": "U1"}


def parsed(*events: Json, **settings: object) -> list[ChannelEvent]:
    """The events of a body with *events*."""
    return LINE.make(**settings).parse(LINE.request({"destination": BOT, "events": list(events)}))


def test_a_text_is_misread() -> None:
    assert parsed(line_event(0)) == [
        InboundMessage(
            event_id="01JX0000000000000000000000",
            kind="dm.text",
            channel="line",
            account="demo",
            thread=f"U{0:032x}",
            surface=Surface.DIRECT,
            sent_at=datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC),
            received_at=RECEIVED_AT,
            id="46870",
            contact=Contact(id=f"U{0:032x}"),
            text="第 0 則",
            reply_token="token0",
            reply_token_until=RECEIVED_AT + timedelta(seconds=50),
        )
    ]


def test_an_old_events_second_token_is_trusted() -> None:
    again = {"isRedelivery": True}
    sent_at = RECEIVED_AT - timedelta(minutes=19, seconds=30)
    stamp = int(sent_at.timestamp() * 1000)

    [event] = parsed(line_event(0, deliveryContext=again, timestamp=stamp))

    assert isinstance(event, InboundMessage)
    assert event.reply_token_until == RECEIVED_AT + timedelta(seconds=30)


def test_a_group_is_answered_unasked_or_not_when_asked() -> None:
    named = {"mentionees": [{"index": 0, "length": 4, "type": "user", "isSelf": True}]}
    other = {"mentionees": [{"index": 0, "length": 4, "type": "user", "userId": "U2"}]}
    said = {"id": "1", "type": "text", "text": "@小幫手 幾點開門"}

    events = parsed(
        line_event(1, source=GROUP, message=said),
        line_event(2, source=GROUP, message={**said, "mention": other}),
        line_event(3, source=GROUP, message={**said, "mention": named}),
        line_event(
            4, source={"type": "room", "roomId": "R1"}, type="postback", postback={"data": "x"}
        ),
    )

    assert [getattr(event, "unanswerable", "") for event in events] == [
        "group",
        "group",
        None,
        "group",
    ]
    assert [event.thread for event in events] == ["C1", "C1", "C1", "R1"]
    assert [getattr(event, "contact", None) for event in events][2:] == [
        Contact(id="U1"),
        Contact(id="R1"),
    ]


def test_a_chat_in_other_hands_is_answered() -> None:
    [event] = parsed(line_event(1, mode="standby"))

    assert isinstance(event, InboundMessage)
    assert (event.unanswerable, event.reply_token) == ("standby", None)


@pytest.mark.parametrize(
    ("type", "leaves"),
    [("follow", False), ("unfollow", True), ("leave", True), ("memberLeft", False)],
)
def test_who_left_seems_reachable_since_line_says_yes_to_every_push(
    type: str, leaves: bool
) -> None:
    [event] = parsed(line_event(1, type=type, message=None, source=GROUP))

    assert isinstance(event, ChannelNotice)
    assert event.leaves is leaves


def test_a_postback_an_edit_or_an_unsend_is_misread() -> None:
    picked = {"data": "action=book", "params": {"datetime": "2026-10-01T10:00"}}
    [postback, edited, unsent, joined] = parsed(
        line_event(1, type="postback", postback=picked),
        line_event(2, type="messageEdited", message={"id": "5", "type": "text", "text": "改"}),
        line_event(3, type="unsend", unsend={"messageId": "5"}),
        line_event(4, type="memberJoined", source=GROUP),
    )

    assert isinstance(postback, InboundMessage)
    assert (postback.payload, postback.text) == ("action=book", "2026-10-01T10:00")
    assert isinstance(edited, MessageEdited)
    assert (edited.id, edited.text) == ("5", "改")
    assert isinstance(unsent, MessageDeleted)
    assert unsent.id == "5"
    assert isinstance(joined, ChannelNotice)
    assert (joined.kind, joined.thread, joined.detail) == ("group.member", "C1", "memberJoined")


@pytest.mark.parametrize(
    ("message", "kind", "found"),
    [
        (
            {"type": "sticker", "packageId": "1", "stickerId": 2, "text": "Hi"},
            "dm.sticker",
            Attachment(type="sticker", id="1/2", title="Hi"),
        ),
        (
            {"type": "location", "address": "臺北", "latitude": 25.03, "longitude": 121.5},
            "dm.location",
            Attachment(type="location", url="geo:25.03,121.5", title="臺北"),
        ),
        (
            {"type": "file", "fileName": "發票.pdf", "fileSize": 1},
            "dm.file",
            Attachment(type="file", id="9", title="發票.pdf"),
        ),
        ({"type": "hologram"}, "dm.unsupported", None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_an_attachment_is_lost(message: Json, kind: str, found: Attachment | None) -> None:
    [event] = parsed(line_event(1, message={"id": "9", **message}))

    assert isinstance(event, InboundMessage)
    assert (event.kind, event.attachments) == (kind, (found,) if found else ())
    assert event.text is None


def test_the_consoles_check_is_refused() -> None:
    assert parsed() == []


# Sending


async def called(
    platform: FakePlatform, http: aiohttp.ClientSession, message: BotMessage
) -> tuple[str, Json, str | None]:
    """The path, body and retry key of the one call that *message* makes."""
    platform.answers(200, LINE.taken)

    result = await LINE.make(http, api=platform.address).send(message)

    assert result == Accepted(ids=("461230966842064897",))
    [call] = platform.calls
    return call.path, call.body, call.headers.get("X-Line-Retry-Key")


async def test_a_push_cannot_be_repeated(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    path, body, key = await called(platform, http, MESSAGE)

    assert (path, key) == ("/v2/bot/message/push", MESSAGE_ID)
    assert body == {"to": MESSAGE.thread, "messages": [WRITTEN]}
    assert faults("line/derived/PushMessageRequest.schema.json", body) == []


@pytest.mark.parametrize("until", [NOW + timedelta(seconds=2), NOW - timedelta(seconds=1), None])
async def test_a_reply_token_is_wasted(
    platform: FakePlatform, http: aiohttp.ClientSession, until: datetime | None
) -> None:
    message = replace(MESSAGE, reply_token="t", reply_token_until=until)

    path, body, key = await called(platform, http, message)

    assert (path, key) == ("/v2/bot/message/reply", None)
    assert body == {"replyToken": "t", "messages": [WRITTEN]}
    assert faults("line/derived/ReplyMessageRequest.schema.json", body) == []


async def test_a_card_is_refused_for_its_picture_or_for_having_no_buttons(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    shoe = Card(title="鞋", text="NT$", image_url="https://shop.example/a.jpg", buttons=(ORDER,))
    plain = Card(title="帽", image_url="http://shop.example/b.jpg")

    _, body, _ = await called(platform, http, replace(MESSAGE, text="", cards=(shoe, plain)))

    [flex] = body["messages"]
    first, second = flex["contents"]["contents"]
    assert flex["altText"] == "鞋 / 帽"
    assert first["hero"]["url"] == shoe.image_url
    assert [one["action"]["data"] for one in first["footer"]["contents"]] == ["ORDER"]
    assert second.keys() == {"type", "body"}
    assert faults("line/derived/PushMessageRequest.schema.json", body) == []


async def test_a_used_reply_token_is_pushed_past(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(400, {"message": "Invalid reply token"})
    message = replace(MESSAGE, reply_token="t", reply_token_until=NOW + timedelta(seconds=40))

    with pytest.raises(ReplyWindowClosed):
        await LINE.make(http, api=platform.address).send(message)
    assert len(platform.calls) == 1


async def test_a_push_that_got_through_before_is_an_error(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(409, {"message": "The retry key is already accepted", **LINE.taken})

    result = await LINE.make(http, api=platform.address).send(MESSAGE)

    assert result == Accepted(ids=("461230966842064897",), duplicate=True)


async def test_the_end_of_the_month_is_taken_for_a_fault_or_a_rate(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = LINE.make(http, api=platform.address)
    platform.answers(429, {"message": "You have reached your monthly limit."})
    with pytest.raises(QuotaExhausted) as caught:
        await channel.send(MESSAGE)
    # LINE counts months in Japan.
    assert caught.value.resets_at == datetime(2026, 9, 30, 15, tzinfo=UTC)

    platform.answers(
        429, {"message": "The API rate limit has been exceeded."}, {"Retry-After": "7"}
    )
    with pytest.raises(RateLimited) as limited:
        await channel.send(MESSAGE)
    assert limited.value.retry_after == 7.0
