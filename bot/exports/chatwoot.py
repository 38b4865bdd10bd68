"""Chatwoot: what its API answers for conversations and their messages, saved page by page."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.exports.formats import Format, Reading, natural
from bot.exports.message import (
    Author,
    Conversation,
    ExportedMessage,
    Sort,
    conversation,
    instant,
    iso_instant,
)
from bot.exports.shapes import dict_at, id_at, json_of, list_at, text_at
from bot.exports.source import Member

_INCOMING, _OUTGOING, _TEMPLATE = 0, 1, 3
_TYPES: dict[object, int] = {
    _INCOMING: _INCOMING,
    "incoming": _INCOMING,
    _OUTGOING: _OUTGOING,
    "outgoing": _OUTGOING,
    _TEMPLATE: _TEMPLATE,
    "template": _TEMPLATE,
}
_MEDIA: dict[str, Sort] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "file",
    "location": "location",
}


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read all pages; a conversation's messages lie scattered over them."""
    found: dict[str, list[ExportedMessage]] = {}
    titles: dict[str, str] = {}
    for member in sorted(members, key=lambda member: natural(member.name)):
        reading.progress(member)
        for conversation_id, title, source in _messages(json_of(member)):
            message = _message(source)
            if message is not None:
                found.setdefault(conversation_id, []).append(message)
                titles[conversation_id] = title or titles.get(conversation_id, "")
    for id in sorted(found, key=natural):
        customer = next((one.sender for one in found[id] if one.author == "customer"), "")
        yield conversation(id, found[id], title=titles[id] or customer)


def _messages(source: Any) -> Iterator[tuple[str, str, Any]]:
    """Every message with its conversation's id and title."""
    listed = source if isinstance(source, list) else list_at(source, "payload")
    listed = listed or list_at(dict_at(source, "data"), "payload")
    for each in listed or [source]:
        if "message_type" in each if isinstance(each, dict) else False:
            yield id_at(each, "conversation_id"), "", each
            continue
        title = text_at(dict_at(dict_at(each, "meta"), "sender"), "name")
        for message in list_at(each, "messages"):
            yield id_at(message, "conversation_id") or id_at(each, "id"), title, message


def _message(source: Any) -> ExportedMessage | None:
    if not isinstance(source, dict):
        return None
    kind = source.get("message_type")
    # What happened, such as an assignment, is no message.
    sort_of_message = _TYPES.get(kind) if isinstance(kind, int | str) else None
    at = instant(source.get("created_at")) or iso_instant(source.get("created_at"))
    if sort_of_message is None or at is None:
        return None
    sender = dict_at(source, "sender")
    text = text_at(source, "content")
    return ExportedMessage(
        id_at(source, "id"),
        at,
        text_at(sender, "name"),
        _author(sort_of_message, text_at(sender, "type") or text_at(source, "sender_type")),
        _sort(source, text),
        text,
        sort_of_message == _TEMPLATE,
        source.get("private") is True,
    )


def _author(sort_of_message: int, sender: str) -> Author:
    if sort_of_message == _INCOMING:
        return "customer"
    bot = sort_of_message == _TEMPLATE or sender.lower() in {"agent_bot", "agentbot"}
    return "bot" if bot else "agent"


def _sort(source: dict[str, Any], text: str) -> Sort:
    if dict_at(source, "content_attributes").get("deleted") is True:
        return "unsent"
    for each in list_at(source, "attachments"):
        return _MEDIA.get(text_at(each, "file_type"), "media")
    return "text" if text else "media"


def _begins(head: str) -> bool:
    return '"message_type"' in head and ('"conversation_id"' in head or '"inbox_id"' in head)


FORMAT = Format(
    name="chatwoot",
    title="Chatwoot, API answers",
    channel="chatwoot",
    read=read,
    begins=_begins,
    names_agents=True,
    numbered=True,
    marks_automatic=True,
)
