"""Make one conversation of two that turn out to be the same customer's."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from bot.conversation import Conversation, State
from bot.store import conversations
from bot.store.tables import (
    INBOX_OPEN,
    OUTBOX_OPEN,
    asks,
    events,
    files,
    inbox,
    labels,
    messages,
    outbox,
    reviews,
)
from bot.store.tables import conversations as table
from bot.store.tables import thread_names as names
from channels.messages import Event

# Who has the word afterwards: whoever is to be disturbed least.
_RANK = (State.AGENT, State.WAITING, State.BOT, State.CLOSED)


def join(connection: Connection, event: Event, thread: str, *, into: str) -> bool:
    """Move all that was said in *thread* to another of the same customer, as *event* tells.

    False, and nothing is changed, while something waits or is being sent in either: whoever is at
    work there holds its state in memory.
    """
    place = f"{event.channel}/{event.account}"
    old, kept = f"{place}/{thread}", f"{place}/{into}"
    query = select(table.c.id, table.c.key).where(table.c.key.in_((old, kept)))
    ids = {
        row.key: row.id for row in connection.execute(query.order_by(table.c.id).with_for_update())
    }
    if _busy(connection, (old, kept), list(ids.values())):
        return False
    if old in ids and kept in ids:
        _move(connection, ids[old], ids[kept], at=event.received_at)
    elif old in ids:
        connection.execute(update(table).where(table.c.id == ids[old]).values(key=kept))
    theirs = (names.c.channel == event.channel, names.c.account == event.account)
    connection.execute(update(names).where(*theirs, names.c.thread == thread).values(thread=into))
    return True


def _busy(connection: Connection, keys: tuple[str, str], ids: list[int]) -> bool:
    waiting = select(inbox.c.id).where(INBOX_OPEN, inbox.c.conversation.in_(keys)).limit(1)
    leaving = select(outbox.c.seq).where(OUTBOX_OPEN, outbox.c.conversation_id.in_(ids)).limit(1)
    return any(connection.scalar(query) is not None for query in (waiting, leaving))


def _move(connection: Connection, old: int, kept: int, *, at: datetime) -> None:
    ours, theirs = conversations.by_id(connection, kept), conversations.by_id(connection, old)
    assert ours is not None and theirs is not None  # noqa: S101, PT018 - both are locked
    conversations.save(connection, [merged(ours, theirs)])
    for said in (messages, events, outbox, files, reviews, asks):
        connection.execute(
            update(said).where(said.c.conversation_id == old).values(conversation_id=kept)
        )
    had = select(labels.c.label).where(labels.c.conversation_id == kept)
    ones = labels.c.conversation_id == old
    connection.execute(delete(labels).where(ones, labels.c.label.in_(had)))
    connection.execute(update(labels).where(ones).values(conversation_id=kept))
    connection.execute(delete(table).where(table.c.id == old))
    # The line also tells whoever keeps reports in memory that the log is another one now.
    line = {"conversation_id": kept, "type": "joined", "at": at, "actor": "platform", "data": {}}
    connection.execute(insert(events), line)


def merged(ours: Conversation, theirs: Conversation) -> Conversation:
    """*ours* with what *theirs* knew; a person who has the word in either keeps it."""
    word = min(ours, theirs, key=lambda one: _RANK.index(one.state))
    answered = _latest(ours.last_out_at, theirs.last_out_at)
    return replace(
        ours,
        state=word.state,
        fence=max(ours.fence, theirs.fence) + 1,
        agent_id=word.agent_id,
        waiting_since=word.waiting_since,
        handoff_reason=word.handoff_reason,
        contact_name=ours.contact_name or theirs.contact_name,
        language=ours.language or theirs.language,
        slots=theirs.slots | ours.slots,
        choices=(ours if ours.last_out_at == answered else theirs).choices,
        gone=(*theirs.gone, *ours.gone),
        opted_out_at=_latest(ours.opted_out_at, theirs.opted_out_at),
        disclosed_at=_latest(ours.disclosed_at, theirs.disclosed_at),
        last_in_at=_latest(ours.last_in_at, theirs.last_in_at),
        last_out_at=answered,
        last_agent_at=_latest(ours.last_agent_at, theirs.last_agent_at),
    )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
