"""Why one message of a customer was answered as it was: all that the log knows of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.store.outbox import Item
from bot.store.tables import conversations, events, messages, outbox
from bot.store.thread import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of the bot to the message. *sent_at* is None unless the platform took it."""

    template: str | None
    variant: int | None
    state: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A message and the decision on it. *said* are the facts of the last decision, empty if none.

    *called* are those of the hand-off that it led to; *decided_at* is None without a decision.
    """

    message_id: int
    conversation_id: int
    text: str | None
    channel: str
    sent_at: datetime
    received_at: datetime
    decided_at: datetime | None
    ignored: bool
    said: Facts
    called: Facts | None
    replies: tuple[Reply, ...]


def explained(connection: Connection, conversation_id: int, message_id: int) -> Explained | None:
    """What became of a customer's message; None if there is none of that id there."""
    query = (
        select(messages, conversations.c.channel)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id == message_id, messages.c.conversation_id == conversation_id)
        .where(messages.c.direction == "in")
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    lines = _lines(connection, row)
    decided = lines.get("decided") or lines.get("ignored")
    called = lines.get("handoff")
    said = Facts(decided.data if decided else {})
    return Explained(
        message_id=row.id,
        conversation_id=row.conversation_id,
        text=row.text,
        channel=row.channel,
        sent_at=row.sent_at,
        received_at=row.received_at,
        decided_at=decided.at if decided else None,
        ignored=decided is not None and decided.type == "ignored",
        said=said,
        called=Facts(called.data) if called else None,
        replies=_replies(connection, row, said),
    )


def _lines(connection: Connection, row: Row[Any]) -> dict[str, Row[Any]]:
    """The last line of each type about the message; a decision takes the place of an earlier."""
    query = select(events).where(
        events.c.conversation_id == row.conversation_id,
        events.c.type.in_(("decided", "ignored", "handoff")),
        events.c.data["message"].as_string() == row.platform_id,
    )
    found: dict[str, Row[Any]] = {}
    for line in connection.execute(query.order_by(events.c.id)):
        if line.type in {"decided", "ignored"}:
            found = {}
        found[line.type] = line
    return found


def _replies(connection: Connection, row: Row[Any], said: Facts) -> tuple[Reply, ...]:
    if row.inbox_id is None:
        return ()
    query = select(outbox.c.flags, outbox.c.state, outbox.c.settled_at).where(
        outbox.c.conversation_id == row.conversation_id,
        outbox.c.inbox_id == row.inbox_id,
        outbox.c.author == "bot",
    )
    variants = {one.get("template"): one.get("variant") for one in said["said"] or ()}
    return tuple(
        Reply(
            template=one.flags.get("template"),
            variant=variants.get(one.flags.get("template")),
            state=one.state,
            sent_at=one.settled_at if one.state == Item.SENT else None,
        )
        for one in connection.execute(query.order_by(outbox.c.part))
    )
