"""What the desk shows of the queue, and the small things that agents write: notes and labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

from bot.conversation import State
from bot.store.dialect import inserted
from bot.store.settle import Entry, log_events
from bot.store.tables import agents, conversations, events, labels, messages
from channels.messages import Action

PAGE = 50
MOST = 500
LAST_WORDS = 160


class Tab(StrEnum):
    """The lists of the desk."""

    WAITING = "waiting"
    MINE = "mine"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A conversation in a list. *since* is when the oldest unanswered message came (or when it was
    handed over), None if the customer waits for nothing; *unread* counts those messages.
    """

    id: int
    state: State
    channel: str
    account: str
    surface: str
    name: str | None
    language: str | None
    agent_id: int | None
    agent_name: str | None
    handoff_reason: str | None
    since: datetime | None
    last_at: datetime
    last_words: str = ""
    last_author: str = "customer"
    unread: int = 0
    labels: tuple[str, ...] = field(default=())


def counts(connection: Connection, agent_id: int) -> dict[Tab, int]:
    """How many conversations each list holds; closed ones are not counted."""
    return {
        tab: connection.scalar(
            select(func.count()).select_from(conversations).where(_in(tab, agent_id))
        )
        or 0
        for tab in (Tab.WAITING, Tab.MINE, Tab.OPEN)
    }


def queue(
    connection: Connection,
    *,
    tab: Tab,
    agent_id: int,
    search: str = "",
    limit: int = PAGE,
) -> list[QueueRow]:
    """The conversations of a list, those that wait longest first, closed ones newest first."""
    query = (
        select(conversations, agents.c.name.label("agent_name"))
        .join(agents, agents.c.id == conversations.c.agent_id, isouter=True)
        .where(_in(tab, agent_id))
        .limit(min(limit, MOST))
    )
    if search:
        query = query.where(_found(search))
    c = conversations.c
    last = func.coalesce(c.last_in_at, c.created_at)
    match tab:
        case Tab.WAITING:
            query = query.order_by(c.waiting_since, c.id)
        case Tab.MINE:
            query = query.order_by(func.coalesce(_unanswered_since(), c.last_in_at), c.id)
        case Tab.OPEN:
            query = query.order_by(c.waiting_since.is_(None), c.waiting_since, last.desc(), c.id)
        case Tab.CLOSED:
            query = query.order_by(last.desc(), c.id)
    return _with_words(connection, connection.execute(query).all())


def states(connection: Connection, ids: Sequence[int]) -> dict[int, State]:
    """Who has the word in each of these conversations."""
    query = select(conversations.c.id, conversations.c.state).where(conversations.c.id.in_(ids))
    return {id: State(state) for id, state in connection.execute(query)}


def add_note(
    connection: Connection, *, conversation_id: int, agent_id: int, text: str, at: datetime
) -> None:
    """Write a note that only agents see."""
    connection.execute(
        insert(messages).values(
            conversation_id=conversation_id,
            direction="out",
            author="agent",
            agent_id=agent_id,
            visibility="note",
            kind="note",
            text=text,
            sent_at=at,
            received_at=at,
        )
    )


def mark(
    connection: Connection, *, conversation_id: int, agent_id: int, needed: bool, at: datetime
) -> None:
    """Note that what the customer said needs no reply, or *needed* one after all.

    It ends no ask, as closing ends none: figures tell it apart, and its clock runs on.
    """
    actor = f"agent:{agent_id}"
    yes, no = (
        Entry(type="needed", actor=actor, data={}),
        Entry(type="unneeded", actor=actor, data={}),
    )
    log_events(connection, conversation_id, [yes if needed else no], at)


def add_label(
    connection: Connection, *, conversation_id: int, label: str, agent_id: int, at: datetime
) -> None:
    """Put a label on a conversation."""
    row = {"conversation_id": conversation_id, "label": label}
    if inserted(connection, labels, row):
        _log(connection, "labelled", conversation_id, agent_id, at, label)


def remove_label(
    connection: Connection, *, conversation_id: int, label: str, agent_id: int, at: datetime
) -> None:
    """Take a label off."""
    gone = delete(labels).where(
        labels.c.conversation_id == conversation_id, labels.c.label == label
    )
    if connection.execute(gone).rowcount:
        _log(connection, "unlabelled", conversation_id, agent_id, at, label)


def known_labels(connection: Connection) -> list[str]:
    """Every label in use."""
    return list(
        connection.scalars(select(labels.c.label).distinct().order_by(labels.c.label).limit(200))
    )


