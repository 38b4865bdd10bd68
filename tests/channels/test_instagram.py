"""Instagram: what is particular to it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
from pydantic import ValidationError

from channels.errors import Rejected, SendError
from channels.http import answer_of
from channels.instagram import Settings
from channels.messages import (
    Accepted,
    Action,
    AgentMessage,
    Attachment,
    BotMessage,
    Button,
    Card,
    ChannelEvent,
    ChannelNotice,
    Contact,
    Content,
    DeliveryReceipt,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    QuickReply,
    Referral,
    Surface,
)
from channels.results import result_class
from channels.rich import fitted
from tests.channels.adapter import MESSAGE_ID, RECEIVED_AT, Json
from tests.channels.adapters.instagram import (
    COMMENTS,
    INSTAGRAM,
    MEDIA,
    USER,
    authored,
    change,
    dm,
)
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults
from tests.shared import shared_path

SCHEMA = "meta/instagram-send.composed.schema.json"
PAGE = "104593217840226"
FACEBOOK = {"login": "facebook", "page": PAGE}
ROOT = "17890012345678001"
BOT_MESSAGE = BotMessage(
    id=MESSAGE_ID,
    channel="instagram",
    account="demo",
    thread="1254459154682919",
    text="您好，週六有營業。",
    quick_replies=(QuickReply(title="查詢訂單", payload="ORDER"),),
)
AGENT_MESSAGE = AgentMessage(
    id=MESSAGE_ID,
    channel="instagram",
    account="demo",
    thread="1254459154682919",
    text="我是客服，這邊幫您查詢。",
)
REPLY = BotMessage(
    id=MESSAGE_ID,
    channel="instagram_comments",
    account="demo",
    thread=f"{MEDIA}/{ROOT}",
    surface=Surface.COMMENT,
    text="還有貨喔！",
    reply_to="17890012345678002",
)


def parsed(*items: Json, section: str = "messaging", **settings: object) -> list[ChannelEvent]:
    """What the reader of direct messages makes of a body with *items*."""
    body = {"object": "instagram", "entry": [{"id": USER, "time": 1, section: list(items)}]}
    return INSTAGRAM.make(**settings).parse(INSTAGRAM.request(body))


def commented(*changes: Json, to: str = USER, **settings: object) -> list[ChannelEvent]:
    """What the reader of comments makes of a body with *changes*."""
    entry = {"id": to, "time": 1790582400, "changes": list(changes)}
    body = {"object": "instagram", "entry": [entry]}
    return COMMENTS.make(**settings).parse(COMMENTS.request(body))


# Direct messages


def test_an_answer_to_a_story_forgets_the_story() -> None:
    story = {"url": "https://cdn.example.test/s", "id": "1801"}

    [event] = parsed(dm(0, message={"mid": "m", "text": "好美", "reply_to": {"story": story}}))

    assert event == InboundMessage(
        event_id="m",
        kind="dm.story_reply",
        channel="instagram",
        account="demo",
        thread="1254459154682919",
        surface=Surface.DIRECT,
        sent_at=datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC),
        received_at=RECEIVED_AT,
        id="m",
        contact=Contact(id="1254459154682919"),
        text="好美",
        referral=Referral(source="story", id="1801", url="https://cdn.example.test/s"),
    )


@pytest.mark.parametrize(
    ("attachment", "kind", "read"),
    [
        (
            {"type": "story_mention", "payload": {"url": "https://a.test/s"}},
            "dm.story_mention",
            Attachment(type="share", url="https://a.test/s"),
        ),
        (
            {"type": "ig_post", "payload": {"ig_post_media_id": "18", "title": "t", "url": "u"}},
            "dm.share",
            Attachment(type="share", url="u", id="18", title="t"),
        ),
        (
            {"type": "ig_story", "payload": {"story_media_id": "19", "story_media_url": "u"}},
            "dm.share",
            Attachment(type="share", url="u", id="19"),
        ),
        (
            {"type": "ig_reel", "payload": {"reel_video_id": 12, "url": "u"}},
            "dm.share",
            Attachment(type="share", url="u", id="12"),
        ),
        (
            {"type": "unsupported_type", "payload": {"url": "u"}},
            "dm.unsupported",
            Attachment(type="share", url="u"),
        ),
    ],
    ids=["story mention", "post", "story", "reel", "unsupported"],
)
def test_what_a_customer_shows_us_is_lost(attachment: Json, kind: str, read: Attachment) -> None:
    [event] = parsed(dm(0, message={"mid": "m", "attachments": [attachment]}))

    assert isinstance(event, InboundMessage)
    assert (event.kind, event.attachments) == (kind, (read,))


def test_seen_is_told_without_the_message_that_was_seen() -> None:
    [seen, again, other] = parsed(*(dm(0, read={"mid": mid}) for mid in ("m_1", "m_1", "m_2")))

    assert isinstance(seen, DeliveryReceipt)
    assert (seen.kind, seen.ids, seen.until) == ("dm.read", ("m_1",), None)
    assert seen.event_id == again.event_id != other.event_id


def test_an_unsent_or_edited_message_stays_as_it_was() -> None:
    [deleted, edited] = parsed(
        dm(0, message={"mid": "m", "is_deleted": True}),
        dm(0, message_edit={"mid": "m", "text": "改", "num_edit": 1}),
    )

    assert isinstance(deleted, MessageDeleted)
    assert (deleted.id, deleted.event_id) == ("m", "m:deleted")
    assert isinstance(edited, MessageEdited)
    assert (edited.id, edited.text) == ("m", "改")


def test_a_reaction_or_a_link_asks_for_an_answer() -> None:
    events = parsed(
        dm(0, reaction={"mid": "m", "action": "react", "emoji": "❤"}),
        dm(0, reaction={"mid": "m", "action": "unreact"}),
        dm(0, referral={"ref": "qr-12", "source": "IGME"}),
    )

    assert [(type(event), event.kind) for event in events] == [
        (ChannelNotice, "dm.reaction"),
        (ChannelNotice, "dm.reaction"),
        (ChannelNotice, "dm.referral"),
    ]


def test_an_advertisement_that_brought_a_customer_is_forgotten() -> None:
    context = {"ad_title": "夏日特賣", "post_id": "77", "photo_url": "https://a.test/p"}
    referral = {"ref": "r", "source": "ADS", "ad_id": 6, "ads_context_data": context}

    [said, tapped] = parsed(
        dm(0, message={"mid": "m", "text": "多少", "referral": referral}),
        dm(0, postback={"mid": "p", "title": "開始", "payload": "S", "referral": {"ref": "r"}}),
    )

    assert isinstance(said, InboundMessage)
    assert said.referral == Referral(
        ref="r", source="ADS", id="6", url="https://a.test/p", title="夏日特賣"
    )
    assert isinstance(tapped, InboundMessage)
    assert tapped.referral == Referral(ref="r")


@pytest.mark.parametrize(
    ("item", "section", "reason"),
    [
        (dm(0), "standby", "standby"),
        (dm(0) | {"sender": {"id": "12334"}, "recipient": {"id": "23245"}}, None, "test event"),
        ({"field": "messages", "value": dm(0) | {"timestamp": "1"}}, "changes", "test event"),
    ],
    ids=["standby", "test button", "test button with a change"],
)
def test_what_is_not_ours_to_answer_is_answered(
    item: Json, section: str | None, reason: str
) -> None:
    [event] = parsed(item, section=section or "messaging")

    assert isinstance(event, InboundMessage)
    assert event.unanswerable == reason


def test_the_account_answers_what_it_writes_to_itself() -> None:
    said = dm(0, message={"mid": "m", "text": "試", "is_self": True})

    [event] = parsed(said | {"sender": {"id": USER}})

    assert event.kind == "ignore"


def test_comments_are_read_twice_or_by_nobody() -> None:
    insights = {"field": "story_insights", "value": {"media_id": "1"}}

    assert parsed(change(1), section="changes") == []
    assert [event.kind for event in parsed(insights, section="changes")] == ["ignore"]
    assert commented(insights) == []


# Comments


def test_a_comment_is_misread() -> None:
    [top, nested] = commented(change(1), change(2, parent_id=ROOT))

    assert top == InboundMessage(
        event_id=f"{ROOT}:add",
        kind="comment.add",
        channel="instagram_comments",
        account="demo",
        thread=f"{MEDIA}/{ROOT}",
        surface=Surface.COMMENT,
        sent_at=datetime(2026, 9, 28, 8, 0, 0, tzinfo=UTC),
        received_at=RECEIVED_AT,
        id=ROOT,
        contact=Contact(id="1254459154682920", username="mei_chen"),
        text="第 1 則",
        post=MEDIA,
        root=ROOT,
    )
    assert isinstance(nested, InboundMessage)
    assert nested.thread == top.thread
    assert (nested.parent, nested.root, nested.reply_to) == (ROOT, ROOT, ROOT)


def test_a_comment_under_its_other_name_is_another_comment() -> None:
    renamed = change(1)
    renamed["value"]["comment_id"] = renamed["value"].pop("id")

    assert commented(renamed) == commented(change(1))


def test_a_change_that_is_not_in_a_list_is_lost() -> None:
    entry = {"id": USER, "time": 1790582400, **change(1)}
    body = {"object": "instagram", "entry": [entry]}

    assert COMMENTS.make().parse(COMMENTS.request(body)) == commented(change(1))


@pytest.mark.parametrize(
    "item",
    [
        authored(change(1), USER),
        authored(change(1, parent_id="1"), int(USER)),
        authored(change(1), None, self_ig_scoped_id="77"),
        authored(change(1), "77", self_ig_scoped_id="77"),
        authored(change(1, "live_comments"), USER),
    ],
    ids=["id", "number", "only marked", "scoped id", "live"],
)
def test_our_own_comment_is_answered(item: Json) -> None:
    assert [type(event) for event in commented(item)] == [EchoedReply]
    assert [type(event) for event in commented(item, user=None)] == [EchoedReply]


def test_a_reply_without_its_author_starts_a_loop() -> None:
    nested = change(2, parent_id=ROOT)
    del nested["value"]["from"]

    [event] = commented(nested)

    assert isinstance(event, InboundMessage)
    assert event.unanswerable == "unknown author"


def test_the_dashboards_test_comment_is_answered() -> None:
    [event] = commented(change(1), to="0")

    assert isinstance(event, InboundMessage)
    assert event.unanswerable == "test event"


def test_a_mention_of_a_comment_of_ours_is_answered_twice() -> None:
    mention = {"field": "mentions", "value": {"comment_id": ROOT, "media_id": MEDIA}}

    [comment, mentioned] = commented(change(1), mention)

    assert comment.event_id == mentioned.event_id
    assert mentioned.thread == f"mention/{MEDIA}/{ROOT}"


# Sending


def test_a_text_is_measured_in_characters_or_a_title_in_bytes() -> None:
    titles = ("查詢我的訂單與配送進度", "找真人客服")
    content = Content(
        text="好" * 400, quick_replies=tuple(QuickReply(title=t, payload="p") for t in titles)
    )

    parts = fitted(content, INSTAGRAM.make().capabilities)

    assert "".join(part.text for part in parts) == "好" * 400
    assert [len(part.text.encode()) for part in parts] == [999, 201]
    assert tuple(one.title for one in parts[-1].quick_replies) == titles


@pytest.mark.parametrize(
    "message",
    [
        BOT_MESSAGE,
        AGENT_MESSAGE,
        replace(AGENT_MESSAGE, outside_window=True),
        replace(BOT_MESSAGE, quick_replies=(), buttons=(Button(title="看", url="https://a.test"),)),
        replace(
            BOT_MESSAGE,
            text="",
            quick_replies=(),
            cards=(Card(title="鞋", text="NT$", buttons=(Button(title="買", payload="B"),)),),
        ),
        replace(
            BOT_MESSAGE,
            text="",
            quick_replies=(),
            attachments=(Attachment(type="image", url="https://a.test/i.jpg"),),
        ),
    ],
    ids=["bot", "agent", "late agent", "button", "card", "picture"],
)
async def test_a_body_breaks_instagrams_rules(
    platform: FakePlatform, http: aiohttp.ClientSession, message: OutboundMessage
) -> None:
    platform.answers(200, {"recipient_id": "1254459154682919", "message_id": "aWdf1"})

    result = await INSTAGRAM.make(http, api=platform.address).send(message)

    assert result == Accepted(ids=("aWdf1",))
    [call] = platform.calls
    assert call.path == f"/v25.0/{USER}/messages"
    assert faults(SCHEMA, call.body) == []
    assert call.body["recipient"] == {"id": "1254459154682919"}
    late = isinstance(message, AgentMessage) and message.outside_window
    assert call.body.get("tag") == ("HUMAN_AGENT" if late else None)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({}, f"/v25.0/{USER}/messages"),
        ({"user": None}, "/v25.0/me/messages"),
        (FACEBOOK, f"/v25.0/{PAGE}/messages"),
    ],
    ids=["instagram", "token's own", "facebook"],
)
async def test_the_other_login_sends_by_the_wrong_road(
    platform: FakePlatform, http: aiohttp.ClientSession, settings: Json, path: str
) -> None:
    platform.answers(200, {"recipient_id": "1", "message_id": "aWdf1"})
    private = replace(REPLY, action=Action.PRIVATE_REPLY)

    await INSTAGRAM.make(http, api=platform.address, **settings).send(BOT_MESSAGE)
    told = await COMMENTS.make(http, api=platform.address, **settings).send(private)

    assert told == Accepted(ids=("aWdf1",), thread="1")
    assert [call.path for call in platform.calls] == [path, path]
    assert platform.calls[1].body == {
        "recipient": {"comment_id": "17890012345678002"},
        "message": {"text": "還有貨喔！"},
    }
    assert faults(SCHEMA, platform.calls[1].body) == []


def test_a_login_meets_the_wrong_host_or_lacks_an_id() -> None:
    def api(**settings: object) -> str:
        return Settings.model_validate(INSTAGRAM.options | settings).api

    assert api() == "https://graph.instagram.com"
    assert api(**FACEBOOK) == "https://graph.facebook.com"
    assert api(api="http://127.0.0.1:1") == "http://127.0.0.1:1"
    for lacking in ({"page": None}, {"user": None}):
        with pytest.raises(ValidationError, match="page and user"):
            api(**FACEBOOK | lacking)


@pytest.mark.parametrize(
    ("message", "path", "body"),
    [
        (REPLY, f"/v25.0/{ROOT}/replies", {"message": "還有貨喔！"}),
        (
            replace(REPLY, thread=f"mention/{MEDIA}/{ROOT}"),
            f"/v25.0/{USER}/mentions",
            {"media_id": MEDIA, "comment_id": ROOT, "message": "還有貨喔！"},
        ),
        (replace(REPLY, action=Action.HIDE), "/v25.0/17890012345678002", {"hide": True}),
        (replace(REPLY, action=Action.UNHIDE), "/v25.0/17890012345678002", {"hide": False}),
    ],
    ids=["reply", "mention", "hide", "unhide"],
)
async def test_a_comment_is_handled_by_the_wrong_call(
    platform: FakePlatform, http: aiohttp.ClientSession, message: OutboundMessage, path: str,
    body: Json,
) -> None:  # fmt: skip
    platform.answers(200, {"id": "9"} if message.action is Action.REPLY else {"success": True})

    result = await COMMENTS.make(http, api=platform.address).send(message)

    assert result.ids == (("9",) if message.action is Action.REPLY else ("17890012345678002",))
    [call] = platform.calls
    assert (call.path, call.body) == (path, body)


async def test_an_action_about_no_comment_reaches_the_platform(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    for action in (Action.HIDE, Action.PRIVATE_REPLY):
        with pytest.raises(Rejected):
            await COMMENTS.make(http, api=platform.address).send(
                replace(REPLY, action=action, reply_to=None)
            )
    assert platform.calls == []


def answers() -> list[dict[str, Any]]:
    """Captured answers of the Send API, which Instagram shares."""
    path = shared_path("fixtures/api_responses/messenger.composed.json")
    cases: list[dict[str, Any]] = json.loads(path.read_bytes())["cases"]
    return cases


@pytest.mark.parametrize("adapter", [INSTAGRAM, COMMENTS], ids=["direct", "comments"])
def test_a_captured_answer_is_misread(adapter: Any) -> None:
    for case in answers():
        body = case["body"]
        raw = body.encode() if isinstance(body, str) else orjson.dumps(body)
        result: Accepted | SendError
        try:
            result = adapter.make().accepted(answer_of(case["status"], case["headers"], raw))
        except SendError as exc:
            result = exc

        assert result_class(result) == case["class"], case
