"""What the service asks again and again costs the same however much was ever stored."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot import handoff
from bot.review import Reason
from bot.store import (
    claims,
    conversations,
    forgetting,
    inbox,
    leases,
    lessons,
    outbox,
    outcomes,
    queue,
    reviews,
    schema,
    teaching,
)
from bot.store.claims import Asked
from bot.store.database import engine, sqlite_url
from bot.store.outbox import Claimed
from bot.store.settle import Owner, check_lease
from channels.messages import BotMessage

NOW = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
ALL = list(range(inbox.PARTITIONS))
ITEM = Claimed(
    id="a",
    conversation_id=1,
    message=BotMessage(id="a", channel="line", account="shop", thread="u"),
    flags={},
    inbox_id=1,
    agent_id=None,
    tries=0,
    doubtful=False,
    expires_at=NOW,
    claimed_at=NOW,
)
SHOP = ("line", "shop")
GROWING = "inbox|bodies|outbox|messages|events|conversations|reviews|later"


@contextmanager
def plans(connection: Connection) -> Iterator[list[str]]:
    """SQLite's plan of every statement that runs in the block."""
    driver: Any = connection.connection.dbapi_connection
    told: list[str] = []
    driver.set_trace_callback(told.append)
    seen: list[str] = []
    try:
        yield seen
    finally:
        driver.set_trace_callback(None)
    for sql in told:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            seen += [f"{row[3]} <- {sql}" for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}")]


@pytest.mark.parametrize("owned", [ALL, ALL[:3]], ids=["all partitions", "some"])
def test_a_statement_of_every_day_reads_a_whole_table(tmp_path: Path, owned: list[int]) -> None:
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    with made.connect() as connection, plans(connection) as seen:
        owner = Owner(name="a:1", epochs=dict.fromkeys(owned, 0))
        leases.acquire(connection, owner=owner.name, now=NOW)
        check_lease(connection, owner, [])
        inbox.pending(connection, owned=owned, after=0, limit=500, now=NOW)
        inbox.pending_ids(connection, owned=owned, upto=9, now=NOW)
        inbox.done(connection, [1])
        inbox.forget_bodies(connection, before=NOW)
        inbox.depth(connection)
        inbox.parked(connection)
        conversations.by_keys(connection, ["a"])
        outcomes.claim_next(connection, owner=owner, now=NOW, conversation_ids=[1])
        outcomes.claim_due(connection, owner=owner, now=NOW, turns={SHOP: 9})
        outcomes.lapse(connection, owner=owner, now=NOW)
        claims.due(connection, owned=owned, now=NOW, accounts={SHOP: 9})
        claims.accounts_due(connection, owned=owned, now=NOW)
        outcomes.recover(connection, partitions=owned, repeatable=lambda _: True, now=NOW)
        outcomes.give_up_unknown(connection, partitions=owned, now=NOW)
        outbox.busy(connection, [1])
        claims.standing(connection, [Asked(owner=owner.name, item=ITEM, at=NOW)])
        outbox.cancel(connection, reason="x", at=NOW, conversation_id=1)
        outbox.cancel(connection, reason="x", at=NOW, inbox_id=1)
        outbox.open_counts(connection)
        handoff.return_silent(connection, before=NOW, partitions=owned, at=NOW)

    assert len(seen) > 20
    walks = re.compile(rf"SCAN (?:{GROWING})\b(?!.*ix_\w+_open)|(?:inbox|outbox) USING.*rowid[<>]")
    assert [plan for plan in seen if walks.search(plan.partition(" <- ")[0])] == []


def test_reviewing_reads_the_log_as_a_whole(tmp_path: Path) -> None:
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    with made.connect() as connection, plans(connection) as seen:
        looked = reviews.look(connection, after=0, now=NOW)
        reviews.keep(connection, looked, now=NOW)
        reviews.start(connection, now=NOW)
        for order in queue.Order:
            queue.cards(connection, queue.Chosen(order=order, reason=Reason.AGAIN))
        queue.waiting(connection)
        queue.said_of(connection, 1)
        forgetting.forget_review(connection, conversation_id=1, message_id=1)
        forgetting.forget_review(connection, conversation_id=1)
        teaching.standing(connection)
        lessons.claim(connection, owner="a:1", now=NOW)

    # The queue itself is read by its index, or from its newest end.
    walks = re.compile(rf"SCAN (?:{GROWING})\b(?!.*ix_reviews_(?:open|reason))")
    whole = [plan for plan in seen if walks.search(plan.partition(" <- ")[0])]
    assert [plan for plan in whole if "ORDER BY reviews.message_id DESC" not in plan] == []
    assert len(seen) > 20
