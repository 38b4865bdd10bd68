"""The imports there were, and how one is taken out of the log again, a little at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, exists, insert, select, update

from bot.store import upkeep
from bot.store.tables import (
    asks,
    conversations,
    events,
    files,
    imports,
    labels,
    messages,
    outbox,
    reviews,
    taught,
)

STEP = 500


def listed(connection: Connection) -> list[Row[Any]]:
    """Every import, the newest first."""
    return list(connection.execute(select(imports).order_by(imports.c.id.desc())).all())


def begin(connection: Connection, id: int, *, at: datetime) -> bool:
    """Let nothing more come of an import; False if there is none of that number."""
    ours = imports.c.id == id
    connection.execute(
        update(imports).where(ours, imports.c.undone_at.is_(None)).values(undone_at=at)
    )
    return connection.scalar(select(imports.c.id).where(ours)) is not None


def step(connection: Connection, id: int, *, at: datetime) -> int:
    """Take out up to STEP rows; 0 once nothing is left of the import."""
    for one in (_messages, _closings, _conversations):
        done = one(connection, id, at)
        if done:
            return done
    return 0


def _messages(connection: Connection, id: int, at: datetime) -> int:
    brought = select(messages.c.id).where(messages.c.import_id == id)
    ids = list(connection.scalars(brought.order_by(messages.c.id.desc()).limit(STEP)))
    if ids:
        _changed(connection, id, at)
        connection.execute(
            update(taught).where(taught.c.message_id.in_(ids)).values(message_id=None)
        )
        connection.execute(delete(reviews).where(reviews.c.message_id.in_(ids)))
        connection.execute(delete(messages).where(messages.c.id.in_(ids)))
    return len(ids)


def _closings(connection: Connection, id: int, at: datetime) -> int:
    brought = select(events.c.id).where(
        events.c.type == "closed", events.c.data["import"].as_integer() == id
    )
    ids = list(connection.scalars(brought.limit(STEP)))
    if ids:
        _changed(connection, id, at)
        connection.execute(delete(events).where(events.c.id.in_(ids)))
    return len(ids)


def _conversations(connection: Connection, id: int, at: datetime) -> int:
    """Drop what is empty now. Where a customer wrote since, or people worked, it is theirs."""
    c = conversations.c
    ids = list(connection.scalars(select(c.id).where(c.import_id == id).limit(STEP)))
    if not ids:
        return 0
    _changed(connection, id, at)
    used = [_used(table) for table in (messages, events, outbox, labels, files, asks, reviews)]
    empty = select(c.id).where(c.id.in_(ids), *(~one for one in used))
    gone = list(connection.scalars(empty))
    connection.execute(delete(conversations).where(c.id.in_(gone)))
    connection.execute(update(conversations).where(c.id.in_(ids)).values(import_id=None))
    return len(ids)


def _used(table: Table) -> Any:
    return exists().where(table.c.conversation_id == conversations.c.id)


def _changed(connection: Connection, id: int, at: datetime) -> None:
    """Tell all who follow the log that it is another one now.

    SQLite gives the numbers of deleted rows to new ones: the line keeps the log's end from ever
    looking as it did before, and what was kept of asks has to be worked out anew.
    """
    line = {"conversation_id": None, "type": "undone", "at": at, "actor": "system"}
    connection.execute(insert(events), line | {"data": {"import": id}})
    upkeep.forget(connection)
