"""Comments under a YouTube channel's videos, as the contract tests see them."""

from channels.base import Handle, HandshakeAnswer
from channels.messages import BotMessage, Surface
from tests.channels.adapter import MESSAGE_ID, TOKEN, Adapter, Json

CHANNEL = "UCbrand0000000000000000A"


def comment(id: str, text: str, *, author: str | None = None, **snippet: object) -> Json:
    """One comment."""
    return {
        "kind": "youtube#comment",
        "id": id,
        "snippet": {
            "videoId": "dQw4w9WgXcQ",
            "textDisplay": text,
            "authorDisplayName": "@mei",
            "authorChannelId": {"value": author or f"UCof-{id}"},
            "publishedAt": "2026-09-28T08:00:00Z",
            "updatedAt": "2026-09-28T08:00:00Z",
            **snippet,
        },
    }


def thread(n: int, **snippet: object) -> Json:
    """One thread with nothing but its top comment."""
    return thread_of(comment(f"Ugx{n}", f"第 {n} 則", **snippet))  # type: ignore[arg-type]


def thread_of(top: Json, *replies: Json, count: int | None = None, **snippet: object) -> Json:
    """A thread of these comments; *count* replies in all."""
    listed = {"replies": {"comments": list(replies)}} if replies else {}
    return {
        "kind": "youtube#commentThread",
        "id": top["id"],
        "snippet": {
            "channelId": CHANNEL,
            "videoId": "dQw4w9WgXcQ",
            "topLevelComment": top,
            "canReply": True,
            "totalReplyCount": len(replies) if count is None else count,
            "isPublic": True,
            **snippet,
        },
        **listed,
    }


def listed(*items: Json, to: str = "") -> Json:
    """The answer to a poll."""
    return {"kind": "youtube#commentThreadListResponse", "items": list(items)}


def _broken(item: Json, value: object) -> Json:
    top = item["snippet"]["topLevelComment"] | {"id": value}
    return item | {"snippet": item["snippet"] | {"topLevelComment": top}}


YOUTUBE = Adapter(
    name="youtube",
    options={"account": "demo", "channel": CHANNEL, "token": TOKEN},
    required=("account", "channel", "token"),
    handshakes=(({}, HandshakeAnswer(status=405, body="")),),
    ask=thread,
    kind="comment.add",
    own=thread(7, author=CHANNEL),
    wrapped=listed,
    broken=_broken,
    addressed=False,
    message=BotMessage(
        id=MESSAGE_ID,
        channel="youtube",
        account="demo",
        thread="Ugx900900",
        surface=Surface.COMMENT,
        text="還有貨喔！",
        reply_to="Ugx900900",
    ),
    taken={
        "kind": "youtube#comment",
        "id": "Ugx900900.9i",
        "snippet": {"textDisplay": "還有貨喔！"},
    },
    handle=Handle.NONE,
    seeds=(
        thread(1),
        thread_of(comment("Ugx2", "怎麼退貨"), comment("Ugx2.1", "請私訊", author=CHANNEL)),
        comment("Ugx3.1", "我也要", parentId="Ugx3"),
        thread(4, moderationStatus="heldForReview"),
        {"kind": "youtube#comment", "id": "a.b", "snippet": {}},
    ),
)
