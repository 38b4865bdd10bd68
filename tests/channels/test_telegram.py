"""Telegram: what is particular to it."""

from datetime import UTC, datetime

import aiohttp
import pytest

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Referral,
    Surface,
)
from channels.telegram import Telegram
from tests.channels.adapter import RECEIVED_AT, Json
from tests.channels.adapters.telegram import (
    CUSTOMER,
    GROUP,
    PRIVATE,
    TELEGRAM,
    membership,
    message,
    tap,
    update,
)
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

AMY = Contact(id="7123456789", name="小美 陳", username="mei_chen", language="zh-hant")
SENT_AT = datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC)


def parsed(told: Json, **settings: object) -> list[ChannelEvent]:
    """The events of an update."""
    return TELEGRAM.make(**settings).parse(TELEGRAM.request(told))


def only(told: Json, **settings: object) -> InboundMessage:
    """The one message of an update."""
    [event] = parsed(told, **settings)
    assert isinstance(event, InboundMessage)
    return event


def telegram(platform: FakePlatform, http: aiohttp.ClientSession) -> Telegram:
    """The adapter, calling *platform*."""
    made = TELEGRAM.make(http, api=platform.address)
    assert isinstance(made, Telegram)
    return made


# What comes in


def test_a_text_is_misread() -> None:
    assert parsed(update(1)) == [
        InboundMessage(
            event_id="900100001:1790582401",
            kind="dm.text",
            channel="telegram",
            account="demo",
            thread="7123456789",
            surface=Surface.DIRECT,
            sent_at=SENT_AT,
            received_at=RECEIVED_AT,
            id="5001",
            contact=AMY,
            text="第 1 則",
        )
    ]


def test_an_update_is_lost_when_telegram_counts_anew() -> None:
    later = message(1, text="半年後", date=1806134401)

    [first], [second] = parsed(update(1)), parsed(update(1, message=later))

    assert first.event_id != second.event_id


def test_a_tap_is_misread_or_takes_the_time_of_the_message_above_it() -> None:
    keyboard = [[{"text": "運費"}, {"text": "查詢訂單", "callback_data": "ORDER_STATUS"}]]
    below = message(1, text="選", reply_markup={"inline_keyboard": keyboard}, date=1790000000)
    tapped = only(tap(1, message=below))

    assert (tapped.kind, tapped.payload, tapped.text) == ("dm.postback", "ORDER_STATUS", "查詢訂單")
    assert (tapped.contact, tapped.thread, tapped.sent_at) == (AMY, "7123456789", RECEIVED_AT)


@pytest.mark.parametrize(
    ("below", "thread"),
    [
        ({"chat": PRIVATE, "message_id": 1, "date": 0}, "7123456789"),
        ({"chat": GROUP, "message_id": 1, "date": 0}, "-1001234567890"),
        (None, "7123456789"),
    ],
    ids=["too old", "in a group", "inline"],
)
def test_a_tap_below_a_message_that_is_not_shown_is_lost(below: Json | None, thread: str) -> None:
    tapped = only(tap(1, message=below))

    assert (tapped.thread, tapped.unanswerable) == (thread, None)


def test_telegram_is_not_told_that_a_tap_was_heard_whoever_answers() -> None:
    channel = TELEGRAM.make()
    assert isinstance(channel, Telegram)
    by_bot = CUSTOMER | {"is_bot": True}

    for told in (tap(1), tap(1, **{"from": by_bot}), tap(1, data=None)):
        answer = channel.acknowledgement(parsed(told))
        assert answer == {"method": "answerCallbackQuery", "callback_query_id": "4382bf1"}
        body = {name: value for name, value in answer.items() if name != "method"}
        assert faults("telegram/derived/answerCallbackQuery.schema.json", body) == []
    assert channel.acknowledgement(parsed(update(1))) is None


