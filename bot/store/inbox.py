"""The inbox: every event that a platform delivered, once, before it hears 200."""

import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Integer, bindparam, delete, func, or_, select, update

from bot.store import names
from bot.store.dialect import among, insert_new
from bot.store.prepared import fetch, insert_counted, run, run_many
from bot.store.tables import INBOX_OPEN, bodies, inbox
from channels.messages import (
    ChannelEvent,
    ChannelNotice,
    DeliveryReceipt,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
)

PARTITIONS = 64
MAX_TRIES = 3
RETRY_AFTER = timedelta(seconds=2)
MALFORMED = "malformed"
# What the unique keys of every database hold; no platform comes near.
LONGEST_ID = 512

_ADAPTERS: dict[str, TypeAdapter[ChannelEvent]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (
        InboundMessage,
        EchoedReply,
        DeliveryReceipt,
        MessageEdited,
        MessageDeleted,
        ChannelNotice,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One webhook: its raw body and the events in it. *reason* is set when it cannot be read."""

    channel: str
    account: str
    body: bytes
    events: Sequence[ChannelEvent]
    received_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """What stands in for an event that another version wrote and this one cannot read."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An inbox row that waits for its decision."""

    id: int
    partition: int
    conversation: str
    event: ChannelEvent | Unreadable
    tries: int


def conversation_key(channel: str, account: str, thread: str) -> str:
    """The one name of a conversation across channels and accounts."""
    return f"{channel}/{account}/{thread}"


def partition_of(key: str) -> int:
    """Which of the partitions a conversation lives in."""
    return zlib.crc32(key.encode()) % PARTITIONS


def add(connection: Connection, arrivals: Sequence[Arrival]) -> list[int]:
    """Store *arrivals*; what is already there stays as it is.

    Returns one number per arrival; their sum is how many events were duplicates.
    """
    threads = names.threads(connection, (event for one in arrivals for event in one.events))
    digests = [hashlib.sha256(arrival.body).digest() for arrival in arrivals]
    rows = [
        row
        for arrival, digest in zip(arrivals, digests, strict=True)
        for row in _rows(arrival, digest, threads)
    ]
    raw = {
        digest: {"id": digest, "body": arrival.body, "received_at": arrival.received_at}
        for arrival, digest in zip(arrivals, digests, strict=True)
    }
    if not rows:
        return [0] * len(arrivals)
    run_many(connection, insert_new(connection, bodies), [raw[key] for key in sorted(raw)])
    stored = insert_counted(connection, inbox, _numbered(connection, rows))
    return [len(rows) - stored, *[0] * (len(arrivals) - 1)]


def _numbered(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let *rows* be decided in the order they came in, in whatever order they are inserted.

    On PostgreSQL that is the same in every process: two that insert the same keys cannot wait for
    each other. SQLite has one writer at a time and counts as it inserts.
    """
    if connection.dialect.name == "sqlite":
        return rows
    ids = connection.scalars(_IDS, {"most": len(rows)})
    numbered = [row | {"id": id} for row, id in zip(rows, sorted(ids), strict=True)]
    return sorted(numbered, key=lambda row: (row["channel"], row["account"], row["event_id"]))


_IDS = select(func.nextval(func.pg_get_serial_sequence("inbox", "id"))).select_from(
    func.generate_series(1, bindparam("most", type_=Integer)).table_valued()
)


def pending(
    connection: Connection, *, owned: Sequence[int], after: int, limit: int, now: datetime
) -> list[Pending]:
    """Rows to decide in the *owned* partitions with an id above *after*, oldest first.

    A row that can no longer be read comes back with an Unreadable as its event.
    """
    asked: dict[str, Any] = {"after": after, "most": limit, "now": now}
    if len(owned) < PARTITIONS:
        rows = fetch(connection, _PENDING_OWNED, asked | {"owned": owned})
    else:
        rows = fetch(connection, _PENDING, asked)
    return [
        Pending(
            id=id,
            partition=partition,
            conversation=conversation,
            event=_decoded(event),
            tries=tries,
        )
        for id, partition, conversation, event, tries in rows
    ]


_PENDING = (
    select(inbox.c.id, inbox.c.partition, inbox.c.conversation, inbox.c.event, inbox.c.tries)
    .where(INBOX_OPEN, inbox.c.state == "pending", inbox.c.id > bindparam("after"))
    .where(or_(inbox.c.not_before.is_(None), inbox.c.not_before <= bindparam("now")))
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
_PENDING_OWNED = _PENDING.where(among(inbox.c.partition, "owned"))


def pending_ids(
    connection: Connection, *, owned: Sequence[int], upto: int, now: datetime
) -> list[int]:
    """Ids up to *upto* that still wait; those nobody works on were skipped or have come due."""
    return list(
        connection.scalars(
            select(inbox.c.id)
            .where(INBOX_OPEN, inbox.c.state == "pending", inbox.c.id <= upto)
            .where(inbox.c.partition.in_(owned))
            .where(or_(inbox.c.not_before.is_(None), inbox.c.not_before <= now))
            .order_by(inbox.c.id)
            .limit(5000)
        )
    )


def fail(connection: Connection, *, id: int, reason: str, now: datetime) -> str:
    """Count a failed try of row *id*; returns its new state: pending, or parked after the third."""
    tries = connection.scalar(select(inbox.c.tries).where(inbox.c.id == id).with_for_update())
    tries = (tries or 0) + 1
    state = "parked" if tries >= MAX_TRIES else "pending"
    connection.execute(
        update(inbox)
        .where(inbox.c.id == id, inbox.c.state == "pending")
        .values(tries=tries, state=state, reason=reason, not_before=now + RETRY_AFTER * tries)
    )
    return state


_DONE = (
    update(inbox)
    .where(among(inbox.c.id, "ids"), inbox.c.state == "pending")
    .values(state="done", event=None, reason=None)
)


def done(connection: Connection, ids: Sequence[int]) -> bool:
    """Mark rows as handled and forget their content. False if one of them was not pending."""
    return run(connection, _DONE, {"ids": ids}) == len(ids)


def parked(connection: Connection, *, limit: int = 200) -> list[dict[str, Any]]:
    """Parked rows with their reason and raw bytes, oldest first."""
    query = (
        select(
            inbox.c.id,
            inbox.c.channel,
            inbox.c.account,
            inbox.c.kind,
            inbox.c.conversation,
            inbox.c.received_at,
            inbox.c.tries,
            inbox.c.reason,
            bodies.c.body,
        )
        .join(bodies, bodies.c.id == inbox.c.body, isouter=True)
        .where(INBOX_OPEN, inbox.c.state == "parked")
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def replay(connection: Connection, ids: Sequence[int]) -> int:
    """Let parked rows be handled again, under their old keys. Returns how many."""
    return connection.execute(
        update(inbox)
        .where(inbox.c.id.in_(ids), inbox.c.state == "parked", inbox.c.event.is_not(None))
        .values(state="pending", tries=0, not_before=None)
    ).rowcount


def drop(connection: Connection, *, id: int, reason: str) -> bool:
    """Give a parked row up, with a reason that stays. False if it was not parked."""
    return bool(
        connection.execute(
            update(inbox)
            .where(inbox.c.id == id, inbox.c.state == "parked")
            .values(state="done", event=None, reason=f"dropped: {reason}")
        ).rowcount
    )


def forget_bodies(connection: Connection, *, before: datetime) -> int:
    """Delete raw bodies older than *before* whose events are all done. Returns how many."""
    needed = select(inbox.c.body).where(INBOX_OPEN, inbox.c.body.is_not(None))
    return connection.execute(
        delete(bodies).where(bodies.c.received_at < before, bodies.c.id.not_in(needed))
    ).rowcount


def drop_deleted(connection: Connection, *, conversation: str, message_id: str) -> None:
    """Give up what was parked of a message that its customer has deleted, bodies and all."""
    query = (
        select(inbox.c.id, inbox.c.event)
        .where(INBOX_OPEN, inbox.c.state == "parked", inbox.c.event.is_not(None))
        .where(inbox.c.conversation == conversation)
    )
    for id, text in connection.execute(query).all():
        event = _decoded(text)
        if isinstance(event, InboundMessage | MessageEdited) and event.id == message_id:
            drop(connection, id=id, reason="the customer deleted it")
            forget_bodies_of(connection, [id])


def forget_bodies_of(connection: Connection, ids: Collection[int]) -> None:
    """Delete the raw bodies of rows *ids* at once, unless another row still needs one."""
    needed = select(inbox.c.body).where(INBOX_OPEN, inbox.c.body.is_not(None))
    theirs = select(inbox.c.body).where(inbox.c.id.in_(ids))
    connection.execute(delete(bodies).where(bodies.c.id.in_(theirs), bodies.c.id.not_in(needed)))


def depth(connection: Connection) -> dict[str, int]:
    """How many rows are pending and parked."""
    counts = connection.execute(
        select(inbox.c.state, func.count()).where(INBOX_OPEN).group_by(inbox.c.state)
    )
    return dict(counts.all())


def _decoded(text: str) -> ChannelEvent | Unreadable:
    try:
        return decode(text)
    except (ValidationError, KeyError, ValueError, TypeError) as exc:
        return Unreadable(why=type(exc).__name__)


def encode(event: ChannelEvent) -> str:
    """An event as the JSON text that `decode` reads."""
    return orjson.dumps([type(event).__name__, event]).decode()


def decode(text: str) -> ChannelEvent:
    """The event of an inbox row."""
    name, fields = orjson.loads(text)
    return _ADAPTERS[name].validate_python(fields)


def _rows(
    arrival: Arrival, digest: bytes, threads: Mapping[names.Named, str]
) -> list[dict[str, Any]]:
    shared = {
        "channel": arrival.channel,
        "account": arrival.account,
        "body": digest,
        "received_at": arrival.received_at,
        "tries": 0,
    }
    if arrival.reason is not None:
        return [
            shared
            | {
                "event_id": f"{MALFORMED}:{digest.hex()}",
                "partition": 0,
                "conversation": "",
                "kind": MALFORMED,
                "event": None,
                "state": "parked",
                "reason": arrival.reason,
            }
        ]
    return [
        shared | _row(event, threads[names.named(event)] if event.thread_keys else event.thread)
        for event in arrival.events
    ]


def _row(event: ChannelEvent, thread: str) -> dict[str, Any]:
    key = conversation_key(event.channel, event.account, thread)
    if max(len(key), len(event.event_id), len(getattr(event, "id", ""))) > LONGEST_ID:
        return _overlong(event)
    return {
        "channel": event.channel,
        "account": event.account,
        "event_id": event.event_id,
        "partition": partition_of(key),
        "conversation": key,
        "kind": event.kind,
        "event": encode(event),
        "state": "pending",
        "reason": None,
    }


def _overlong(event: ChannelEvent) -> dict[str, Any]:
    """Park an event that cannot be stored under its own ids."""
    digest = hashlib.sha256(f"{event.event_id} {event.thread}".encode()).hexdigest()
    return {
        "event_id": f"{MALFORMED}:{digest}",
        "partition": 0,
        "conversation": "",
        "kind": MALFORMED,
        "event": None,
        "state": "parked",
        "reason": f"an id is longer than {LONGEST_ID} characters",
    }
