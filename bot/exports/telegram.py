"""Telegram Desktop: result.json, of one chat or of all."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.exports.formats import Format, Reading
from bot.exports.message import Conversation, ExportedMessage, Sort, conversation, instant
from bot.exports.shapes import Pull, id_at, mended, pulled, text_at
from bot.exports.source import Member

# Kinds of chats in which no customer talks to the brand.
_FOREIGN = frozenset({"saved_messages", "public_channel", "private_channel", "bot_chat", "replies"})
_MEDIA: dict[str, Sort] = {
    "sticker": "sticker",
    "video_file": "video",
    "video_message": "video",
    "animation": "video",
    "voice_message": "audio",
    "audio_file": "audio",
}


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read chat by chat; one chat at a time is in memory."""
    seen: dict[str, Conversation] = {}
    several = len(members) > 1
    for member in members:
        reading.progress(member)
        with pulled(member) as pull:
            for chat in _chats(pull):
                if not several:
                    yield chat
                elif chat.id in seen:
                    both = [*seen[chat.id].messages, *chat.messages]
                    seen[chat.id] = conversation(chat.id, both, title=chat.title)
                else:
                    seen[chat.id] = chat
    yield from seen.values()


def _chats(pull: Pull) -> Iterator[Conversation]:
    told: dict[str, Any] = {}
    messages: list[ExportedMessage] = []
    for key in pull.fields():
        if key in {"chats", "left_chats"} and pull.kind() == "{":
            yield from _all(pull)
        elif key == "messages" and pull.kind() == "[":
            messages = _messages(pull)
        else:
            told[key] = pull.value()
    if messages:
        yield from _chat(told, messages)


def _all(pull: Pull) -> Iterator[Conversation]:
    for key in pull.fields():
        if key == "list" and pull.kind() == "[":
            for _ in pull.items():
                if pull.kind() == "{":
                    yield from _chats(pull)
                else:
                    pull.value()
        else:
            pull.value()


def _chat(told: dict[str, Any], messages: list[ExportedMessage]) -> Iterator[Conversation]:
    if text_at(told, "type") not in _FOREIGN:
        title = mended(text_at(told, "name"))
        yield conversation(mended(id_at(told, "id")) or title, messages, title=title)


def _messages(pull: Pull) -> list[ExportedMessage]:
    made = []
    for _ in pull.items():
        message = _message(pull.value())
        if message is not None:
            made.append(message)
    return made


def _message(source: Any) -> ExportedMessage | None:
    if text_at(source, "type") != "message":
        return None
    at = instant(source.get("date_unixtime"))
    if at is None:
        return None
    text = mended(_text(source.get("text")))
    return ExportedMessage(
        mended(id_at(source, "id")),
        at,
        mended(text_at(source, "from") or text_at(source, "from_id")),
        "",
        _sort(source, text),
        text,
    )


def _sort(source: dict[str, Any], text: str) -> Sort:
    if kind := text_at(source, "media_type"):
        return _MEDIA.get(kind, "media")
    if "photo" in source:
        return "image"
    if "file" in source:
        return "file"
    if "location_information" in source:
        return "location"
    return "text" if text else "media"


def _text(value: Any) -> str:
    """A text is a string, or a list of strings and of parts with a look."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    return "".join(part if isinstance(part, str) else text_at(part, "text") for part in value)


def _customer(conversation: Conversation, brand: str) -> str | None:
    """A private chat is numbered like whom it is with; a group has several people."""
    others = {message.sender for message in conversation.messages} - {brand}
    return conversation.id if conversation.id.isdecimal() and len(others) == 1 else None


def _begins(head: str) -> bool:
    start = head.lstrip()
    one = start.startswith("{") and '"messages"' in start and '"date_unixtime"' in start
    several = start.startswith("{") and '"chats"' in start and '"list"' in start
    return one or several


FORMAT = Format(
    name="telegram",
    title="Telegram Desktop, result.json",
    channel="telegram",
    read=read,
    begins=_begins,
    numbered=True,
    address=_customer,
    limits=("people_only", "automatic_unmarked"),
)
