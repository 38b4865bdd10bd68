"""What waits for a person's review: found in the log, grouped by what it says, judged once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, or_, select, update

from bot.masking import folded
from bot.review import Past, Reason, Verdict, doubt, hindsight
from bot.store.dialect import insert_new
from bot.store.erase import WORDS
from bot.store.settle import Entry, log_events
from bot.store.tables import REVIEW_OPEN, conversations, events, messages, reviews, taught

# Ids of the log that are looked through at once.
SPAN = 2_000
# What other processes store becomes visible in any order: it is looked at again until then.
SETTLED = timedelta(seconds=10)
KEPT = timedelta(days=30)
_DECIDED = ("decided", "ignored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far the log was looked through: go on *after* it; *more* is there already."""

    after: int
    more: bool


def start(connection: Connection, *, now: datetime) -> int:
    """From where on a new process looks through the log: not twice, and nothing too old."""
    last = connection.scalar(select(func.max(reviews.c.event_id))) or 0
    query = select(events.c.id).where(events.c.id > last, events.c.at > now - KEPT)
    first = connection.scalar(query.order_by(events.c.id).limit(1))
    return last if first is None else max(last, first - 1)


def collect(connection: Connection, *, after: int, now: datetime) -> Looked:
    """Put what a person should look at into the queue, from the log after event *after*."""
    newest = connection.scalar(select(func.max(events.c.id))) or 0
    upto = min(after + SPAN, newest)
    rows = connection.execute(_decisions().where(events.c.id > after, events.c.id <= upto)).all()
    earlier = {row.id: row for row in rows}
    if missing := {row.previous for row in rows if row.previous} - earlier.keys():
        query = _decisions().where(events.c.id.in_(missing))
        earlier |= {row.id: row for row in connection.execute(query)}
    _store(connection, _found(rows, earlier))
    _follow_edits(connection, after=after, upto=upto)
    connection.execute(delete(reviews).where(REVIEW_OPEN, reviews.c.at < now - KEPT))
    behind = (events.c.id > after, events.c.id <= upto, events.c.at < now - SETTLED)
    settled = connection.scalar(
        select(events.c.id).where(*behind).order_by(events.c.id.desc()).limit(1)
    )
    return Looked(after=settled or after, more=upto < newest)


def judge(
    connection: Connection,
    message_id: int,
    *,
    verdict: Verdict,
    agent_id: int,
    at: datetime,
    taught_id: int | None = None,
) -> int:
    """Say *verdict* of a message and of all open ones that say the same; returns how many."""
    row = connection.execute(
        select(messages.c.text, messages.c.conversation_id).where(messages.c.id == message_id)
    ).one()
    same = or_(
        reviews.c.folded == (folded(row.text or "") or ""), reviews.c.message_id == message_id
    )
    given = {"verdict": verdict, "taught_id": taught_id, "agent_id": agent_id, "judged_at": at}
    closed = connection.execute(update(reviews).where(REVIEW_OPEN, same).values(given)).rowcount
    if verdict is not Verdict.TAUGHT and closed:
        data = {"verdict": verdict, "messages": closed}
        entry = Entry(type="reviewed", actor=f"agent:{agent_id}", data=data)
        log_events(connection, row.conversation_id, [entry], at)
    return closed


def _decisions() -> Select[Any]:
    before = events.alias("before")
    previous = (
        select(func.max(before.c.id))
        .where(
            before.c.conversation_id == events.c.conversation_id,
            before.c.id < events.c.id,
            before.c.type.in_(_DECIDED),
        )
        .scalar_subquery()
    )
    said = and_(
        messages.c.conversation_id == events.c.conversation_id,
        messages.c.platform_id == events.c.data["message"].as_string(),
        messages.c.direction == "in",
        messages.c.answerable,
    )
    return (
        select(
            events.c.id,
            events.c.conversation_id,
            events.c.at,
            events.c.data,
            messages.c.id.label("message_id"),
            messages.c.text,
            messages.c.sent_at,
            conversations.c.channel,
            previous.label("previous"),
        )
        .select_from(events)
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .join(messages, said)
        .where(events.c.type.in_(_DECIDED), messages.c.text.is_not(None), messages.c.text != WORDS)
        .order_by(events.c.id)
        # Words that are being erased right now are gone when this is through.
        .with_for_update(read=True, of=messages)
    )


def _found(rows: Sequence[Row[Any]], earlier: dict[int, Row[Any]]) -> dict[int, dict[str, Any]]:
    """The new rows of the queue by message: what is known later counts."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        present = _past(row)
        before = earlier.get(row.previous)
        if before is not None and before.message_id != row.message_id:
            _note(found, before, hindsight(_past(before), present))
        _note(found, row, doubt(present))
    return found


def _past(row: Row[Any]) -> Past:
    return Past(text=row.text, sent_at=row.sent_at, said=row.data)


def _note(found: dict[int, dict[str, Any]], row: Row[Any], reason: Reason | None) -> None:
    digest = folded(row.text)
    if reason is None or digest is None:
        return
    found[row.message_id] = {
        "message_id": row.message_id,
        "conversation_id": row.conversation_id,
        "event_id": row.id,
        "reason": reason,
        "folded": digest,
        "intent": row.data.get("intent") or "",
        "language": row.data.get("language") or "",
        "channel": row.channel,
        "at": row.sent_at,
    }


def _store(connection: Connection, found: dict[int, dict[str, Any]]) -> None:
    judged = _judged(connection, {row["folded"] for row in found.values()})
    rows = [row for row in found.values() if not _settled(row, judged)]
    if not rows:
        return
    connection.execute(insert_new(connection, reviews), rows)
    for row in rows:
        if row["reason"] in {Reason.UNTAPPED, Reason.AGAIN}:
            known = (reviews.c.message_id == row["message_id"], REVIEW_OPEN)
            connection.execute(update(reviews).where(*known).values(reason=row["reason"]))


def _judged(connection: Connection, digests: Iterable[str]) -> set[tuple[str, str | None]]:
    """What was judged for good: texts taught (None), or found right or idle, by their intent."""
    query = (
        select(reviews.c.folded, reviews.c.intent, reviews.c.verdict)
        .join(taught, taught.c.id == reviews.c.taught_id, isouter=True)
        .where(reviews.c.folded.in_(list(digests)), reviews.c.verdict.is_not(None))
        .where(or_(reviews.c.verdict != Verdict.TAUGHT, taught.c.withdrawn_at.is_(None)))
        .distinct()
    )
    return {
        (row.folded, None if row.verdict == Verdict.TAUGHT else row.intent)
        for row in connection.execute(query)
    }


def _settled(row: dict[str, Any], judged: set[tuple[str, str | None]]) -> bool:
    return (row["folded"], None) in judged or (row["folded"], row["intent"]) in judged


def _follow_edits(connection: Connection, *, after: int, upto: int) -> None:
    edited = select(events.c.data).where(
        events.c.id > after, events.c.id <= upto, events.c.type == "edited"
    )
    ids = [data["message"] for data in connection.scalars(edited)]
    if not ids:
        return
    query = (
        select(messages.c.id, messages.c.text)
        .join(reviews, reviews.c.message_id == messages.c.id)
        .where(messages.c.id.in_(ids), REVIEW_OPEN)
    )
    for row in connection.execute(query).all():
        here = (reviews.c.message_id == row.id, REVIEW_OPEN)
        digest = folded(row.text or "")
        change = delete(reviews) if digest is None else update(reviews).values(folded=digest)
        connection.execute(change.where(*here))