@pytest.mark.parametrize(
    ("text", "entities", "more", "addressed"),
    [
        ("有人在嗎", [], {}, False),
        ("@mybrand_bot 有人在嗎", [("mention", 0, 12)], {}, True),
        ("@MyBrand_Bot 有人在嗎", [("mention", 0, 12)], {}, True),
        ("😀😀 @mybrand_bot", [("mention", 5, 12)], {}, True),
        ("@mybrand_bot2 有人在嗎", [("mention", 0, 13)], {}, False),
        ("@mybrand 有人在嗎", [("mention", 0, 8)], {}, False),
        ("寫給 x@mybrand_bot", [], {}, False),
        ("/help@mybrand_bot", [("bot_command", 0, 17)], {}, True),
        ("/help@other_bot", [("bot_command", 0, 15)], {}, False),
        ("/help", [("bot_command", 0, 5)], {}, False),
        ("好", [], {"reply_to_message": {"message_id": 1, "from": {"id": 6}}}, True),
        ("好", [], {"reply_to_message": {"message_id": 1, "from": {"id": 7}}}, False),
    ],
)
def test_a_group_is_answered_unasked_or_not_when_asked(
    text: str, entities: list[tuple[str, int, int]], more: Json, addressed: bool
) -> None:
    marks = [dict(zip(("type", "offset", "length"), one, strict=True)) for one in entities]
    said = message(1, text=text, entities=marks, chat=GROUP, **more)

    event = only(update(1, message=said), token="6:AA")

    assert event.unanswerable == (None if addressed else "group")
    assert (event.thread, event.contact) == ("-1001234567890", AMY)


def test_a_bot_without_a_known_name_takes_every_mention_for_its_own() -> None:
    marks = [{"type": "mention", "offset": 0, "length": 5}]
    said = message(1, text="@None", entities=marks, chat=GROUP)

    assert only(update(1, message=said), username=None).unanswerable == "group"


def test_a_captions_mention_or_a_name_without_a_username_is_overlooked() -> None:
    mark = {"type": "text_mention", "offset": 0, "length": 2, "user": {"id": 6}}
    said = message(1, photo=[{"file_id": "p"}], caption="小幫", caption_entities=[mark], chat=GROUP)

    assert only(update(1, message=said), token="6:AA").unanswerable is None


def test_bots_talk_to_each_other() -> None:
    by_bot = message(1, text="hi", **{"from": CUSTOMER | {"is_bot": True}})
    by_channel = message(2, text="hi", sender_chat={"id": -1, "type": "channel"})

    for said in (by_bot, by_channel, message(3, text="hi", **{"from": None})):
        assert only(update(1, message=said)).unanswerable == "another bot"


def test_a_topic_is_mixed_up_with_another_or_a_mere_reply_taken_for_one() -> None:
    asked = {"text": "hi", "chat": GROUP, "message_thread_id": 9}

    in_topic = only(update(1, message=message(1, **asked, is_topic_message=True)))
    in_reply = only(update(2, message=message(2, **asked)))

    assert (in_topic.thread, in_reply.thread) == ("-1001234567890/9", "-1001234567890")


@pytest.mark.parametrize(
    ("text", "kind", "referral"),
    [
        ("/start", "dm.text", None),
        ("/start promo", "dm.referral_message", Referral(ref="promo", source="link")),
        ("/start " + "x" * 99, "dm.referral_message", Referral(ref="x" * 64, source="link")),
    ],
    ids=["alone", "by a link", "too long"],
)
def test_pressing_start_is_not_greeted_or_its_link_forgotten(
    text: str, kind: str, referral: Referral | None
) -> None:
    event = only(update(1, message=message(1, text=text)))

    assert (event.kind, event.payload, event.referral) == (kind, "greet", referral)
    assert only(update(1, message=message(1, text="/started"))).payload is None


