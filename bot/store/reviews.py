"""What waits for a person's review: found in the log, grouped by what it says, judged once."""

from collections.abc import Iterable, Mapping, Sequence
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
SPAN = 200
# What other processes store becomes visible in any order: it is looked at again until then.
SETTLED = timedelta(seconds=10)
KEPT = timedelta(days=30)
_DECIDED = ("decided", "ignored")
_COLUMNS = (
    *("message_id", "conversation_id", "event_id", "reason", "folded"),
    *("intent", "language", "channel", "at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message for the queue, with its words as they were read: *row* is for the table.

    *sure* takes the place of a less telling reason; *row* None takes the message out.
    """

    message_id: int
    text: str | None
    row: dict[str, Any] | None
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the log holds, and how far it was looked through: go on *after* it; *more* is there."""

    after: int
    more: bool
    found: tuple[Found, ...] = ()
    outdated: bool = False

    @property
    def news(self) -> bool:
        """Whether there is something to keep."""
        return bool(self.found) or self.outdated


def start(connection: Connection, *, now: datetime) -> int:
    """From where on a new process looks through the log: not twice, and nothing too old."""
    last = connection.scalar(select(func.max(reviews.c.event_id))) or 0
    query = select(events.c.id).where(events.c.id > last, events.c.at > now - KEPT)
    first = connection.scalar(query.order_by(events.c.id).limit(1))
    return last if first is None else max(last, first - 1)


def look(connection: Connection, *, after: int, now: datetime) -> Looked:
    """Find what a person should look at in the log after event *after*. Writes nothing."""
    newest = connection.scalar(select(func.max(events.c.id))) or 0
    upto = min(after + SPAN, newest)
    rows = connection.execute(_decisions().where(events.c.id > after, events.c.id <= upto)).all()
    earlier = {row.id: row for row in rows}
    if missing := {row.previous for row in rows if row.previous} - earlier.keys():
        query = _decisions().where(events.c.id.in_(missing))
        earlier |= {row.id: row for row in connection.execute(query)}
    behind = (events.c.id > after, events.c.id <= upto, events.c.at < now - SETTLED)
    settled = connection.scalar(
        select(events.c.id).where(*behind).order_by(events.c.id.desc()).limit(1)
    )
    old = select(reviews.c.message_id).where(REVIEW_OPEN, reviews.c.at < now - KEPT).limit(1)
    return Looked(
        after=settled or after,
        # What is not settled yet is looked at again, but not at once.
        more=upto < newest and settled == upto,
        found=(*_edited(connection, after=after, upto=upto), *_found(rows, earlier)),
        outdated=connection.scalar(old) is not None,
    )


def keep(connection: Connection, looked: Looked, *, now: datetime) -> None:
    """Put what was found into the queue, unless its words have changed or gone meanwhile."""
    connection.execute(delete(reviews).where(REVIEW_OPEN, reviews.c.at < now - KEPT))
    # Words that are being erased right now are gone when this is through.
    ids = [one.message_id for one in looked.found]
    query = select(messages.c.id, messages.c.text).where(messages.c.id.in_(ids))
    present = dict(connection.execute(query.with_for_update(read=True)).all())
    true = [one for one in looked.found if present.get(one.message_id) == one.text]
    for one in true:
        if one.row is None:
            here = reviews.c.message_id == one.message_id
            connection.execute(delete(reviews).where(REVIEW_OPEN, here))
    rows = [one.row for one in true if one.row is not None]
    judged = _judged(connection, {row["folded"] for row in rows})
    new = [row for row in rows if not _settled(row, judged)]
    if new:
        connection.execute(insert_new(connection, reviews), new)
    for one in true:
        if one.row is not None and one.sure:
            known = (reviews.c.message_id == one.message_id, REVIEW_OPEN)
            changed = {name: one.row[name] for name in ("reason", "folded")}
            connection.execute(update(reviews).where(*known).values(changed))


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
            messages.c.contact_id,
            conversations.c.channel,
            previous.label("previous"),
        )
        .select_from(events)
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .join(messages, said)
        .where(events.c.type.in_(_DECIDED), messages.c.text.is_not(None), messages.c.text != WORDS)
        .order_by(events.c.id)
    )


def _found(rows: Sequence[Row[Any]], earlier: Mapping[int, Row[Any]]) -> list[Found]:
    """What is new for the queue, once for each message: what is known later counts."""
    found: dict[int, Found] = {}
    for row in rows:
        present = _past(row)
        before = earlier.get(row.previous)
        if before is not None and _goes_on(before, row):
            _note(found, before, hindsight(_past(before), present), sure=True)
        _note(found, row, doubt(present))
    return list(found.values())


def _goes_on(before: Row[Any], row: Row[Any]) -> bool:
    """Whether the same customer wrote another message; below a post several take turns."""
    same: bool = before.contact_id == row.contact_id
    return same and before.message_id != row.message_id


def _past(row: Row[Any]) -> Past:
    return Past(text=row.text, sent_at=row.sent_at, said=row.data)


def _note(
    found: dict[int, Found], row: Row[Any], reason: Reason | None, *, sure: bool = False
) -> None:
    digest = folded(row.text) if reason is not None else None
    if digest is None:
        return
    told = {
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
    found[row.message_id] = Found(message_id=row.message_id, text=row.text, row=told, sure=sure)


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


def _edited(connection: Connection, *, after: int, upto: int) -> list[Found]:
    """Messages of the queue that say something else now, or nothing any more."""
    edited = select(events.c.data).where(
        events.c.id > after, events.c.id <= upto, events.c.type == "edited"
    )
    ids = [data["message"] for data in connection.scalars(edited)]
    query = (
        select(reviews, messages.c.text)
        .join(messages, messages.c.id == reviews.c.message_id)
        .where(reviews.c.message_id.in_(ids), REVIEW_OPEN)
    )
    found = []
    for row in connection.execute(query).mappings() if ids else ():
        digest = folded(row["text"] or "")
        told = {name: row[name] for name in _COLUMNS} | {"folded": digest}
        found.append(
            Found(
                message_id=row["message_id"],
                text=row["text"],
                row=told if digest else None,
                sure=True,
            )
        )
    return found