def _log(
    connection: Connection,
    type: str,
    conversation_id: int,
    agent_id: int,
    at: datetime,
    label: str,
) -> None:
    connection.execute(
        insert(events).values(
            conversation_id=conversation_id,
            type=type,
            at=at,
            actor=f"agent:{agent_id}",
            data={"label": label},
        )
    )


def _in(tab: Tab, agent_id: int) -> ColumnElement[bool]:
    c = conversations.c
    match tab:
        case Tab.WAITING:
            return c.state == State.WAITING
        case Tab.MINE:
            return and_(c.state == State.AGENT, c.agent_id == agent_id)
        case Tab.OPEN:
            return c.state.in_([State.BOT, State.WAITING, State.AGENT])
        case Tab.CLOSED:
            return c.state == State.CLOSED


def _found(search: str) -> ColumnElement[bool]:
    said = exists().where(
        messages.c.conversation_id == conversations.c.id,
        messages.c.text.icontains(search, autoescape=True),
    )
    labelled = exists().where(
        labels.c.conversation_id == conversations.c.id, labels.c.label == search
    )
    return or_(conversations.c.contact_name.icontains(search, autoescape=True), said, labelled)


def _unanswered() -> ColumnElement[bool]:
    """Customer messages after the brand's last public words in the same conversation."""
    said = messages.alias("said")
    return and_(
        messages.c.conversation_id == conversations.c.id,
        messages.c.direction == "in",
        messages.c.import_id.is_(None),
        ~exists().where(
            said.c.conversation_id == messages.c.conversation_id,
            said.c.direction == "out",
            said.c.import_id.is_(None),
            said.c.visibility != "note",
            said.c.kind != Action.HIDE,
            ~said.c.ack,
            ~said.c.handoff,
            said.c.id > messages.c.id,
        ),
    )


def _unanswered_since() -> ColumnElement[datetime | None]:
    return (
        select(func.min(messages.c.received_at))
        .where(_unanswered())
        .correlate(conversations)
        .scalar_subquery()
    )


def _with_words(connection: Connection, rows: Sequence[Row[Any]]) -> list[QueueRow]:
    ids = [row.id for row in rows]
    newest = (
        select(func.max(messages.c.id))
        .where(messages.c.conversation_id.in_(ids), messages.c.visibility != "note")
        .where(messages.c.import_id.is_(None))
        .group_by(messages.c.conversation_id)
    )
    words = {
        row.conversation_id: row
        for row in connection.execute(select(messages).where(messages.c.id.in_(newest)))
    }
    words |= _brought_words(connection, [id for id in ids if id not in words])
    unanswered = {
        row.id: row
        for row in connection.execute(
            select(
                conversations.c.id,
                func.count(messages.c.id).label("unread"),
                func.min(messages.c.received_at).label("since"),
            )
            .join_from(conversations, messages, _unanswered())
            .where(conversations.c.id.in_(ids))
            .group_by(conversations.c.id)
        )
    }
    tags: dict[int, list[str]] = {}
    for tag in connection.execute(
        select(labels).where(labels.c.conversation_id.in_(ids)).order_by(labels.c.label)
    ):
        tags.setdefault(tag.conversation_id, []).append(tag.label)
    return [
        _queue_row(row, words.get(row.id), unanswered.get(row.id), tags.get(row.id, ()))
        for row in rows
    ]


def _brought_words(connection: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The last words of conversations that only an import knows."""
    found = {}
    for id in ids:
        query = select(messages).where(
            messages.c.conversation_id == id, messages.c.visibility != "note"
        )
        last = query.order_by(messages.c.sent_at.desc(), messages.c.id.desc()).limit(1)
        if (row := connection.execute(last).one_or_none()) is not None:
            found[id] = row
    return found


def _said_at(row: Row[Any]) -> datetime:
    at: datetime = row.received_at if row.import_id is None else row.sent_at
    return at


def _queue_row(
    row: Row[Any], last: Row[Any] | None, unanswered: Row[Any] | None, tags: Sequence[str]
) -> QueueRow:
    return QueueRow(
        id=row.id,
        state=State(row.state),
        channel=row.channel,
        account=row.account,
        surface=row.surface,
        name=row.contact_name,
        language=row.language,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        handoff_reason=row.handoff_reason,
        since=row.waiting_since or (unanswered.since if unanswered else None),
        last_at=_said_at(last) if last else row.created_at,
        last_words=((last.text if last else "") or "")[:LAST_WORDS],
        last_author=last.author if last else "customer",
        unread=unanswered.unread if unanswered else 0,
        labels=tuple(tags),
    )
