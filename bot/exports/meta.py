"""Facebook and Instagram, "download your information": texts are UTF-8 taken for Latin-1."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.exports.formats import Format, Reading, grouped
from bot.exports.message import Conversation, ExportedMessage, Ids, Sort, conversation, instant
from bot.exports.shapes import json_of, list_at, text_at
from bot.exports.source import Member

_FOLDERS = "inbox|message_requests|archived_threads|filtered_threads|e2ee_cutover"
_PATH = re.compile(rf"(?:^|/)messages/(?:{_FOLDERS})/(?P<thread>[^/]+)/message_\d+\.json$")
# Rows of Instagram that are reactions, told as messages.
_REACTION = re.compile(r"(?:Liked a message|Reacted .{1,12} to your message ?)", re.DOTALL)
_FOREIGN = frozenset({"Call", "Subscribe", "Unsubscribe"})
_MEDIA: dict[str, Sort] = {
    "sticker": "sticker",
    "photos": "image",
    "gifs": "image",
    "videos": "video",
    "audio_files": "audio",
    "files": "file",
    "share": "media",
}


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read thread by thread, each from its several files."""
    for thread, group in grouped(members, _thread):
        title, people = "", set[str]()
        messages: list[ExportedMessage] = []
        for member in group:
            reading.progress(member)
            source = json_of(member)
            title = mended(text_at(source, "title")) or title
            people |= {mended(text_at(each, "name")) for each in list_at(source, "participants")}
            messages += _messages(source)
        yield conversation(thread, messages, title=title, people=people - {""})


def mended(text: str) -> str:
    """Undo the mistaken Latin-1; a text that never was it stays."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _thread(member: Member) -> str:
    found = _PATH.search(member.name)
    return found["thread"] if found else member.name


def _messages(source: Any) -> list[ExportedMessage]:
    ids = Ids()
    # Newest first in the file; of one instant, too.
    made = [_message(each, ids) for each in reversed(list_at(source, "messages"))]
    return [message for message in made if message is not None]


def _message(source: Any, ids: Ids) -> ExportedMessage | None:
    if not isinstance(source, dict) or "call_duration" in source:
        return None
    milliseconds = source.get("timestamp_ms")
    at = instant(milliseconds / 1000) if isinstance(milliseconds, int | float) else None
    text = mended(text_at(source, "content"))
    if at is None or text_at(source, "type") in _FOREIGN or _REACTION.fullmatch(text):
        return None
    sender = mended(text_at(source, "sender_name"))
    sort = _sort(source, text)
    return ExportedMessage(ids(at, sender, text or sort), at, sender, "", sort, text)


def _sort(source: dict[str, Any], text: str) -> Sort:
    if source.get("is_unsent") is True:
        return "unsent"
    return next(
        (sort for key, sort in _MEDIA.items() if key in source), "text" if text else "media"
    )


def _named(*, instagram: bool) -> Any:
    def named(member: Member) -> bool:
        path = f"{member.container}/{member.name}".lower()
        return ("instagram" in path) == instagram and bool(_PATH.search(member.name))

    return named


def _begins(head: str) -> bool:
    return head.lstrip().startswith("{") and '"sender_name"' in head and '"timestamp_ms"' in head


FACEBOOK = Format(
    name="facebook",
    title='Facebook, "download your information"',
    channel="messenger",
    read=read,
    named=_named(instagram=False),
    begins=_begins,
    numbered=True,
    limits=("people_only", "automatic_unmarked"),
)
INSTAGRAM = Format(
    name="instagram",
    title='Instagram, "download your information"',
    channel="instagram",
    read=read,
    named=_named(instagram=True),
    numbered=True,
    limits=("people_only", "automatic_unmarked"),
)
