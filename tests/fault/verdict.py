"""Judges a store against the platform's ledger: answered once, in order, nothing lost."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select

from bot.store.tables import conversations, inbox, outbox
from tests.fault.fleet import Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the store says.

    *open* counts what is still to be done; *done* and *unanswered* hold event ids, *replies* counts
    by inbox row, *sent* and *doubtful* tell the thread and inbox row of an outbox item; *slowest*
    is from our receipt to our answer.
    """

    open: int
    done: set[str]
    replies: Counter[int]
    sent: dict[str, tuple[str, int]]
    doubtful: dict[str, tuple[str, int]]
    unanswered: set[str]
    handed_over: int
    slowest: timedelta


def judged(connection: Connection) -> Verdict:
    """Read everything."""
    rows = connection.execute(select(inbox)).all()
    items = connection.execute(
        select(outbox, conversations.c.thread).join(
            conversations, conversations.c.id == outbox.c.conversation_id
        )
    ).all()
    waiting = set(
        connection.scalars(select(conversations.c.key).where(conversations.c.state != "bot"))
    )
    received = {row.id: row.received_at for row in rows}
    replies = Counter(item.inbox_id for item in items if item.part == 0)
    return Verdict(
        open=sum(row.state == "pending" for row in rows)
        + sum(item.state in {"queued", "sending", "unknown"} for item in items),
        done={row.event_id for row in rows if row.state == "done"},
        replies=replies,
        sent={item.id: (item.thread, item.inbox_id) for item in items if item.state == "sent"},
        doubtful={
            item.id: (item.thread, item.inbox_id)
            for item in items
            if item.state in {"unknown", "failed"} and item.doubtful
        },
        unanswered={
            row.event_id
            for row in rows
            if row.kind == "dm.text" and not replies[row.id] and row.conversation not in waiting
        },
        handed_over=len(waiting),
        slowest=max(
            (item.settled_at - received[item.inbox_id] for item in items if item.state == "sent"),
            default=timedelta(),
        ),
    )


def answered_once_in_order(verdict: Verdict, brand: Fleet) -> None:
    """Fail unless every message that was taken has one answer, in the order of the messages."""
    taken = [entry.outbound_id or "" for entry in brand.platform.ledger.accepted()]
    known = verdict.sent | verdict.doubtful
    order: dict[str, list[int]] = {}
    for id in taken:
        thread, row = known[id]
        order.setdefault(thread, []).append(row)
    assert set(brand.accepted) - verdict.done == set()
    assert {row: count for row, count in verdict.replies.items() if count > 1} == {}
    assert [id for id, count in Counter(taken).items() if count > 1] == []
    assert verdict.sent.keys() - set(taken) == set()
    assert {thread for thread, rows in order.items() if rows != sorted(rows)} == set()
    assert verdict.unanswered == set()
    assert brand.platform.violations == []
