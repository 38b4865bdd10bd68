"""From bot to person and back. Taking over is a fence: a raised number that the sender compares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, func, or_, select

from bot.conversation import Conversation, State
from bot.counted import Counting, counted
from bot.store import conversations, files, outbox
from bot.store.files import File
from bot.store.history import NOWHERE
from bot.store.inbox import partition_of
from bot.store.outbox import Draft, Item
from bot.store.settle import Entry, log_events
from bot.store.tables import agents, messages
from bot.store.tables import conversations as conversations_table
from bot.store.tables import outbox as outbox_table
from channels.base import Capabilities
from channels.messages import Action, AgentMessage, Content, Surface
from channels.rich import fitted

WINDOW_MARGIN = timedelta(seconds=60)
AGENT_PATIENCE = timedelta(hours=24)
PLATFORM_APP = "the platform's own app"


class AlreadyTaken(Exception):
    """Another person has this conversation."""

    def __init__(self, by: str) -> None:
        self.by = by
        super().__init__(f"{by} has this conversation")


class NotYours(AlreadyTaken):
    """Only the person who has the conversation may answer in it."""


class Overtaken(Exception):
    """The brand said something that the writer had not seen. *newer* holds those messages."""

    def __init__(self, newer: list[dict[str, Any]]) -> None:
        self.newer = newer
        super().__init__("somebody answered meanwhile")


class NoComment(LookupError):
    """The conversation holds no customer's comment that this could be about."""


class AlreadyRepliedPrivately(Exception):
    """The platform takes one private reply to a comment, and it was queued or sent before."""


class NoAddress(Exception):
    """An export named this customer; where they can be reached nobody knows."""


class UnknownConversation(LookupError):
    """There is no such conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A take-over: *cancelled* bot messages will not be sent; those *in_flight* began before it."""

    fence: int
    cancelled: int
    in_flight: tuple[str, ...]


def take(connection: Connection, *, conversation_id: int, agent_id: int, at: datetime) -> Taken:
    """Give the conversation to an agent; from this commit on no bot send starts (I6).

    Raises AlreadyTaken when another agent has it. Taking one's own again changes nothing.
    """
    present = _locked(connection, conversation_id)
    if present.state is State.AGENT and present.agent_id == agent_id:
        return Taken(
            fence=present.fence,
            cancelled=0,
            in_flight=outbox.in_flight(connection, conversation_id),
        )
    if present.state is State.AGENT and present.agent_id is not None:
        raise AlreadyTaken(_name(connection, present.agent_id))
    return _fence(connection, present, agent_id=agent_id, at=at, actor=f"agent:{agent_id}")


def take_by_platform(connection: Connection, present: Conversation, *, at: datetime) -> None:
    """Somebody answered in the platform's own app: the bot falls silent here too."""
    if present.state is State.AGENT:
        conversations.save(connection, [replace(present, last_agent_at=at, last_out_at=at)])
        return
    spoken = replace(present, last_agent_at=at, last_out_at=at)
    _fence(connection, spoken, agent_id=None, at=at, actor="platform")


def release(connection: Connection, *, conversation_id: int, agent_id: int, at: datetime) -> None:
    """Hand the conversation back to the bot. Raises NotYours."""
    present = _mine(connection, conversation_id, agent_id)
    _hand_back(connection, present, at=at, actor=f"agent:{agent_id}")


def close(connection: Connection, *, conversation_id: int, agent_id: int, at: datetime) -> None:
    """Close the conversation; a new message of the customer opens it for the bot again.

    The clock of an unanswered ask runs on: closing answers nobody.
    """
    present = _mine(connection, conversation_id, agent_id, anybody=True)
    closed = replace(
        present, state=State.CLOSED, fence=present.fence + 1, agent_id=None, waiting_since=None
    )
    conversations.save(connection, [closed])
    outbox.cancel(connection, reason="closed", at=at, conversation_id=conversation_id)
    entry = Entry(type="closed", actor=f"agent:{agent_id}", data={})
    log_events(connection, conversation_id, [entry], at)


def return_silent(
    connection: Connection, *, before: datetime, partitions: Sequence[int], at: datetime
) -> list[int]:
    """Hand conversations back to the bot whose agent has been silent since *before*."""
    table = conversations_table
    query = select(table.c.id, table.c.key).where(
        table.c.state == State.AGENT,
        or_(table.c.last_agent_at.is_(None), table.c.last_agent_at < before),
        func.coalesce(table.c.last_in_at, table.c.created_at) < before,
    )
    owned = set(partitions)
    returned = []
    for id, key in connection.execute(query):
        if partition_of(key) in owned:
            _hand_back(connection, _locked(connection, id), at=at, actor="system")
            returned.append(id)
    return returned


