"""Asks as they are kept beside the log, and the tallies of those that have ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, Select, and_, delete, insert, select, update

from bot.reports.ask import Ask
from bot.reports.closed import Facets
from bot.reports.long import Piece
from bot.reports.only import NOTHING, Options
from bot.reports.tally import Tally
from bot.reports.waits import Measure
from bot.store.logged import row_of
from bot.store.tables import ask_tallies, asks

_FACETS = [ask_tallies.c[name] for name in Facets._fields]


class Kept(NamedTuple):
    """An ask as it is kept, and whether it has *ended* and is in the tallies."""

    ask: Ask
    ended: bool


def kept(connection: Connection, conversation_ids: Sequence[int]) -> dict[int, Kept]:
    """The asks of some conversations, by their first messages."""
    query = select(asks.c.first_message, asks.c.ended_at, asks.c.ask)
    return _kept(connection, query.where(asks.c.conversation_id.in_(conversation_ids)))


def overdue(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Conversations with an ask that is kept as open and has expired."""
    query = (
        select(asks.c.conversation_id)
        .where(asks.c.ended_at.is_(None), asks.c.expires_at <= now)
        .distinct()
        .limit(limit)
    )
    return list(connection.scalars(query))


def opened(connection: Connection, *, since: datetime, until: datetime) -> list[Ask]:
    """The asks opened from *since* until *until*, that instant included."""
    query = select(asks.c.ask).where(asks.c.opened_at >= since, asks.c.opened_at <= until)
    return [loaded(text) for text in connection.scalars(query)]


def begun_by(connection: Connection, first_messages: Sequence[int]) -> list[Ask]:
    """The asks that begin with some messages, oldest first, as far as there are any."""
    query = select(asks.c.ask).where(asks.c.first_message.in_(first_messages))
    return [loaded(text) for text in connection.scalars(query.order_by(asks.c.opened_at))]


def everything(connection: Connection) -> dict[int, Kept]:
    """Every ask there is, by its first message."""
    return _kept(connection, select(asks.c.first_message, asks.c.ended_at, asks.c.ask))


def every_tally(connection: Connection) -> dict[Facets, Tally]:
    """Every tally there is."""
    rows = connection.execute(select(*_FACETS, ask_tallies.c.cells))
    return {Facets(*row[:-1]): Tally.load([row.cells]) for row in rows}


def tally(connection: Connection, wanted: Iterable[Facets]) -> dict[Facets, Tally]:
    """The tallies that there are of *wanted*."""
    found = {}
    for facets in wanted:
        same = and_(*(column == value for column, value in zip(_FACETS, facets, strict=True)))
        cells = connection.scalar(select(ask_tallies.c.cells).where(same))
        if cells is not None:
            found[facets] = Tally.load([cells])
    return found


def forget_author(connection: Connection, conversation_id: int) -> None:
    """Take the customer's id out; the next upkeep puts in what stands for it now."""
    for first, (ask, _) in kept(connection, [conversation_id]).items():
        blank = _told(ask._replace(author=None))
        connection.execute(update(asks).where(asks.c.first_message == first).values(ask=blank))


def pieces(
    connection: Connection, *, days: tuple[int, int], measure: Measure, only: Mapping[str, str]
) -> list[Piece]:
    """The tallies of the days from one ordinal to another; *only* maps facets to their values."""
    query = select(ask_tallies.c.day, ask_tallies.c.channel, ask_tallies.c.cells).where(
        ask_tallies.c.day.between(*days), ask_tallies.c.measure == measure
    )
    for name, value in only.items():
        query = query.where(ask_tallies.c[name] == value)
    return [Piece(*row) for row in connection.execute(query)]


def options(connection: Connection, *, days: tuple[int, int]) -> Options:
    """What the ended asks of some days differ in, as far as tallies tell them apart."""
    found = {}
    for name in ("channel", "account", "surface", "intent", "language"):
        column = ask_tallies.c[name]
        values = connection.scalars(
            select(column).where(ask_tallies.c.day.between(*days)).distinct()
        )
        found[name] = tuple(sorted(value or NOTHING for value in values))
    return Options(**found)


def still_open(connection: Connection) -> list[Ask]:
    """The asks that have not ended, as far as is kept."""
    query = select(asks.c.ask).where(asks.c.ended_at.is_(None))
    return [loaded(text) for text in connection.scalars(query)]


def write(
    connection: Connection, *, rows: Sequence[Mapping[str, Any]], gone: Sequence[int]
) -> None:
    """Put *rows* in the place of those of the same first message; drop the *gone*."""
    stale = [*gone, *(row["first_message"] for row in rows)]
    if stale:
        connection.execute(delete(asks).where(asks.c.first_message.in_(stale)))
    if rows:
        connection.execute(insert(asks), rows)


def write_tallies(connection: Connection, changed: Mapping[Facets, Tally]) -> None:
    """Put tallies in the place of those of the same facets; empty ones go."""
    for facets in changed:
        same = and_(*(column == value for column, value in zip(_FACETS, facets, strict=True)))
        connection.execute(delete(ask_tallies).where(same))
    rows = [
        {**facets._asdict(), "cells": counts.dump()}
        for facets, counts in changed.items()
        if len(counts)
    ]
    if rows:
        connection.execute(insert(ask_tallies), rows)


def row(ask: Ask, now: datetime) -> dict[str, Any]:
    """The row that keeps an ask, as it stands *now*."""
    return {
        "first_message": first_message(ask),
        "conversation_id": int(ask.conversation.removeprefix("c")),
        "opened_at": ask.opened_at,
        "expires_at": ask.expires_at,
        "ended_at": None if ask.status(now) == "open" else ask.followed_until(now),
        "ask": _told(ask),
    }


def first_message(ask: Ask) -> int:
    """The row id of the message that an ask of our log begins with."""
    found = row_of(ask.message_ids[0])
    if found is None:
        raise ValueError(f"{ask.id} is not from our log")
    return found


def _kept(connection: Connection, query: Select[Any]) -> dict[int, Kept]:
    return {
        row.first_message: Kept(loaded(row.ask), row.ended_at is not None)
        for row in connection.execute(query)
    }


def _told(ask: Ask) -> str:
    return _adapter().dump_json(ask).decode()


def loaded(text: str) -> Ask:
    """Read an ask back."""
    return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Ask]:
    return TypeAdapter(Ask)
