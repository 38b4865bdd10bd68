"""What Graph lists for whoever asks: talks and their messages, posts and their comments.

Only what the platform posted to nobody (`Webhook.polled`) is listed: that is what an outage costs.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.simulation.call import Json
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

EDGES = frozenset({"conversations", "messages", "feed", "media", "comments", "replies"})
_TALK = "t_"


def listed(world: World, page: str, node: str, edge: str) -> Json:
    """The edge *edge* of *node*, as *page* sees it; the newest first."""
    lost = [one for one in reversed(world.unasked) if one.page == page]
    direct = [one for one in lost if one.kind.startswith("dm.")]
    public = [one for one in lost if one.kind == "comment.add"]
    match edge:
        case "conversations":
            return {"data": _talks(direct)}
        case "messages":
            customer = node.removeprefix(_TALK)
            return {"data": [_message(one, page) for one in direct if one.customer == customer]}
        case "feed" | "media":
            return {"data": [{"id": post} for post in dict.fromkeys(one.post for one in public)]}
        case "comments":
            return {"data": [_comment(one) for one in public if one.post == node]}
    return {"data": []}


def _talks(direct: Sequence[Webhook]) -> list[Json]:
    newest = {one.customer: one for one in reversed(direct)}
    return [
        {"id": f"{_TALK}{customer}", "updated_time": _instant(one.sent)}
        for customer, one in newest.items()
    ]


def _message(one: Webhook, page: str) -> Json:
    return {
        "id": one.message,
        "created_time": _instant(one.sent),
        "from": {"id": one.customer, "name": one.name},
        "to": {"data": [{"id": page}]},
        "message": one.text,
    }


def _comment(one: Webhook) -> Json:
    return {
        "id": one.message,
        "created_time": _instant(one.sent),
        "timestamp": _instant(one.sent),
        "from": {"id": one.customer, "name": one.name, "username": one.name},
        "message": one.text,
        "text": one.text,
        **({"parent": {"id": one.parent}} if one.parent not in (None, one.post) else {}),
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
