"""Take in what needs no answer: our own words coming back, receipts, edits, deletions, notices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, insert, select, update

from bot import handoff
from bot.conversation import Conversation, State
from bot.store import conversations, deletion, inbox, links, outbox, outcomes
from bot.store.inbox import Pending
from bot.store.links import Place
from bot.store.names import MOVED
from bot.store.outbox import Item
from bot.store.settle import AlreadyDecided, Entry, Owner, check_lease, log_events
from bot.store.tables import messages
from bot.store.tables import outbox as outbox_table
from channels.messages import (
    ChannelNotice,
    DeliveryReceipt,
    EchoedReply,
    Event,
    MessageDeleted,
    MessageEdited,
    Surface,
)

OWN_ECHO = timedelta(minutes=10)
GONE_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """*again* is set when a message was changed before its answer left.

    It is the conversation as it stands now, for the new decision.
    """

    again: Conversation | None = None


def absorb(
    connection: Connection, work: Sequence[tuple[Owner, Pending, datetime]]
) -> list[Absorbed]:
    """Store what each event says. Raises LostPartition or AlreadyDecided."""
    check_lease(connection, work[0][0], [pending.partition for _, pending, _ in work])
    return [_absorb(connection, pending, at) for _, pending, at in work]


def _absorb(connection: Connection, pending: Pending, at: datetime) -> Absorbed:
    event = pending.event
    again = None
    match event:
        case EchoedReply():
            _echo(connection, pending.conversation, event, at)
        case MessageEdited():
            again = _edit(connection, pending, event, at)
        case MessageDeleted():
            _delete(connection, pending.conversation, event, at)
        case DeliveryReceipt():
            _receipt(connection, event)
        case ChannelNotice():
            _notice(connection, pending.conversation, event, at)
        case _:
            pass
    if again is None and not inbox.done(connection, [pending.id]):
        raise AlreadyDecided
    return Absorbed(again=again)


def _echo(connection: Connection, key: str, event: EchoedReply, at: datetime) -> None:
    present = _conversation(connection, key)
    ours = event.outbound_id or _by_words(connection, present, event)
    ours = ours or links.private_reply(connection, event)
    place = Place(channel=event.channel, account=event.account, thread=event.thread)
    if ours and outcomes.confirm(
        connection, id=ours, platform_id=event.id, at=event.sent_at, place=place
    ):
        return
    if _message(connection, present, event.id) is not None:
        return
    if present is None:
        if event.surface is Surface.COMMENT:
            return
        present = _opened(connection, key, event, at)
    connection.execute(
        insert(messages),
        {
            "conversation_id": present.id,
            "direction": "out",
            "author": "agent",
            "visibility": "public",
            "kind": event.kind,
            "platform_id": event.id,
            "text": event.text,
            "reply_to": event.reply_to,
            "sent_at": event.sent_at,
            "received_at": event.received_at,
        },
    )
    # By our clock: a platform's may be behind, and a person's silence would look over.
    handoff.take_by_platform(connection, present, at=event.received_at)


def _by_words(
    connection: Connection, present: Conversation | None, event: EchoedReply
) -> str | None:
    """Our item that says the same in the same place and may be the one that comes back."""
    if present is None:
        return None
    candidates = connection.execute(
        select(outbox_table.c.id, outbox_table.c.message, outbox_table.c.platform_id)
        .where(
            outbox_table.c.conversation_id == present.id,
            outbox_table.c.state.in_((Item.SENDING, Item.UNKNOWN, Item.SENT, Item.FAILED)),
            outbox_table.c.created_at > event.received_at - OWN_ECHO,
        )
        .order_by(outbox_table.c.seq)
    )
    for row in candidates:
        if row.platform_id == event.id:
            return str(row.id)
        if row.platform_id is None and row.message["text"] == (event.text or ""):
            return str(row.id)
    return None


def _edit(
    connection: Connection, pending: Pending, event: MessageEdited, at: datetime
) -> Conversation | None:
    key = pending.conversation
    row = _message(connection, _conversation(connection, key), event.id)
    if row is None:
        return None
    connection.execute(update(messages).where(messages.c.id == row.id).values(text=event.text))
    data = {"message": row.id, "was": row.text, "text": event.text, "at": str(event.sent_at)}
    # Whose bodies a deletion must find.
    data["inbox"] = [id for id in (row.inbox_id, pending.id) if id is not None]
    entry = Entry(type="edited", actor="customer", data=data)
    log_events(connection, row.conversation_id, [entry], at)
    if row.inbox_id is None or not row.answerable or _begun(connection, row.inbox_id):
        return None
    present = _silenced(connection, key, row.inbox_id, "the customer changed the message", at)
    if present is not None:
        # What answers the edit answers the message: a later edit or deletion must find it.
        connection.execute(
            update(messages).where(messages.c.id == row.id).values(inbox_id=pending.id)
        )
    return present


def _begun(connection: Connection, inbox_id: int) -> bool:
    """Whether a part of the answer is with the platform already."""
    query = select(outbox_table.c.id).where(
        outbox_table.c.inbox_id == inbox_id,
        outbox_table.c.state.in_((Item.SENDING, Item.UNKNOWN, Item.SENT)),
    )
    return connection.scalar(query.limit(1)) is not None


def _silenced(
    connection: Connection, key: str, inbox_id: int, reason: str, at: datetime
) -> Conversation | None:
    """Cancel what would answer *inbox_id*; None if nothing waited.

    A disclosure that never left was not made.
    """
    query = select(outbox_table.c.flags).where(
        outbox_table.c.inbox_id == inbox_id, outbox_table.c.state == Item.QUEUED
    )
    discloses = any(flags.get("discloses") for flags in connection.scalars(query))
    cancelled = outbox.cancel(connection, reason=reason, at=at, inbox_id=inbox_id)
    present = _conversation(connection, key) if cancelled else None
    if present is not None and discloses and not _begun(connection, inbox_id):
        present = replace(present, disclosed_at=None)
        conversations.save(connection, [present])
    return present


def _delete(connection: Connection, key: str, event: MessageDeleted, at: datetime) -> None:
    present = _conversation(connection, key)
    row = _message(connection, present, event.id)
    inbox.drop_deleted(connection, conversation=key, message_id=event.id)
    if row is None:
        present = present or _opened(connection, key, event, at)
        gone = (*present.gone, event.id)[-GONE_LIMIT:]
        conversations.save(connection, [replace(present, gone=gone)])
        return
    if row.inbox_id is not None:
        _silenced(connection, key, row.inbox_id, "the customer deleted the message", at)
    deletion.blank(connection, row)
    entry = Entry(type="deleted", actor="customer", data={"message": row.id})
    log_events(connection, row.conversation_id, [entry], event.sent_at)


def _receipt(connection: Connection, event: DeliveryReceipt) -> None:
    """What the platform says of a message of ours that it names by our id or its own."""
    if event.failure is not None:
        outcomes.undelivered(
            connection,
            id=event.outbound_id,
            platform_ids=event.ids,
            reason=event.failure,
            at=event.sent_at,
        )
    elif event.outbound_id is not None:
        name = event.ids[0] if event.ids else None
        outcomes.confirm(connection, id=event.outbound_id, platform_id=name, at=event.sent_at)


def _notice(connection: Connection, key: str, event: ChannelNotice, at: datetime) -> None:
    present = _conversation(connection, key) if event.thread else None
    if present is not None and event.kind == MOVED:
        conversations.save(connection, [replace(present, thread=event.thread)])
    data = {"kind": event.kind, "detail": event.detail, "account": event.account}
    entry = Entry(type="notice", actor="customer" if event.contact else "platform", data=data)
    if present is not None or event.kind.startswith("account."):
        log_events(connection, present.id if present else None, [entry], at)
    if present is not None and event.leaves:
        _leave(connection, present, at)


def _leave(connection: Connection, present: Conversation, at: datetime) -> None:
    """Say nothing more to who cannot be reached, and call nobody; an agent who talks decides."""
    assert present.id is not None  # noqa: S101 - it is stored
    outbox.cancel(connection, reason="the customer left", at=at, conversation_id=present.id)
    if present.state is not State.AGENT:
        conversations.save(connection, [outcomes.left(present)])
    log_events(connection, present.id, [outcomes.LEFT], at)


def _conversation(connection: Connection, key: str) -> Conversation | None:
    return conversations.by_keys(connection, [key]).get(key)


def _opened(connection: Connection, key: str, event: Event, at: datetime) -> Conversation:
    """A conversation that we first hear of from the brand's side."""
    new = Conversation(
        key=key,
        channel=event.channel,
        account=event.account,
        thread=event.thread,
        surface=event.surface,
        contact_id=event.thread,
    )
    conversations.lock(connection, [new], at=at)
    return conversations.by_keys(connection, [key])[key]


def _message(
    connection: Connection, present: Conversation | None, platform_id: str
) -> Row[tuple[int, ...]] | None:
    if present is None:
        return None
    return connection.execute(
        select(messages)
        .where(messages.c.platform_id == platform_id, messages.c.conversation_id == present.id)
        .order_by(messages.c.id)
        .limit(1)
    ).one_or_none()
