"""The review queue as the desk shows it: messages that say the same in one card."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, exists, func, select

from bot.review import Reason
from bot.store.tables import REVIEW_OPEN, conversations, events, messages, reviews
from bot.store.thread import Facts

PAGE = 20


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    FREQUENT = "frequent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which cards to show; None takes all."""

    reason: Reason | None = None
    language: str | None = None
    channel: str | None = None
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Messages that say the same: the newest of them, *count* of all. *said* is the log's."""

    message_id: int
    conversation_id: int
    text: str
    channel: str
    language: str
    reason: Reason
    count: int
    at: datetime
    said: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many messages wait, by what they can be chosen by."""

    total: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)


def cards(connection: Connection, chosen: Chosen, *, limit: int = PAGE) -> list[Card]:
    """The first *limit* cards of those chosen."""
    groups = _frequent if chosen.order is Order.FREQUENT else _newest
    counts = groups(connection, chosen, limit)
    query = (
        select(reviews, messages.c.text, events.c.data)
        .join(messages, messages.c.id == reviews.c.message_id)
        .join(events, events.c.id == reviews.c.event_id)
        .where(reviews.c.message_id.in_(counts))
    )
    found = {row.message_id: row for row in connection.execute(query)}
    return [_card(found[id], count) for id, count in counts.items() if id in found]


def waiting(connection: Connection) -> Waiting:
    """Count what waits."""
    told = Waiting()
    by = (reviews.c.reason, reviews.c.language, reviews.c.channel)
    total = 0
    query = select(*by, func.count().label("count")).where(REVIEW_OPEN).group_by(*by)
    for reason, language, channel, count in connection.execute(query):
        told.reasons[reason] += count
        told.languages[language] += count
        told.channels[channel] += count
        total += count
    return Waiting(
        total=total, reasons=told.reasons, languages=told.languages, channels=told.channels
    )


def said_of(connection: Connection, message_id: int) -> Card | None:
    """Any customer's message as a card of its own, whether it waits or not; None if it is gone."""
    query = (
        select(messages, conversations.c.channel)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id == message_id, messages.c.direction == "in")
    )
    row = connection.execute(query).one_or_none()
    if row is None or not row.text:
        return None
    about = (
        events.c.conversation_id == row.conversation_id,
        events.c.type.in_(("decided", "ignored")),
        events.c.data["message"].as_string() == row.platform_id,
    )
    decided = select(events.c.data).where(*about).order_by(events.c.id.desc()).limit(1)
    said = connection.scalar(decided) or {}
    return Card(
        message_id=row.id,
        conversation_id=row.conversation_id,
        text=row.text,
        channel=row.channel,
        language=said.get("language") or "",
        reason=Reason.UNSURE,
        count=1,
        at=row.sent_at,
        said=Facts(said),
    )


def _frequent(connection: Connection, chosen: Chosen, limit: int) -> dict[int, int]:
    """The newest message of each of the largest groups, with the group's size."""
    newest, count = func.max(reviews.c.message_id), func.count()
    query = (
        select(newest, count)
        .where(*_only(reviews, chosen))
        .group_by(reviews.c.folded)
        .order_by(count.desc(), newest.desc())
        .limit(limit)
    )
    return dict(connection.execute(query).all())


def _newest(connection: Connection, chosen: Chosen, limit: int) -> dict[int, int]:
    """The newest message of each of the newest groups, with the group's size.

    Only as many rows are read as there are messages among the newest ones, however many wait.
    """
    later = reviews.alias("later")
    superseded = exists().where(
        *_only(later, chosen),
        later.c.folded == reviews.c.folded,
        later.c.message_id > reviews.c.message_id,
    )
    query = (
        select(reviews.c.message_id, reviews.c.folded)
        .where(*_only(reviews, chosen), ~superseded)
        .order_by(reviews.c.message_id.desc())
        .limit(limit)
    )
    first = connection.execute(query).all()
    sizes = (
        select(reviews.c.folded, func.count())
        .where(*_only(reviews, chosen), reviews.c.folded.in_([row.folded for row in first]))
        .group_by(reviews.c.folded)
    )
    counts: dict[str, int] = dict(connection.execute(sizes).all())
    return {row.message_id: counts[row.folded] for row in first}


def _only(table: FromClause, chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted = {
        "reason": chosen.reason,
        "language": chosen.language,
        "channel": chosen.channel,
    }
    filters = [table.c[name] == value for name, value in wanted.items() if value is not None]
    return [table.c.verdict.is_(None), *filters]


def _card(row: Any, count: int) -> Card:
    return Card(
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        text=row.text or "",
        channel=row.channel,
        language=row.language,
        reason=Reason(row.reason),
        count=count,
        at=row.at,
        said=Facts(row.data),
    )