def reply(
    connection: Connection,
    *,
    conversation_id: int,
    agent_id: int,
    text: str,
    client_id: UUID,
    seen: int,
    at: datetime,
    capabilities: Capabilities,
    action: Action = Action.REPLY,
    attached: Sequence[File] = (),
    links: Counting | None = None,
) -> list[str]:
    """Queue an agent's reply, made into what the platform takes; returns its outbox ids.

    *client_id* makes a repeated click harmless. *seen* is the newest message id that the agent
    had on screen. A conversation that nobody has is taken. Raises NotYours and Overtaken,
    NoComment and AlreadyRepliedPrivately for a private reply, TooManyFiles, NoAddress.
    """
    if _locked(connection, conversation_id).thread.startswith(NOWHERE):
        raise NoAddress
    taken = take_or_refuse(connection, conversation_id=conversation_id, agent_id=agent_id, at=at)
    whole = Content(text=text, attachments=tuple(file.attachment for file in attached))
    parts = fitted(whole, capabilities)
    ids = [str(uuid5(client_id, str(part))) for part in range(len(parts))]
    if _known(connection, ids[0]):
        return ids
    if newer := _newer(connection, conversation_id, seen):
        raise Overtaken(newer)
    present = _locked(connection, conversation_id)
    if action is Action.PRIVATE_REPLY and not _may_reply_privately(connection, present):
        raise AlreadyRepliedPrivately
    files.keep(connection, attached, conversation_id=conversation_id)
    drafts = [
        _draft(connection, present, id, part, agent_id, at, capabilities, action)
        for id, part in zip(ids, parts, strict=True)
    ]
    drafts = counted(drafts, links, can=capabilities, intent=None, language=present.language, at=at)
    _queue(connection, present, drafts, taken, at)
    return ids


def hide(
    connection: Connection, *, conversation_id: int, agent_id: int, client_id: UUID, at: datetime
) -> str:
    """Queue the hiding of the customer's latest comment; returns its outbox id.

    *client_id* makes a repeated click harmless. A conversation that nobody has is taken, so that
    the bot does not answer what is hidden. Raises NotYours and NoComment.
    """
    taken = take_or_refuse(connection, conversation_id=conversation_id, agent_id=agent_id, at=at)
    id = str(uuid5(client_id, Action.HIDE))
    if _known(connection, id):
        return id
    present = _locked(connection, conversation_id)
    comment = _comment(connection, present)
    if comment is None:
        raise NoComment(conversation_id)
    message = AgentMessage(
        id=id,
        channel=present.channel,
        account=present.account,
        thread=present.thread,
        surface=present.surface,
        action=Action.HIDE,
        reply_to=comment,
    )
    draft = Draft(
        message=message,
        flags={"agent": agent_id},
        agent_id=agent_id,
        not_before=at,
        expires_at=at + AGENT_PATIENCE,
    )
    _queue(connection, present, [draft], taken, at)
    return id


def may_reply_privately(connection: Connection, conversation_id: int) -> bool:
    """Whether the latest comment has had no private reply yet, nor one that may have arrived."""
    present = conversations.by_id(connection, conversation_id)
    if present is None:
        return False
    try:
        return _may_reply_privately(connection, present)
    except NoComment:
        return False


def take_or_refuse(
    connection: Connection, *, conversation_id: int, agent_id: int, at: datetime
) -> Taken:
    """Take the conversation to answer in it. Raises NotYours when another agent has it."""
    try:
        return take(connection, conversation_id=conversation_id, agent_id=agent_id, at=at)
    except AlreadyTaken as exc:
        raise NotYours(exc.by) from exc


def _queue(
    connection: Connection,
    present: Conversation,
    drafts: Sequence[Draft],
    taken: Taken,
    at: datetime,
) -> None:
    assert present.id is not None  # noqa: S101 - it was read from the store
    new = outbox.rows(
        drafts,
        conversation_id=present.id,
        partition=partition_of(present.key),
        fence=taken.fence,
        at=at,
    )
    outbox.add(connection, new)
    outbox.add_links(connection, drafts, conversation_id=present.id, at=at)


def _may_reply_privately(connection: Connection, present: Conversation) -> bool:
    comment = _comment(connection, present)
    if comment is None:
        raise NoComment(present.id)
    spent = select(outbox_table.c.id).where(
        outbox_table.c.conversation_id == present.id,
        outbox_table.c.message["action"].as_string() == Action.PRIVATE_REPLY,
        outbox_table.c.message["reply_to"].as_string() == comment,
        outbox_table.c.state.in_((Item.QUEUED, Item.SENDING, Item.UNKNOWN, Item.SENT)),
    )
    return connection.scalar(spent.limit(1)) is None


