"""What the bot once decided on, message by message, from the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, select

from bot.store.tables import conversations, events, messages
from channels.messages import Attachment

_AT_ONCE = 500
_ATTACHMENTS = TypeAdapter(tuple[Attachment, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A customer's message and what the log says of the decision on it (`bot.explain`)."""

    conversation: str
    channel: str
    surface: str
    kind: str
    text: str | None
    attachments: tuple[Attachment, ...]
    sent_at: datetime
    said: Mapping[str, Any]


def decided(
    connection: Connection, *, since: datetime, until: datetime, channel: str | None = None
) -> Iterator[Decided]:
    """The messages decided on from *since* until before *until*, conversation by conversation.

    Without those that a bot may not answer, and those whose words are gone.
    """
    query = (
        select(
            conversations.c.key,
            conversations.c.channel,
            conversations.c.surface,
            messages.c.kind,
            messages.c.text,
            messages.c.attachments,
            messages.c.sent_at,
            events.c.data,
        )
        .select_from(events)
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .join(
            messages,
            and_(
                messages.c.conversation_id == events.c.conversation_id,
                messages.c.platform_id == events.c.data["message"].as_string(),
                messages.c.direction == "in",
                messages.c.answerable,
            ),
        )
        .where(events.c.type.in_(("decided", "ignored")))
        .where(events.c.at >= since, events.c.at < until)
        .order_by(events.c.conversation_id, events.c.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    if channel is not None:
        query = query.where(conversations.c.channel == channel)
    for row in connection.execute(query):
        if not (row.text or row.attachments):
            continue
        yield Decided(
            conversation=row.key,
            channel=row.channel,
            surface=row.surface,
            kind=row.kind,
            text=row.text,
            attachments=_ATTACHMENTS.validate_python(row.attachments or ()),
            sent_at=row.sent_at,
            said=row.data,
        )