@pytest.mark.parametrize(
    ("content", "kind", "found"),
    [
        (
            {"photo": [{"file_id": "small"}, {"file_id": "large"}]},
            "dm.image",
            Attachment(type="image", id="large"),
        ),
        (
            {"animation": {"file_id": "a"}, "document": {"file_id": "d"}},
            "dm.video",
            Attachment(type="video", id="a"),
        ),
        (
            {"sticker": {"file_id": "s", "emoji": "👍"}},
            "dm.sticker",
            Attachment(type="sticker", id="s", title="👍"),
        ),
        (
            {"document": {"file_id": "d", "file_name": "發票.pdf", "mime_type": "application/pdf"}},
            "dm.file",
            Attachment(type="file", id="d", title="發票.pdf", mime_type="application/pdf"),
        ),
        (
            {"location": {"latitude": 25.03, "longitude": 121.5}, "venue": {"title": "101"}},
            "dm.location",
            Attachment(type="location", url="geo:25.03,121.5", title="101"),
        ),
        (
            {"contact": {"phone_number": "+886912345678", "first_name": "小美"}},
            "dm.contact",
            Attachment(type="share", title="小美 +886912345678"),
        ),
        ({"poll": {"id": "1"}}, "dm.unsupported", None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_an_attachment_is_lost(content: Json, kind: str, found: Attachment | None) -> None:
    event = only(update(1, message=message(1, **content)))

    assert (event.kind, event.attachments) == (kind, (found,) if found else ())


def test_an_album_loses_a_picture_or_its_caption() -> None:
    def picture(n: int, **more: object) -> Json:
        return message(n, photo=[{"file_id": f"p{n}"}], media_group_id="g", **more)

    told = [update(1, message=picture(1, caption="破損")), update(2, message=picture(2))]
    first, second = (only(one) for one in told)

    assert (first.text, second.text) == ("破損", None)
    assert [one.attachments[0].id for one in (first, second)] == ["p1", "p2"]
    assert first.event_id != second.event_id


def test_an_edit_is_misread_or_a_moving_place_taken_for_edits() -> None:
    caption = message(1, photo=[{"file_id": "p"}], caption="改", edit_date=1790582403)
    place = message(1, location={"latitude": 1, "longitude": 2}, edit_date=1790582403)

    [edited], [moving] = (parsed(update(1, edited_message=one)) for one in (caption, place))

    assert isinstance(edited, MessageEdited)
    assert (edited.id, edited.text, edited.event_id) == ("5001", "改", "900100001:1790582403")
    assert edited.sent_at == datetime(2026, 9, 28, 8, 0, 3, tzinfo=UTC)
    assert isinstance(moving, ChannelNotice)
    assert moving.kind == "ignore"


@pytest.mark.parametrize(
    ("told", "kind", "leaves"),
    [
        pytest.param(membership(1, "kicked"), "user.block", True, id="blocked"),
        pytest.param(membership(1, "member"), "user.unblock", False, id="back"),
        pytest.param(membership(1, "member", GROUP), "group.join", False, id="asked in"),
        pytest.param(membership(1, "left", GROUP), "group.leave", True, id="left"),
        pytest.param(membership(1, "kicked", GROUP), "group.leave", True, id="thrown out"),
    ],
)
def test_a_customer_who_blocks_the_bot_is_overlooked(told: Json, kind: str, leaves: bool) -> None:
    [event] = parsed(told)

    assert isinstance(event, ChannelNotice)
    assert (event.kind, event.contact, event.leaves) == (kind, AMY, leaves)


def test_a_group_that_moved_is_lost() -> None:
    [event] = parsed(update(1, message=message(1, chat=GROUP, migrate_to_chat_id=-1009)))

    assert isinstance(event, ChannelNotice)
    assert (event.kind, event.thread) == ("user.id_changed", "-1009")
    assert event.thread_keys == ("-1009", "-1001234567890")
    said = only(update(2, message=message(2, text="hi", chat=GROUP)))
    assert said.thread_keys == ("-1001234567890",)


def test_telegrams_own_messages_are_taken_for_the_customers() -> None:
    [pinned] = parsed(update(1, message=message(1, pinned_message={"message_id": 1})))
    [unknown] = parsed(update(1, brand_new={"id": 1}))

    for event, told in ((pinned, "pinned_message"), (unknown, "brand_new")):
        assert isinstance(event, ChannelNotice)
        assert (event.kind, event.detail) == ("ignore", told)


def test_a_business_chat_is_mixed_up_with_the_bots_or_its_owner_taken_for_a_customer() -> None:
    more = {"text": "營業到幾點", "business_connection_id": "bc1"}
    owner = CUSTOMER | {"id": 42}
    asked = only(update(1, business_message=message(1, **more)))
    [answered] = parsed(update(2, business_message=message(2, **more, **{"from": owner})))
    edit = message(2, **more, **{"from": owner}, edit_date=1)
    [edited] = parsed(update(3, edited_business_message=edit))

    assert (asked.thread, asked.unanswerable) == ("7123456789@bc1", None)
    assert isinstance(answered, EchoedReply)
    assert (answered.thread, answered.text) == (asked.thread, "營業到幾點")
    assert isinstance(edited, ChannelNotice)


def test_a_deletion_in_a_business_chat_takes_one_message_of_several() -> None:
    gone = {"business_connection_id": "bc1", "chat": PRIVATE, "message_ids": [1, 2]}

    events = parsed(update(1, deleted_business_messages=gone))

    assert [type(event) for event in events] == [MessageDeleted, MessageDeleted]
    assert [(event.event_id, event.thread) for event in events] == [
        ("900100001:1", "7123456789@bc1"),
        ("900100001:2", "7123456789@bc1"),
    ]
