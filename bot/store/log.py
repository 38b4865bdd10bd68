"""The append-only log as the reports read it: whole conversations, as events in time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, union

from bot.reports.events import Event
from bot.reports.unswept import unswept
from bot.store.logged import (
    DELETED,
    NO_ANSWER,
    Facts,
    Logged,
    Meaning,
    Place,
    message_name,
    row_of,
)
from bot.store.outbox import Item
from bot.store.tables import agents, conversations, events, labels, messages, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How an ask began, for lists: who wrote, what, and where it can be answered."""

    conversation_id: int
    name: str | None
    text: str | None


@unswept()
def report_events(
    connection: Connection, *, since: datetime | None = None, until: datetime
) -> list[Event]:
    """List what had happened by *until*, for `bot.reports.asks`.

    With *since*, only the conversations in which a customer wrote or edited since then, but those
    whole: what opens an ask depends on everything before it. Ids are "m" and the message's row id,
    padded, so that they sort as the log does; conversations are "c" and theirs.
    """
    if since is None:
        return _events(connection, messages.c.id.is_not(None), events.c.id.is_not(None), until)
    wrote = select(messages.c.conversation_id).where(
        messages.c.direction == "in", messages.c.sent_at >= since
    )
    edited = select(events.c.conversation_id).where(events.c.type == "edited", events.c.at >= since)
    chosen = union(wrote, edited)
    return _events(
        connection,
        messages.c.conversation_id.in_(chosen),
        events.c.conversation_id.in_(chosen),
        until,
    )


@unswept()
def events_of(connection: Connection, conversation_ids: Sequence[int]) -> list[Event]:
    """List all that happened in some conversations so far."""
    ids = list(conversation_ids)
    return _events(
        connection,
        messages.c.conversation_id.in_(ids),
        events.c.conversation_id.in_(ids),
        until=None,
        only=ids,
    )


def dialogue(connection: Connection, message_id: str, *, until: datetime) -> list[Event]:
    """List all that happened in the conversation of one message; empty if there is none."""
    row_id = row_of(message_id)
    found = None
    if row_id is not None:
        found = connection.scalar(select(messages.c.conversation_id).where(messages.c.id == row_id))
    if found is None:
        return []
    return _events(
        connection, messages.c.conversation_id == found, events.c.conversation_id == found, until
    )


def openings(connection: Connection, message_ids: Iterable[str]) -> dict[str, Opening]:
    """Find the customers' first words behind asks, by message id, in one query."""
    wanted = [row for row in map(row_of, message_ids) if row is not None]
    query = (
        select(
            messages.c.id,
            messages.c.text,
            conversations.c.id.label("conversation_id"),
            conversations.c.contact_name,
        )
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id.in_(wanted))
    )
    return {
        message_name(row.id): Opening(
            conversation_id=row.conversation_id, name=row.contact_name, text=row.text
        )
        for row in connection.execute(query)
    }


def first_heard(connection: Connection) -> datetime | None:
    """Tell when the first message of a customer came; None before that."""
    return connection.scalar(
        select(messages.c.received_at)
        .where(messages.c.direction == "in", messages.c.import_id.is_(None))
        .order_by(messages.c.id)
        .limit(1)
    )


def newest(connection: Connection) -> tuple[int, int]:
    """Tell the newest rows of the log: while these stay the same, so does every report."""
    said = connection.scalar(select(func.max(messages.c.id)))
    happened = connection.scalar(select(func.max(events.c.id)))
    return said or 0, happened or 0


def changed_after(connection: Connection, as_of: datetime, *, tail: int) -> set[str] | None:
    """Name the conversations in which something happened after *as_of*.

    Only the last *tail* lines are looked at; None if that is not enough.
    """
    found: set[str] = set()
    for table, happened in ((messages, messages.c.received_at), (events, events.c.at)):
        query = select(table.c.conversation_id, happened.label("at"))
        if table is messages:
            query = query.add_columns(messages.c.sent_at)
        rows = connection.execute(query.order_by(table.c.id.desc()).limit(tail)).all()
        later = [row for row in rows if max(row[1:]) > as_of]
        if len(later) == tail:
            return None
        found |= {f"c{row.conversation_id}" for row in later if row.conversation_id is not None}
    return found


