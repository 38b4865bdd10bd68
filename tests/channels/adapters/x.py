"""X, direct messages and posts, as the contract tests see it."""

import hmac
from base64 import b64encode
from collections.abc import Mapping

from channels.base import Handle, HandshakeAnswer
from channels.errors import Rejected
from channels.messages import BotMessage, Surface
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json

US = "1710000000000000001"
THEM = 1820000000000000000
POST = 2080765813578191000

OPTIONS = {"account": "demo", "user_id": US, "secret": SECRET, "token": TOKEN}


def direct(n: int, *, text: str | None = None, **changes: object) -> Json:
    """One direct message from customer *n*."""
    return {
        "type": "message_create",
        "id": f"{POST + n}",
        "created_timestamp": f"{1790582401000 + n}",
        "message_create": {
            "target": {"recipient_id": US},
            "sender_id": f"{THEM + n}",
            "message_data": {"text": text or f"第 {n} 則", "entities": {"urls": []}},
        },
        **changes,
    }


def activity(kind: str, payload: object, *, to: str = US, **includes: object) -> Json:
    """One body of the X Activity API."""
    data: Json = {
        "event_uuid": "-6850472171600526495",
        "filter": {"user_id": to},
        "event_type": kind,
        "tag": "antiphon",
        "payload": payload,
    }
    return {"data": data | ({"includes": includes} if includes else {})}


def post(n: int, **changes: object) -> Json:
    """One post of customer *n* that replies to a post of ours."""
    return {
        "id": f"{POST + n}",
        "author_id": f"{THEM + n}",
        "text": f"第 {n} 則",
        "created_at": "2026-09-28T08:00:01.000Z",
        "conversation_id": f"{POST - 1}",
        "in_reply_to_user_id": US,
        "referenced_tweets": [{"type": "replied_to", "id": f"{POST - 1}"}],
        **changes,
    }


def tweet(n: int, **changes: object) -> Json:
    """One post as Account Activity writes it: a mention by customer *n*."""
    named = {"screen_name": "brand", "id_str": US, "indices": [0, 6]}
    return {
        "created_at": "Mon Sep 28 07:25:01 +0000 2026",
        "id": float(POST + n),
        "id_str": f"{POST + n}",
        "text": f"@brand 第 {n} 則",
        "user": {"id": THEM + n, "id_str": f"{THEM + n}", "name": "n", "screen_name": "customer"},
        "entities": {"urls": [], "user_mentions": [named]},
        "timestamp_ms": f"{1790582401000 + n}",
        **changes,
    }


def _of_posts(*items: Json, to: str = US) -> Json:
    """A body of one item; an item that is a whole body stays what it is."""
    item = items[0]
    if "data" in item or "for_user_id" in item:
        return item
    return activity("post.reply.create", item, to=to)


def _of_direct(*items: Json, to: str = US) -> Json:
    if len(items) == 1 and ("data" in items[0] or "for_user_id" in items[0]):
        return items[0]
    return activity("dm.received", {"direct_message_events": list(items)}, to=to)


def x_signed(secret: bytes, body: bytes) -> str:
    """The header's value."""
    return "sha256=" + b64encode(hmac.digest(secret, body, "sha256")).decode()


_CRC = HandshakeAnswer(
    status=200,
    body='{"response_token":"' + x_signed(SECRET.encode(), b"foo") + '"}',
    content_type="application/json",
)
_HANDSHAKES: tuple[tuple[Mapping[str, str], HandshakeAnswer], ...] = (
    ({"crc_token": "foo"}, _CRC),
    ({}, HandshakeAnswer(status=400, body="")),
    ({"crc_token": ""}, HandshakeAnswer(status=400, body="")),
)

X = Adapter(
    name="x",
    options=OPTIONS,
    required=("secret", "token", "account"),
    header="x_twitter_webhooks_signature",
    signed=x_signed,
    scheme="x",
    handshakes=_HANDSHAKES,
    ask=direct,
    own=direct(
        7,
        message_create={
            "target": {"recipient_id": f"{THEM}"},
            "sender_id": US,
            "message_data": {"text": "我們"},
        },
    ),
    wrapped=_of_direct,
    broken=lambda item, value: item | {"message_create": value, "type": "message_create"},
    message=BotMessage(
        id=MESSAGE_ID,
        channel="x",
        account="demo",
        thread=f"{THEM}",
        text="您好，明天有開。",
    ),
    taken={"data": {"dm_conversation_id": f"{US}-{THEM}", "dm_event_id": "2080765901528535777"}},
    handle=Handle.NONE,
    odd={403: Rejected},
    folder="x",
    captured={"user_id": None},
    chatwoot="twitter_dm",
    seeds=(
        direct(1),
        direct(2, type="other"),
        activity("dm.read", {"sender_id": f"{THEM}", "created_timestamp": "1790582401000"}),
        activity("chat.received", {"id": "c", "sender_id": f"{THEM}", "conversation_id": "1:2"}),
        activity("chat.sent", {"id": "c", "sender_id": US, "conversation_id": f"{THEM}:{US}"}),
        {"for_user_id": US, "direct_message_events": [direct(3)], "users": {"1": {"id": "1"}}},
        {"for_user_id": US, "follow_events": [{"type": "follow"}]},
    ),
)

X_POSTS = Adapter(
    name="x_posts",
    options=OPTIONS,
    required=("secret", "token", "account"),
    header="x_twitter_webhooks_signature",
    signed=x_signed,
    scheme="x",
    handshakes=_HANDSHAKES,
    ask=post,
    kind="comment.add",
    own=post(7, author_id=US),
    wrapped=_of_posts,
    broken=lambda item, value: item | {"id": value, "text": value},
    several=False,
    message=BotMessage(
        id=MESSAGE_ID,
        channel="x_posts",
        account="demo",
        thread=f"{POST}/{THEM}",
        surface=Surface.COMMENT,
        text="還有貨喔！",
        reply_to=f"{POST + 1}",
    ),
    taken={"data": {"id": "2080765901528535778", "text": "@customer 還有貨喔！"}},
    handle=Handle.NONE,
    odd={403: Rejected},
    folder="x",
    captured={"user_id": None},
    chatwoot="twitter_tweet",
    seeds=(
        post(1),
        post(2, referenced_tweets=[{"type": "quoted", "id": "1"}]),
        activity("post.mention.create", post(3), users=[{"data": {"id": f"{THEM + 3}"}}]),
        activity("post.delete", {"id": "1", "author_id": f"{THEM}"}),
        {"for_user_id": US, "tweet_create_events": [tweet(4)]},
        {"for_user_id": US, "tweet_create_events": [tweet(5, retweeted_status={})]},
        {"for_user_id": US, "tweet_delete_events": [{"status": {"id": "1", "user_id": "2"}}]},
    ),
)
