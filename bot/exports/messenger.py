"""Messenger's export of end-to-end encrypted chats: one JSON file per chat, in proper UTF-8."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from bot.exports.formats import Format, Reading, grouped
from bot.exports.message import Conversation, ExportedMessage, Ids, Sort, conversation, instant
from bot.exports.shapes import json_of, list_at, text_at
from bot.exports.source import Member

_NUMBER = re.compile(r"_\d+$")
_FOREIGN = frozenset({"call", "placeholder"})
_MEDIA: dict[str, Sort] = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic"), "image"),
    **dict.fromkeys((".mp4", ".mov", ".webm"), "video"),
    **dict.fromkeys((".m4a", ".aac", ".mp3", ".ogg", ".opus", ".wav"), "audio"),
}


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read chat by chat."""
    for name, group in grouped(members, lambda member: member.base.removesuffix(".json")):
        title, people = "", set[str]()
        messages: list[ExportedMessage] = []
        for member in group:
            reading.progress(member)
            source = json_of(member)
            title = _NUMBER.sub("", text_at(source, "threadName")) or title
            people |= {each for each in list_at(source, "participants") if isinstance(each, str)}
            messages += _messages(source)
        yield conversation(name, messages, title=title, people=people)


def _messages(source: Any) -> list[ExportedMessage]:
    ids = Ids()
    made = [_message(each, ids) for each in list_at(source, "messages")]
    return [message for message in made if message is not None]


def _message(source: Any, ids: Ids) -> ExportedMessage | None:
    milliseconds = source.get("timestamp") if isinstance(source, dict) else None
    at = instant(milliseconds / 1000) if isinstance(milliseconds, int | float) else None
    if at is None or text_at(source, "type") in _FOREIGN:
        return None
    text, sender = text_at(source, "text"), text_at(source, "senderName")
    sort = _sort(source)
    said = text if sort == "text" else ""
    return ExportedMessage(ids(at, sender, said or sort), at, sender, "", sort, said)


def _sort(source: dict[str, Any]) -> Sort:
    if source.get("isUnsent") is True:
        return "unsent"
    for each in list_at(source, "media"):
        return _MEDIA.get(PurePosixPath(text_at(each, "uri")).suffix.lower(), "media")
    return "text" if text_at(source, "text") else "media"


def _begins(head: str) -> bool:
    ours = '"threadName"' in head or ('"senderName"' in head and '"timestamp"' in head)
    return ours and head.lstrip().startswith("{")


FORMAT = Format(
    name="messenger_e2e",
    title="Messenger, end-to-end encrypted chats",
    channel="messenger",
    read=read,
    begins=_begins,
    limits=("people_only", "automatic_unmarked"),
)