def _events(
    connection: Connection,
    said: ColumnElement[bool],
    happened: ColumnElement[bool],
    until: datetime | None,
    only: Sequence[int] | None = None,
) -> list[Event]:
    facts = _facts(connection, happened)
    log = Logged(
        facts=facts,
        places=_places(connection, only),
        names=_names(connection),
        meanings=_meanings(connection, happened),
    )
    found = list(log.said(connection.execute(_messages(said)).all()))
    found += log.happened()
    return found if until is None else [event for event in found if event.at <= until]


_READ = (
    *("edited", "deleted", "handoff", "taken", "released", "closed"),
    *("unneeded", "needed"),
)


def _places(connection: Connection, only: Sequence[int] | None) -> dict[int, Place]:
    c = conversations.c
    query = select(c.id, c.channel, c.account, c.surface, c.post, c.language)
    if only is not None:
        query = query.where(c.id.in_(only))
    put_on = _labels(connection, only)
    return {
        id: Place(
            channel=channel,
            account=account,
            surface="comment" if surface == "comment" else "dm",
            post=post,
            language=language,
            labels=put_on.get(id, ()),
        )
        for id, channel, account, surface, post, language in connection.execute(query)
    }


def _labels(connection: Connection, only: Sequence[int] | None) -> dict[int, tuple[str, ...]]:
    put_on: dict[int, tuple[str, ...]] = {}
    query = select(labels.c.conversation_id, labels.c.label).order_by(labels.c.label)
    if only is not None:
        query = query.where(labels.c.conversation_id.in_(only))
    for id, label in connection.execute(query):
        put_on[id] = (*put_on.get(id, ()), label)
    return put_on


def names_digest(connection: Connection) -> str:
    """Tell the agents' names by one word: while it stays, asks name the same people."""
    return sha256(repr(sorted(_names(connection).items())).encode()).hexdigest()


def _names(connection: Connection) -> dict[int, str]:
    """Agents by id; two of the same name are told apart by their addresses."""
    rows = connection.execute(select(agents.c.id, agents.c.name, agents.c.email)).all()
    bearers = Counter(row.name for row in rows)
    return {
        row.id: row.name if bearers[row.name] == 1 else f"{row.name} ({row.email})" for row in rows
    }


def _meanings(
    connection: Connection, chosen: ColumnElement[bool]
) -> dict[tuple[int, str], Meaning]:
    """What each message was first understood as, by conversation and the platform's id."""
    data = events.c.data
    query = (
        select(
            events.c.conversation_id,
            data["message"].as_string(),
            data["intent"].as_string(),
            data["language"].as_string(),
        )
        .where(chosen, events.c.type.in_(("decided", "ignored")))
        # The first decision on a message is the last to be put into the mapping.
        .order_by(events.c.id.desc())
    )
    return {
        (conversation, message): Meaning(intent, language)
        for conversation, message, intent, language in connection.execute(query)
        if message is not None
    }


def _messages(chosen: ColumnElement[bool]) -> Select[Any]:
    return (
        select(messages, outbox.c.inbox_id.label("answers"))
        .join(outbox, outbox.c.id == messages.c.outbox_id, isouter=True)
        # What the platform took and then could not deliver answered nobody.
        .where(chosen, or_(outbox.c.state.is_(None), outbox.c.state != Item.FAILED))
        .order_by(messages.c.id)
    )


def _facts(connection: Connection, chosen: ColumnElement[bool]) -> Facts:
    refusal = and_(
        events.c.type == "ignored",
        or_(
            events.c.data["why"].as_string().startswith(NO_ANSWER),
            events.c.data["why"].as_string() == DELETED,
        ),
    )
    query = (
        select(events).where(chosen, or_(events.c.type.in_(_READ), refusal)).order_by(events.c.id)
    )
    facts = Facts()
    for row in connection.execute(query):
        facts.add(row)
    return facts
