"""Intercom: conversations as its API answers them. Texts are HTML; the first lies apart."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.exports.formats import Format, Reading, natural
from bot.exports.message import (
    Author,
    Conversation,
    ExportedMessage,
    Facts,
    conversation,
    instant,
)
from bot.exports.shapes import dict_at, id_at, json_of, list_at, text_at
from bot.exports.source import Member

_CUSTOMERS = frozenset({"user", "lead", "contact"})
_SAID = frozenset(
    {"comment", "open", "close", "note", "assignment", "quick_reply", "note_and_reopen"}
)
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>", re.I)
_TAG = re.compile(r"<[^<>]*>")


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read all files, of one conversation or of a list of them."""
    found: dict[str, Conversation] = {}
    for member in sorted(members, key=lambda member: natural(member.name)):
        reading.progress(member)
        for source in _listed(json_of(member)):
            made = _conversation(source, reading.facts)
            known = found.get(made.id)
            both = [*(known.messages if known else ()), *made.messages]
            found[made.id] = conversation(made.id, both, title=made.title)
    for id in sorted(found, key=natural):
        yield found[id]


def _listed(source: Any) -> Iterator[dict[str, Any]]:
    listed = source if isinstance(source, list) else list_at(source, "conversations")
    for each in listed or list_at(source, "data") or [source]:
        if isinstance(each, dict) and ("source" in each or "conversation_parts" in each):
            yield each


def _conversation(source: dict[str, Any], facts: Facts) -> Conversation:
    parts = dict_at(source, "conversation_parts")
    listed = list_at(parts, "conversation_parts")
    total = parts.get("total_count")
    if isinstance(total, int) and total > len(listed):
        facts.notes.add("parts_cut")
    first = dict(dict_at(source, "source"))
    first |= {"created_at": source.get("created_at"), "part_type": "comment"}
    first.setdefault("id", f"{id_at(source, 'id')}-source")
    made = [message for each in [first, *listed] for message in _messages(each)]
    title = next((message.sender for message in made if message.author == "customer"), "")
    return conversation(id_at(source, "id"), made, title=title)


def _messages(part: Any) -> Iterator[ExportedMessage]:
    at = instant(part.get("created_at")) if isinstance(part, dict) else None
    kind = text_at(part, "part_type")
    if at is None:
        return
    by = dict_at(part, "author")
    author = _author(by, part)
    text = _plain(text_at(part, "body"))
    sender, id = text_at(by, "name") or id_at(by, "id"), id_at(part, "id")
    if kind in _SAID and (text or list_at(part, "attachments")):
        yield ExportedMessage(
            id,
            at,
            sender,
            author,
            "text" if text else "media",
            text,
            # Its bots greet and collect; only its AI agent answers.
            author == "bot"
            and part.get("from_ai_agent") is not True
            and by.get("from_ai_agent") is not True,
            kind.startswith("note"),
        )
    if kind == "close" and author != "customer":
        yield ExportedMessage(f"{id}-close", at, sender, author, "close")


def _author(by: dict[str, Any], part: dict[str, Any]) -> Author:
    if text_at(by, "type") in _CUSTOMERS:
        return "customer"
    machine = by.get("from_ai_agent") is True or part.get("from_ai_agent") is True
    return "bot" if machine or text_at(by, "type") == "bot" else "agent"


def _plain(body: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body))).strip()


def _begins(head: str) -> bool:
    start = head.lstrip()
    return start.startswith(("{", "[")) and (
        '"conversation_parts"' in start
        or '"conversation.list"' in start
        or ('"type":"conversation"' in start.replace(" ", "") and '"source"' in start)
    )


FORMAT = Format(
    name="intercom",
    title="Intercom, conversations",
    channel="intercom",
    read=read,
    begins=_begins,
    names_agents=True,
    numbered=True,
    marks_automatic=True,
    limits=("bots_as_admins",),
)
