"""Zendesk: ticket audits, or incremental ticket events, as its API answers them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from bot.exports.formats import Format, Reading, natural
from bot.exports.message import (
    Author,
    Conversation,
    ExportedMessage,
    conversation,
    instant,
    iso_instant,
)
from bot.exports.shapes import dict_at, id_at, json_of, list_at, text_at
from bot.exports.source import Member

# Its number for what no person did.
_SYSTEM = "-1"
_OVER = frozenset({"solved", "closed"})


class _User(NamedTuple):
    name: str
    customer: bool


class _Change(NamedTuple):
    """One event of a ticket with what stood around it."""

    ticket: str
    author: str
    at: Any
    rule: bool
    source: dict[str, Any]


def read(members: Sequence[Member], reading: Reading) -> Iterator[Conversation]:
    """Read all pages; a ticket's events lie scattered over them."""
    users: dict[str, _User] = {}
    changes: dict[str, list[_Change]] = {}
    for member in sorted(members, key=lambda member: natural(member.name)):
        reading.progress(member)
        source = json_of(member)
        for each in list_at(source, "users"):
            role = text_at(each, "role")
            users[id_at(each, "id")] = _User(text_at(each, "name"), role == "end-user")
        for change in _changes(source):
            changes.setdefault(change.ticket, []).append(change)
    if not users:
        reading.facts.notes.add("roles_guessed")
    for ticket in sorted(changes, key=natural):
        yield _conversation(ticket, changes[ticket], users)


def _changes(source: Any) -> Iterator[_Change]:
    for audit in list_at(source, "audits"):
        yield from _of(audit, list_at(audit, "events"), "author_id", "created_at")
    for event in list_at(source, "ticket_events"):
        yield from _of(event, list_at(event, "child_events"), "updater_id", "timestamp")


def _of(around: Any, events: Iterable[Any], author: str, at: str) -> Iterator[_Change]:
    if not isinstance(around, dict):
        return
    for event in events:
        if isinstance(event, dict):
            yield _Change(
                id_at(around, "ticket_id"),
                id_at(event, "author_id") or id_at(around, author),
                event.get("created_at") or around.get(at) or around.get("created_at"),
                text_at(dict_at(event, "via") or dict_at(around, "via"), "channel") == "rule",
                event,
            )


def _conversation(ticket: str, changes: list[_Change], users: dict[str, _User]) -> Conversation:
    people = _guessed(changes) | users
    made = [message for change in changes if (message := _message(change, people)) is not None]
    customer = next((message.sender for message in made if message.author == "customer"), "")
    return conversation(ticket, made, title=customer)


def _guessed(changes: list[_Change]) -> dict[str, _User]:
    """Of whom the list of users tells nothing: who wrote first in public is the customer."""
    people = (each for each in changes if each.author != _SYSTEM and not each.rule)
    first = next((each.author for each in people if each.source.get("public") is True), "")
    return {first: _User("", customer=True)}


def _message(change: _Change, users: dict[str, _User]) -> ExportedMessage | None:
    at = iso_instant(change.at) or instant(change.at)
    kind = text_at(change.source, "type") or text_at(change.source, "event_type")
    if at is None:
        return None
    id, user = id_at(change.source, "id"), users.get(change.author)
    name = (user.name if user else "") or change.author
    if kind == "Change" and change.source.get("value") in _OVER and not (user and user.customer):
        return ExportedMessage(id, at, name, "agent", "close")
    if kind != "Comment":
        return None
    machine = change.author == _SYSTEM or change.rule
    author: Author = "customer" if user and user.customer else "bot" if machine else "agent"
    text = text_at(change.source, "plain_body") or text_at(change.source, "body")
    note = change.source.get("public") is False
    return ExportedMessage(id, at, name, author, "text" if text else "media", text, machine, note)


def _begins(head: str) -> bool:
    start = head.lstrip()
    return start.startswith("{") and (
        '"audits"' in start or '"ticket_events"' in start or '"ticket_id"' in start
    )


FORMAT = Format(
    name="zendesk",
    title="Zendesk, ticket audits or events",
    channel="zendesk",
    read=read,
    begins=_begins,
    names_agents=True,
    numbered=True,
    marks_automatic=True,
)