def _fence(
    connection: Connection, present: Conversation, *, agent_id: int | None, at: datetime, actor: str
) -> Taken:
    taken = replace(
        present,
        state=State.AGENT,
        fence=present.fence + 1,
        agent_id=agent_id,
        waiting_since=None,
        last_agent_at=present.last_agent_at if agent_id is None else at,
        asked_slot=None,
        asked_by=None,
        choices=(),
        misses=0,
    )
    assert taken.id is not None  # noqa: S101 - it was read from the store
    conversations.save(connection, [taken])
    cancelled = outbox.cancel(
        connection, reason="an agent took over", at=at, conversation_id=taken.id
    )
    flying = outbox.in_flight(connection, taken.id)
    data = {"cancelled": cancelled, "in_flight": list(flying), "agent": agent_id}
    log_events(connection, taken.id, [Entry(type="taken", actor=actor, data=data)], at)
    return Taken(fence=taken.fence, cancelled=cancelled, in_flight=flying)


def _hand_back(connection: Connection, present: Conversation, *, at: datetime, actor: str) -> None:
    back = replace(
        present,
        state=State.BOT,
        fence=present.fence + 1,
        agent_id=None,
        waiting_since=None,
        handoff_reason=None,
        disclosed_at=None,
        misses=0,
    )
    conversations.save(connection, [back])
    log_events(connection, present.id, [Entry(type="released", actor=actor, data={})], at)


def _locked(connection: Connection, conversation_id: int) -> Conversation:
    present = conversations.by_id(connection, conversation_id, lock=True)
    if present is None:
        raise UnknownConversation(conversation_id)
    return present


def _mine(
    connection: Connection, conversation_id: int, agent_id: int, *, anybody: bool = False
) -> Conversation:
    present = _locked(connection, conversation_id)
    free = present.agent_id is None and (anybody or present.state is not State.BOT)
    if present.agent_id != agent_id and not free:
        name = PLATFORM_APP if present.agent_id is None else _name(connection, present.agent_id)
        raise NotYours(name)
    return present


def _name(connection: Connection, agent_id: int) -> str:
    return connection.scalar(select(agents.c.name).where(agents.c.id == agent_id)) or "somebody"


def _known(connection: Connection, outbox_id: str) -> bool:
    query = select(outbox_table.c.id).where(outbox_table.c.id == outbox_id)
    return connection.scalar(query) is not None


def _newer(connection: Connection, conversation_id: int, seen: int) -> list[dict[str, Any]]:
    query = (
        select(messages.c.id, messages.c.author, messages.c.text, messages.c.sent_at)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.id > seen,
            messages.c.direction == "out",
            messages.c.import_id.is_(None),
            messages.c.visibility != "note",
            messages.c.kind != Action.HIDE,
        )
        .order_by(messages.c.id)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def _draft(
    connection: Connection,
    present: Conversation,
    id: str,
    content: Content,
    agent_id: int,
    at: datetime,
    capabilities: Capabilities,
    action: Action,
) -> Draft:
    last_in = present.last_in_at or at
    window = capabilities.reply_window
    late = window is not None and at >= last_in + window - WINDOW_MARGIN
    longest = capabilities.agent_window or window
    if late and capabilities.agent_template:
        longest = None
    if action is Action.PRIVATE_REPLY:
        longest = capabilities.private_reply_window or longest
    return Draft(
        message=AgentMessage(
            id=id,
            channel=present.channel,
            account=present.account,
            thread=present.thread,
            surface=present.surface,
            action=action,
            text=content.text,
            attachments=content.attachments,
            reply_to=_comment(connection, present),
            outside_window=late,
            language=present.language,
        ),
        flags={"agent": agent_id},
        agent_id=agent_id,
        not_before=at,
        expires_at=at + AGENT_PATIENCE,
        window_until=None if longest is None else last_in + longest - WINDOW_MARGIN,
    )


def _comment(connection: Connection, present: Conversation) -> str | None:
    """The customer's latest comment: what a reply in a comment thread is about."""
    if present.surface is not Surface.COMMENT:
        return None
    return connection.scalar(
        select(messages.c.platform_id)
        .where(messages.c.conversation_id == present.id, messages.c.direction == "in")
        .order_by(messages.c.id.desc())
        .limit(1)
    )
