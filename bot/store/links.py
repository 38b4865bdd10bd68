"""A private reply tells who a comment's author is in direct messages: both are kept together.

Nothing else tells it. The log of either conversation names the other (type `linked`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.adapters import adapter
from bot.conversation import Conversation
from bot.store import conversations, inbox
from bot.store.outbox import Item
from bot.store.settle import Entry, log_events
from bot.store.tables import OUTBOX_OPEN, events, messages
from bot.store.tables import conversations as conversations_table
from bot.store.tables import outbox as outbox_table
from channels.messages import Action, EchoedReply, Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A conversation in direct messages that a private reply revealed."""

    channel: str
    account: str
    thread: str


def link(
    connection: Connection, *, comment: str | None, conversation_id: int, place: Place, at: datetime
) -> None:
    """Keep that the author of *comment*, said in *conversation_id*, is at *place*. Once."""
    if _linked(connection, conversation_id, comment):
        return
    public = conversations.by_id(connection, conversation_id)
    if public is None:
        return
    direct = conversations.ensure(connection, _direct(connection, public, comment, place), at=at)
    _log(connection, public, other=direct, comment=comment, at=at)
    _log(connection, direct, other=public, comment=comment, at=at)


def private_reply(connection: Connection, event: EchoedReply) -> str | None:
    """Our private reply that *event* shows in direct messages, where it stands in no conversation.

    By the platform's id; by its words while the answer that tells the id is still on its way.
    """
    if event.surface is not Surface.DIRECT:
        return None
    sent = (
        select(messages.c.outbox_id)
        .join(conversations_table, conversations_table.c.id == messages.c.conversation_id)
        .where(messages.c.platform_id == event.id, messages.c.visibility == Action.PRIVATE_REPLY)
        .where(conversations_table.c.account == event.account)
    )
    if (found := connection.scalar(sent.limit(1))) is not None:
        return str(found)
    leaving = select(outbox_table.c.id, outbox_table.c.message).where(
        OUTBOX_OPEN,
        outbox_table.c.state.in_((Item.SENDING, Item.UNKNOWN)),
        outbox_table.c.platform_id.is_(None),
    )
    rows = connection.execute(leaving.order_by(outbox_table.c.seq))
    return next((str(id) for id, message in rows if _says(message, event)), None)


def _says(message: dict[str, Any], event: EchoedReply) -> bool:
    return (
        message["action"] == Action.PRIVATE_REPLY
        and message["account"] == event.account
        and message["text"] == (event.text or "")
        and adapter(message["channel"]).webhook == adapter(event.channel).webhook
    )


def _direct(
    connection: Connection, public: Conversation, comment: str | None, place: Place
) -> Conversation:
    """The conversation as it begins. Others may write below the same comment: whose name is it?"""
    query = select(messages.c.contact_id).where(
        messages.c.conversation_id == public.id, messages.c.platform_id == comment
    )
    own = connection.scalar(query.limit(1)) == public.contact_id
    return Conversation(
        key=inbox.conversation_key(place.channel, place.account, place.thread),
        channel=place.channel,
        account=place.account,
        thread=place.thread,
        surface=Surface.DIRECT,
        contact_id=place.thread,
        contact_name=public.contact_name if own else None,
        language=public.language if own else None,
    )


def _linked(connection: Connection, conversation_id: int, comment: str | None) -> bool:
    query = select(events.c.data).where(
        events.c.conversation_id == conversation_id, events.c.type == "linked"
    )
    return any(data.get("comment") == comment for data in connection.scalars(query))


def _log(
    connection: Connection,
    one: Conversation,
    *,
    other: Conversation,
    comment: str | None,
    at: datetime,
) -> None:
    data = {"conversation": other.id, "channel": other.channel, "comment": comment}
    log_events(connection, one.id, [Entry(type="linked", actor="platform", data=data)], at)
