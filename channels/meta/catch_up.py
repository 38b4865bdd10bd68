"""What Meta did not tell us while we were away, asked for and put as its webhooks put it.

https://developers.facebook.com/docs/graph-api/reference/page/conversations/
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from channels.errors import MalformedPayload
from channels.messages import ChannelEvent
from channels.meta.graph import Graph
from channels.meta.nodes import instant, listed, mapping
from channels.meta.webhook import Item

_MESSAGE = "id,created_time,from,to,message,sticker,attachments,shares,story,is_unsupported"


async def direct_items(
    graph: Graph, *, node: str, platform: str, own: str, since: datetime
) -> list[Item]:
    """Every direct message from or to *own* after *since*, the oldest first."""
    query = {"platform": platform, "fields": "id,updated_time"}
    talks = await graph.newest(f"{node}/conversations", query, since=since, told_at="updated_time")
    found: list[Mapping[str, object]] = []
    for talk in talks:
        path = f"{quote(str(talk.get('id', '')), safe='')}/messages"
        query = {"fields": _MESSAGE, "limit": "50"}
        found += await graph.newest(path, query, since=since, told_at="created_time")
    found.sort(key=lambda told: instant(told.get("created_time")) or since)
    return [_direct(told, own) for told in found]


async def commented(
    graph: Graph, *, posts: str, query: Mapping[str, str], edge: str, since: datetime, told_at: str
) -> list[tuple[str, Mapping[str, object]]]:
    """Comments since *since* below the newest posts of the edge *posts*, each with its post's id.

    *query* asks for the *edge* below each post; *told_at* names a comment's time.
    """
    newest = listed(await graph.get(posts, {"fields": "id", "limit": "50"}))
    found: list[tuple[str, Mapping[str, object]]] = []
    for one in newest:
        post = str(one.get("id", ""))
        path = f"{quote(post, safe='')}/{edge}"
        for comment in await graph.newest(path, query, since=since, told_at=told_at):
            found.append((post, comment))
    return sorted(found, key=lambda pair: instant(pair[1].get(told_at)) or since)


def readable(
    items: Sequence[Item], read: Callable[[Sequence[Item]], list[ChannelEvent]]
) -> list[ChannelEvent]:
    """The events of *items*. One that cannot be read is left out: there are no bytes to park."""
    events: list[ChannelEvent] = []
    for item in items:
        with suppress(MalformedPayload):
            events += read([item])
    return events


def _direct(told: Mapping[str, object], own: str) -> Item:
    people = listed(mapping(told.get("to")))
    sent_at = instant(told.get("created_time"))
    value = {
        "sender": {"id": mapping(told.get("from")).get("id")},
        "recipient": {"id": people[0].get("id") if people else None},
        "timestamp": None if sent_at is None else round(sent_at.timestamp() * 1000),
        "message": {
            "mid": told.get("id"),
            "text": told.get("message") or None,
            "attachments": [*_shown(told), *_story_mention(told)],
            "reply_to": _story_reply(told),
            "is_unsupported": told.get("is_unsupported") is True,
        },
    }
    return Item(page=own, time=value["timestamp"], section="messaging", value=value)


def _shown(told: Mapping[str, object]) -> list[Mapping[str, object]]:
    shown = [_attachment(one) for one in listed(mapping(told.get("attachments")))]
    shown += [
        {"type": "share", "payload": {"url": one.get("link"), "title": one.get("name")}}
        for one in listed(mapping(told.get("shares")))
    ]
    if told.get("sticker"):
        shown.append({"type": "sticker", "payload": {"url": told["sticker"]}})
    return shown


def _attachment(one: Mapping[str, object]) -> Mapping[str, object]:
    for kind, key in (("image", "image_data"), ("video", "video_data")):
        if key in one:
            return {"type": kind, "payload": {"url": mapping(one[key]).get("url")}}
    payload = {"url": one.get("file_url"), "title": one.get("name")}
    return {"type": "file", "payload": payload}


def _story_mention(told: Mapping[str, object]) -> list[Mapping[str, object]]:
    mention = mapping(mapping(told.get("story")).get("mention"))
    payload = {"url": mention.get("link"), "id": mention.get("id")}
    return [{"type": "story_mention", "payload": payload}] if mention else []


def _story_reply(told: Mapping[str, object]) -> Mapping[str, object] | None:
    story = mapping(mapping(told.get("story")).get("reply_to"))
    return {"story": {"id": story.get("id"), "url": story.get("link")}} if story else None
