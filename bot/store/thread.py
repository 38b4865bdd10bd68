"""One conversation as the desk shows it: messages, unsent replies and events in time order."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.store import counted
from bot.store.history import NOWHERE
from bot.store.tables import agents, conversations, events, labels, messages, outbox

WINDOW = 300


class Facts(dict[str, Any]):
    """What was recorded of an event or attachment; everything else about it is None."""

    def __missing__(self, name: str) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the thread. *kind* is message, unsent or event.

    *key* is stable: the browser keeps lines whose content did not change. *author* is customer,
    bot, agent or system. *delivery* is an outbox state, None for what came in; *detail* says why a
    reply did not arrive. *data* are the facts of an event. *imported*: it stood in an export.
    """

    key: str
    kind: str
    at: datetime
    author: str
    agent_name: str | None = None
    text: str | None = None
    visibility: str = "public"
    attachments: tuple[Facts, ...] = ()
    delivery: str | None = None
    detail: str | None = None
    type: str = ""
    data: Facts = field(default_factory=Facts)
    imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An open conversation. *newest* is the id of the newest message that a reply must have seen.

    Nothing can be sent to a customer who is not *reachable*: an export gave a name, no address.
    *decision* are the facts of the bot's last decision; *cut* says that older lines exist.
    """

    id: int
    state: str
    channel: str
    account: str
    surface: str
    contact_id: str
    name: str | None
    language: str | None
    agent_id: int | None
    agent_name: str | None
    handoff_reason: str | None
    since: datetime | None
    opted_out_at: datetime | None
    last_in_at: datetime | None
    slots: dict[str, Any]
    labels: tuple[str, ...]
    newest: int
    reachable: bool
    lines: tuple[Line, ...]
    decision: Facts | None
    cut: bool


def thread(connection: Connection, id: int, *, window: int = WINDOW) -> Thread | None:
    """The newest *window* messages and events of a conversation; None if there is none."""
    row = connection.execute(
        select(conversations, agents.c.name.label("agent_name"))
        .join(agents, agents.c.id == conversations.c.agent_id, isouter=True)
        .where(conversations.c.id == id)
    ).one_or_none()
    if row is None:
        return None
    names = dict(connection.execute(select(agents.c.id, agents.c.name)).all())
    said = _said_lately(connection, id, window)
    happened = _newest(connection, events, events.c.id, id, window)
    items = _newest(connection, outbox, outbox.c.seq, id, window)
    lines = _spelled_out(connection, _merged(said, happened, items, names))
    decisions = [Facts(one.data) for one in happened if one.type in {"decided", "ignored"}]
    return Thread(
        id=row.id,
        state=row.state,
        channel=row.channel,
        account=row.account,
        surface=row.surface,
        contact_id=row.contact_id,
        name=row.contact_name,
        language=row.language,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        handoff_reason=row.handoff_reason,
        since=row.waiting_since,
        opted_out_at=row.opted_out_at,
        last_in_at=row.last_in_at,
        slots=row.slots or {},
        labels=tuple(
            connection.scalars(
                select(labels.c.label)
                .where(labels.c.conversation_id == id)
                .order_by(labels.c.label)
            )
        ),
        newest=max((one.id for one in said if _new(one)), default=0),
        reachable=not row.thread.startswith(NOWHERE),
        lines=tuple(lines[-window:]),
        decision=decisions[-1] if decisions else None,
        cut=len(lines) > window or len(said) >= window,
    )


def exists(connection: Connection, id: int) -> bool:
    """Whether there is such a conversation."""
    query = select(conversations.c.id).where(conversations.c.id == id)
    return connection.scalar(query) is not None


def _said_lately(connection: Connection, id: int, window: int) -> list[Row[Any]]:
    """What was said last. What an import brought is old, however late it came."""
    ours = (messages.c.conversation_id == id, messages.c.import_id.is_(None))
    brought = (messages.c.conversation_id == id, messages.c.import_id.is_not(None))
    m = messages.c
    late = select(messages).where(*ours).order_by(m.id.desc()).limit(window)
    old = select(messages).where(*brought).order_by(m.sent_at.desc(), m.id.desc()).limit(window)
    return [
        *reversed(connection.execute(old).all()),
        *reversed(connection.execute(late).all()),
    ]


def _new(one: Row[Any]) -> bool:
    return one.visibility != "note" and one.import_id is None


def _newest(connection: Connection, table: Any, key: Any, id: int, window: int) -> list[Row[Any]]:
    query = select(table).where(table.c.conversation_id == id).order_by(key.desc()).limit(window)
    return list(reversed(connection.execute(query).all()))


def _merged(
    said: Iterable[Row[Any]],
    happened: Iterable[Row[Any]],
    items: Iterable[Row[Any]],
    names: dict[int, str],
) -> list[Line]:
    by_id = {item.id: item for item in items}
    logged = {one.outbox_id for one in said}
    lines = [_said(one, by_id.get(one.outbox_id), names) for one in said]
    lines += [_unsent(item, names) for item in by_id.values() if item.id not in logged]
    lines += [_happened(one, names) for one in happened]
    return sorted(lines, key=lambda line: line.at)


def _spelled_out(connection: Connection, lines: list[Line]) -> list[Line]:
    ours = [line for line in lines if line.author != "customer"]
    known = counted.targets(connection, [line.text for line in ours])
    if not known:
        return lines
    return [
        line
        if line.author == "customer"
        else replace(line, text=counted.spelled_out(line.text, known))
        for line in lines
    ]


def _said(one: Row[Any], item: Row[Any] | None, names: dict[int, str]) -> Line:
    delivery = None
    brought = one.import_id is not None
    if one.direction == "out" and one.visibility != "note" and not brought:
        delivery = item.state if item is not None else "sent"
    return Line(
        key=f"m{one.id}",
        kind="message",
        at=one.sent_at if brought else one.received_at,
        author=one.author,
        agent_name=names.get(one.agent_id) or one.agent_name,
        text=one.text,
        visibility=one.visibility,
        attachments=tuple(Facts(each) for each in one.attachments or ()),
        delivery=delivery,
        detail=item.reason if item is not None else None,
        type=one.kind,
        imported=brought,
    )


def _unsent(item: Row[Any], names: dict[int, str]) -> Line:
    message = item.message
    whole = [message, *(message.get("also") or ())]
    return Line(
        key=f"o{item.seq}",
        kind="unsent",
        at=item.created_at,
        author=item.author,
        agent_name=names.get(item.agent_id),
        text="\n\n".join(one["text"] for one in whole if one.get("text")),
        visibility="private_reply" if message.get("action") == "private_reply" else "public",
        attachments=tuple(
            Facts(each, file=each.get("id"))
            for one in whole
            for each in one.get("attachments") or ()
        ),
        delivery=item.state,
        detail=item.reason,
        type=message.get("action", "reply"),
    )


def _happened(one: Row[Any], names: dict[int, str]) -> Line:
    author, _, agent_id = one.actor.partition(":")
    return Line(
        key=f"e{one.id}",
        kind="event",
        at=one.at,
        author=author,
        agent_name=names.get(int(agent_id)) if agent_id.isdigit() else None,
        type=one.type,
        data=Facts(one.data or {}),
    )
