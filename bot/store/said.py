"""Which variants of templates were said, and what happened then, from the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, and_, cast, or_, select

from bot.reports.variants import WITHIN, Line, Said
from bot.store.outbox import Item
from bot.store.tables import conversations, events, messages, outbox

_Row = Row[*tuple[Any, ...]]
_AT_ONCE = 500
_LINES = ("decided", "ignored", "handoff", "taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What was written around one reply: by the customer before and after it, and by us."""

    name: str | None
    channel: str
    asked: str | None
    said: str | None
    then: str | None


def said(
    connection: Connection,
    *,
    since: datetime,
    until: datetime,
    template: str | None = None,
    channel: str | None = None,
) -> list[Said]:
    """Every reply from a template decided from *since* until before *until*, in order."""
    query = select(events.c.id, events.c.conversation_id, events.c.at, events.c.data).where(
        events.c.type == "decided", events.c.at >= since, events.c.at < until
    )
    if template is not None:
        query = query.where(cast(events.c.data, Text).contains(f'"{template}"', autoescape=True))
    if channel is not None:
        query = query.join(conversations, conversations.c.id == events.c.conversation_id)
        query = query.where(conversations.c.channel == channel)
    rows = connection.execute(query.order_by(events.c.id)).all()
    facts = [
        (row, one)
        for row in rows
        for one in row.data.get("said") or ()
        if template in (None, one["template"])
    ]
    sent = _sent(connection, [one["outbox"] for _, one in facts])
    return [_said(row, one, sent) for row, one in facts]


def lines(connection: Connection, told: Sequence[Said]) -> list[Line]:
    """What happened within a day after *told* in their conversations."""
    found: list[Line] = []
    if not told:
        return found
    since = min(one.at for one in told)
    until = max(one.at for one in told) + WITHIN
    for ids in _chunks(sorted({one.conversation for one in told})):
        query = (
            select(events.c.id, events.c.conversation_id, events.c.at, events.c.type, events.c.data)
            .where(events.c.conversation_id.in_(ids), events.c.type.in_(_LINES))
            .where(events.c.at >= since, events.c.at <= until)
        )
        found += [_line(row) for row in connection.execute(query)]
    return found


def words(connection: Connection, told: Sequence[tuple[Said, Line | None]]) -> list[Words]:
    """The texts around each of *told*, with the line that came of it; None where words are gone."""
    if not told:
        return []
    ids = {one.conversation for one, _ in told}
    places = {
        row.id: row
        for row in connection.execute(
            select(conversations.c.id, conversations.c.contact_name, conversations.c.channel).where(
                conversations.c.id.in_(ids)
            )
        )
    }
    heard = {one.message for one, _ in told} | {line.message for _, line in told if line}
    query = select(
        messages.c.conversation_id, messages.c.platform_id, messages.c.outbox_id, messages.c.text
    ).where(
        messages.c.conversation_id.in_(ids),
        or_(
            and_(messages.c.direction == "in", messages.c.platform_id.in_(heard)),
            messages.c.outbox_id.in_({one.outbox for one, _ in told}),
        ),
    )
    texts: dict[tuple[int, str | None], str | None] = {}
    for row in connection.execute(query.order_by(messages.c.id)):
        texts.setdefault((row.conversation_id, row.outbox_id or row.platform_id), row.text)
    return [
        Words(
            name=places[one.conversation].contact_name,
            channel=places[one.conversation].channel,
            asked=texts.get((one.conversation, one.message)),
            said=texts.get((one.conversation, one.outbox)),
            then=texts.get((one.conversation, line.message)) if line and line.message else None,
        )
        for one, line in told
    ]


def _said(row: _Row, one: dict[str, Any], sent: set[str]) -> Said:
    data = row.data
    return Said(
        place=row.id,
        conversation=row.conversation_id,
        at=row.at,
        message=data.get("message") or "",
        outbox=one["outbox"],
        template=one["template"],
        language=one["language"],
        version=one["version"],
        variant=one["variant"],
        draw=one["draw"],
        wording=one["wording"],
        intent=data.get("intent") or "",
        choices=one["choices"],
        asks=one["asks"],
        hands_over=data.get("decision") == "HandOff",
        sent=one["outbox"] in sent,
    )


def _line(row: _Row) -> Line:
    data = row.data
    return Line(
        place=row.id,
        conversation=row.conversation_id,
        at=row.at,
        type=row.type,
        message=data.get("message"),
        intent=data.get("intent") or "",
        source=data.get("source") or "",
        decision=data.get("decision") or "",
        templates=tuple(data.get("templates") or ()),
    )


def _sent(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in _chunks(ids):
        query = select(outbox.c.id).where(outbox.c.id.in_(some), outbox.c.state == Item.SENT)
        found.update(connection.scalars(query))
    return found


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
