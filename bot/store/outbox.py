"""The outbox: what we will say, who may say it, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from bot.store import counted
from bot.store.counted import Link
from bot.store.dialect import among
from bot.store.prepared import fetch, run_many
from bot.store.tables import OUTBOX_OPEN, accounts, conversations, messages, outbox
from channels.messages import AgentMessage, Attachment, OutboundMessage

# Written out: the statements are prepared once, without values of their own to be filled in.
BUSY: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in ("queued", "sending")]
AccountKey = tuple[str, str]
# The reason of items whose words were erased: whoever still has these in memory drops them.
ERASED = "erased"


class Item(StrEnum):
    """The states of an outbox item. The last six are final."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to send. *flags*: template, ack, handoff, expects_reply, discloses, opts_out.

    It is given up at *expires_at* (too stale to help) and at *window_until* (the platform no
    longer takes it; None where there is no window).
    """

    message: OutboundMessage
    flags: dict[str, Any]
    not_before: datetime
    expires_at: datetime
    window_until: datetime | None = None
    agent_id: int | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An item that this process alone may send, once, now.

    *doubtful* says that an earlier try may have got through; *claimed_at* tells one claim of it
    from the next. *probes*: its account is paused, and this one tries whether it still has to be.
    """

    id: str
    conversation_id: int
    message: OutboundMessage
    flags: dict[str, Any]
    inbox_id: int | None
    agent_id: int | None
    tries: int
    doubtful: bool
    expires_at: datetime
    claimed_at: datetime
    probes: bool = False


def rows(
    drafts: Sequence[Draft],
    *,
    conversation_id: int,
    partition: int,
    fence: int,
    at: datetime,
    inbox_id: int | None = None,
    claimed_by: str | None = None,
) -> list[dict[str, Any]]:
    """Outbox rows for *drafts*, in their order. With *claimed_by* the first one is born claimed."""
    return [
        {
            "id": draft.message.id,
            "conversation_id": conversation_id,
            "partition": partition,
            "inbox_id": inbox_id,
            "part": part,
            "author": author_of(draft.message),
            "agent_id": draft.agent_id,
            "message": draft.message,
            "flags": draft.flags,
            "state": Item.SENDING if claimed_by and part == 0 else Item.QUEUED,
            "fence": fence,
            "created_at": at,
            "not_before": draft.not_before,
            "expires_at": draft.expires_at,
            "window_until": draft.window_until,
            "tries": 0,
            "doubtful": False,
            "claimed_by": claimed_by if part == 0 else None,
            "claimed_at": at if claimed_by and part == 0 else None,
        }
        for part, draft in enumerate(drafts)
    ]


def add(connection: Connection, new: Sequence[dict[str, Any]]) -> None:
    """Insert rows made by `rows`."""
    if new:
        run_many(connection, _ADD, new)


def add_links(
    connection: Connection, drafts: Sequence[Draft], *, conversation_id: int, at: datetime
) -> None:
    """Store the counted links of *drafts*."""
    for draft in drafts:
        if draft.links:
            counted.add(
                connection,
                [(draft.message.id, draft.links)],
                conversation_id=conversation_id,
                author=author_of(draft.message),
                at=at,
            )


def author_of(message: OutboundMessage) -> str:
    """Who wrote *message*: bot or agent."""
    return "agent" if isinstance(message, AgentMessage) else "bot"


def busy(connection: Connection, conversation_ids: Sequence[int]) -> set[int]:
    """In which of these something waits already, or has to: their account is paused.

    Only a probe may leave there, which can end the pause.
    """
    return {id for (id,) in fetch(connection, _BUSY_IN, {"ids": conversation_ids})}


def cancel(
    connection: Connection,
    *,
    reason: str,
    at: datetime,
    conversation_id: int | None = None,
    inbox_id: int | None = None,
    author: str = "bot",
) -> int:
    """Cancel queued items of a conversation or of one inbox row. Returns how many."""
    query = update(outbox).where(outbox.c.state == Item.QUEUED, outbox.c.author == author)
    if conversation_id is not None:
        query = query.where(outbox.c.conversation_id == conversation_id)
    if inbox_id is not None:
        query = query.where(outbox.c.inbox_id == inbox_id)
    return connection.execute(
        query.values(state=Item.CANCELLED, reason=reason, settled_at=at)
    ).rowcount


def in_flight(connection: Connection, conversation_id: int) -> tuple[str, ...]:
    """Ids of the bot's messages that are being sent in a conversation right now."""
    return tuple(
        connection.scalars(
            select(outbox.c.id).where(
                outbox.c.conversation_id == conversation_id,
                outbox.c.state == Item.SENDING,
                outbox.c.author == "bot",
            )
        )
    )


def sent_row(item: Claimed, *, platform_id: str | None, at: datetime) -> dict[str, Any]:
    """The log's message row of an item that its platform accepted at *at*."""
    message = item.message
    return {
        "conversation_id": item.conversation_id,
        "outbox_id": item.id,
        "direction": "out",
        "author": author_of(message),
        "agent_id": item.agent_id,
        "visibility": "private_reply" if message.action == "private_reply" else "public",
        "kind": str(message.action),
        "platform_id": platform_id,
        "text": message.all_text,
        "attachments": [_told(one) for one in message.all_attachments] or None,
        "reply_to": message.reply_to,
        "ack": bool(item.flags.get("ack")),
        "handoff": bool(item.flags.get("handoff")),
        "expects_reply": bool(item.flags.get("expects_reply")),
        "answerable": True,
        "sent_at": at,
        "received_at": at,
    }


def _told(one: Attachment) -> dict[str, Any]:
    told = {"type": one.type, "url": one.url, "title": one.title, "file": one.id}
    return {name: value for name, value in told.items() if value is not None}


def log_sent(connection: Connection, new: Sequence[dict[str, Any]]) -> None:
    """Write the log's message rows made by `sent_row`."""
    if new:
        run_many(connection, _LOG, new)


def open_counts(connection: Connection) -> dict[str, int]:
    """How many items are queued, being sent and unknown."""
    query = select(outbox.c.state, func.count()).where(OUTBOX_OPEN).group_by(outbox.c.state)
    return dict(connection.execute(query).all())


ITS_ACCOUNT = and_(
    accounts.c.channel == conversations.c.channel,
    accounts.c.account == conversations.c.account,
)


_BUSY_IN = (
    select(conversations.c.id)
    .join(accounts, ITS_ACCOUNT, isouter=True)
    .where(among(conversations.c.id, "ids"))
    .where(
        or_(
            accounts.c.paused_at.is_not(None),
            exists().where(
                outbox.c.conversation_id == conversations.c.id, outbox.c.state.in_(BUSY)
            ),
        )
    )
)
_ADD = insert(outbox)
_LOG = insert(messages)
