"""X, "download an archive of your data": JavaScript that assigns lists; ids, no names."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.exports.formats import Format, Reading, natural
from bot.exports.message import (
    Conversation,
    ExportedMessage,
    Sort,
    conversation,
    iso_instant,
)
from bot.exports.shapes import dict_at, id_at, json_of, list_at, text_at
from bot.exports.source import Member

_MESSAGES = re.compile(r"(?:^|/)direct-messages(?:-group)?(?:-part\d+)?\.js$")
_ACCOUNT = re.compile(r"(?:^|/)account\.js$")
# An attachment stands as a link of its own at the end of the text.
_LINK = re.compile(r"\s*https://t\.co/\w+\s*$")


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read all parts; conversations may go on in the next."""
    found: dict[str, list[ExportedMessage]] = {}
    for member in sorted(members, key=lambda member: natural(member.name)):
        reading.progress(member)
        source = json_of(member, before="=")
        listed = source if isinstance(source, list) else []
        if _ACCOUNT.search(member.name):
            for each in listed:
                reading.facts.brand = id_at(dict_at(each, "account"), "accountId") or None
            continue
        for each in listed:
            of = dict_at(each, "dmConversation")
            made = [_message(dict_at(one, "messageCreate")) for one in list_at(of, "messages")]
            kept = found.setdefault(text_at(of, "conversationId"), [])
            kept += [message for message in made if message is not None]
    for id, messages in found.items():
        people = id.split("-")
        yield conversation(id, messages, people=people if len(people) == 2 else ())


def _message(source: dict[str, Any]) -> ExportedMessage | None:
    at = iso_instant(source.get("createdAt"))
    if at is None:
        return None
    text = html.unescape(text_at(source, "text"))
    sort: Sort = "text"
    if list_at(source, "mediaUrls"):
        sort, text = "media", _LINK.sub("", text)
    return ExportedMessage(id_at(source, "id"), at, id_at(source, "senderId"), "", sort, text)


def _named(member: Member) -> bool:
    return bool(_MESSAGES.search(member.name) or _ACCOUNT.search(member.name))


def _customer(conversation: Conversation, brand: str) -> str | None:
    others = conversation.people - {brand}
    return next(iter(others)) if len(conversation.people) == 2 and len(others) == 1 else None


def _begins(head: str) -> bool:
    return head.lstrip().startswith("window.YTD.direct_messages")


FORMAT = Format(
    name="x",
    title="X, archive of your data",
    channel="x",
    read=read,
    named=_named,
    begins=_begins,
    numbered=True,
    address=_customer,
    limits=("people_only", "automatic_unmarked", "no_names"),
)
