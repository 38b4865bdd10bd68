"""The queue on both databases: what comes into it, leaves it, and stays out."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from bot.review import Reason, Verdict
from bot.store import lessons, queue, reviews, teaching
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.joining import join
from bot.store.queue import Chosen, Order
from bot.store.tables import agents, conversations, events, messages
from bot.store.tables import reviews as table
from channels.messages import MessageDeleted, Surface

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANSWER = {"decision": "Respond", "intent": "stock", "source": "classifier", "templates": ["stock"]}
ASKED = ANSWER | {"intent": "oos", "templates": ["not_sure"]}


def talk(connection: Connection, thread: str) -> int:
    row = {"key": f"line/shop/{thread}", "channel": "line", "account": "shop", "thread": thread}
    row |= {"surface": "direct", "state": "bot", "contact_id": thread}
    more = {"slots": {}, "gone": [], "choices": [], "created_at": NOW, "fence": 0, "misses": 0}
    found: int | None = connection.scalar(
        insert(conversations).values(row | more).returning(conversations.c.id)
    )
    assert found is not None
    return found


def says(
    connection: Connection,
    id: int,
    text: str,
    said: dict[str, Any],
    at: datetime,
    who: str = "ann",
) -> int:
    """One message and the decision on it; returns the message's id."""
    number = len(connection.execute(select(messages.c.id)).all())
    row = {"conversation_id": id, "direction": "in", "author": "customer", "visibility": "public"}
    row |= {"kind": "dm.text", "text": text, "platform_id": f"p{number}", "contact_id": who}
    times = {"sent_at": at, "received_at": at}
    key: int | None = connection.scalar(
        insert(messages).values(row | times).returning(messages.c.id)
    )
    assert key is not None
    line = {"conversation_id": id, "type": "decided", "at": at, "actor": "bot"}
    data = {"message": f"p{number}", "why": "x", "language": "zh-Hant"} | said
    connection.execute(insert(events).values(line | {"data": data}))
    return key


def agent(connection: Connection) -> int:
    row = {"email": "a@example.com", "name": "A", "role": "agent", "password_hash": "-"}
    more = {"created_at": NOW, "active": True, "teaches": True}
    found: int | None = connection.scalar(insert(agents).values(row | more).returning(agents.c.id))
    assert found is not None
    return found


async def collected(database: Database, after: int = 0, now: datetime = NOW) -> reviews.Looked:
    looked = await database.read(lambda conn: reviews.look(conn, after=after, now=now))
    await database.write(lambda conn: reviews.keep(conn, looked, now=now))
    return looked


async def waiting(database: Database) -> dict[str, str]:
    """What waits, as text and reason."""
    query = (
        select(messages.c.text, table.c.reason)
        .join(messages, messages.c.id == table.c.message_id)
        .where(table.c.verdict.is_(None))
    )
    return await database.read(lambda conn: {row.text: row.reason for row in conn.execute(query)})


async def test_what_the_next_message_tells_comes_too_late(database: Database) -> None:
    id = await database.write(lambda conn: talk(conn, "a"))
    await database.write(lambda conn: says(conn, id, "有雨傘嗎", ASKED, NOW - 9 * MINUTE))
    first = await collected(database)
    await database.write(lambda conn: says(conn, id, "雨傘要多少錢", ANSWER, NOW - 8 * MINUTE))
    await database.write(lambda conn: says(conn, id, "到底有沒有雨傘", ANSWER, NOW - 7 * MINUTE))

    await collected(database, first.after)

    assert await waiting(database) == {
        "有雨傘嗎": Reason.UNTAPPED,
        "雨傘要多少錢": Reason.AGAIN,
    }


async def test_another_customers_comment_tells_of_the_answer(database: Database) -> None:
    id = await database.write(lambda conn: talk(conn, "post"))

    def tell(connection: Connection) -> None:
        says(connection, id, "有雨傘嗎", ANSWER, NOW - 2 * MINUTE)
        says(connection, id, "有雨傘嗎", ANSWER, NOW - MINUTE, "bob")

    await database.write(tell)
    await collected(database)

    assert await waiting(database) == {}


async def test_what_is_not_settled_is_read_again_without_a_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.reviews.SPAN", 1)
    id = await database.write(lambda conn: talk(conn, "a"))
    for text in ("one umbrella", "two umbrellas"):
        await database.write(lambda conn, text=text: says(conn, id, text, ASKED, NOW))  # type: ignore[misc]

    looked = await collected(database)

    assert (looked.after, looked.more) == (0, False)
    assert (await collected(database, 0, NOW + MINUTE)).more


async def test_the_log_is_looked_through_twice_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.reviews.SPAN", 3)
    id = await database.write(lambda conn: talk(conn, "a"))
    for number in range(8):
        at = NOW - timedelta(hours=8 - number)
        await database.write(
            lambda conn, n=number, at=at: says(conn, id, f"number {n} please", ASKED, at)  # type: ignore[misc]
        )

    after, more, rounds = 0, True, 0
    while more:
        looked = await collected(database, after)
        after, more, rounds = looked.after, looked.more, rounds + 1

    assert len(await waiting(database)) == 8
    assert rounds == 3
    assert await database.read(lambda conn: reviews.start(conn, now=NOW)) == after


async def test_what_waited_for_a_month_still_waits(database: Database) -> None:
    id = await database.write(lambda conn: talk(conn, "a"))
    await database.write(lambda conn: says(conn, id, "有雨傘嗎", ASKED, NOW - MINUTE))
    await collected(database)
    assert await waiting(database)

    await collected(database, 1, NOW + reviews.KEPT)

    assert await waiting(database) == {}


async def test_words_that_were_erased_meanwhile_come_into_the_queue(database: Database) -> None:
    id = await database.write(lambda conn: talk(conn, "a"))
    await database.write(lambda conn: says(conn, id, "我的秘密", ASKED, NOW - MINUTE))
    looked = await database.read(lambda conn: reviews.look(conn, after=0, now=NOW))

    await database.write(lambda conn: erase(conn, "line/shop/a", at=NOW))
    await database.write(lambda conn: reviews.keep(conn, looked, now=NOW))

    assert looked.found
    assert await database.read(lambda conn: conn.execute(select(table)).all()) == []


async def test_joined_conversations_lose_what_waits(database: Database) -> None:
    one = await database.write(lambda conn: talk(conn, "old"))
    two = await database.write(lambda conn: talk(conn, "new"))
    await database.write(lambda conn: says(conn, one, "有雨傘嗎", ASKED, NOW - MINUTE))
    await collected(database)
    event = MessageDeleted(
        event_id="e",
        kind="dm.delete",
        channel="line",
        account="shop",
        thread="new",
        surface=Surface.DIRECT,
        sent_at=NOW,
        received_at=NOW,
        id="x",
    )

    assert await database.write(lambda conn: join(conn, event, "old", into="new"))

    (card,) = await database.read(lambda conn: queue.cards(conn, Chosen()))
    assert (card.text, card.conversation_id) == ("有雨傘嗎", two)


@pytest.mark.parametrize("order", Order)
async def test_a_card_counts_what_is_not_its_own(database: Database, order: Order) -> None:
    def tell(connection: Connection) -> None:
        for number, text in enumerate(("雨傘", "絲帶", "雨傘", "雨衣", "絲帶", "絲帶")):
            id = talk(connection, str(number))
            says(connection, id, text, ASKED, NOW - (9 - number) * MINUTE)

    await database.write(tell)
    await collected(database)

    cards = await database.read(lambda conn: queue.cards(conn, Chosen(order=order), limit=2))
    found = [(card.text, card.count, card.message_id) for card in cards]
    newest = [("絲帶", 3, 6), ("雨衣", 1, 4)]
    assert found == (newest if order is Order.NEWEST else [("絲帶", 3, 6), ("雨傘", 2, 3)])
    told = await database.read(queue.waiting)
    assert (told.total, told.channels, told.reasons["unsure"]) == (6, {"line": 6}, 6)


async def test_a_verdict_on_one_leaves_its_likes(database: Database) -> None:
    who = await database.write(agent)
    ids = []
    for thread in ("a", "b"):
        id = await database.write(lambda conn, thread=thread: talk(conn, thread))  # type: ignore[misc]
        ids.append(
            await database.write(lambda conn, id=id: says(conn, id, "雨傘", ASKED, NOW - MINUTE))  # type: ignore[misc]
        )
    await collected(database)

    closed = await database.write(
        lambda conn: reviews.judge(conn, ids[0], verdict=Verdict.DISMISSED, agent_id=who, at=NOW)
    )

    assert closed == 2
    assert await waiting(database) == {}
    line = select(events.c.data).where(events.c.type == "reviewed")
    assert await database.read(lambda conn: conn.scalar(line)) == {
        "verdict": "dismissed",
        "messages": 2,
    }


async def test_an_example_taught_for_two_intents_counts_twice(database: Database) -> None:
    who = await database.write(agent)

    async def teach(intent: str, text: str) -> int:
        return await database.write(
            lambda conn: teaching.teach(
                conn,
                intent=intent,
                language="zh-Hant",
                text=text,
                message_id=None,
                agent_id=who,
                at=NOW,
            )
        )

    first, same = await teach("stock", "有雨傘嗎"), await teach("stock", "有雨傘嗎。")
    other = await teach("price", "有雨傘嗎")
    await database.write(lambda conn: teaching.judged(conn, [first, other], used=True, at=NOW))

    assert first == same
    found = await database.read(teaching.standing)
    assert [(one.intent, one.text) for one in found.examples] == [("price", "有雨傘嗎")]
    states = [one.state for one in await database.read(teaching.everything)]
    assert states == ["used", "withdrawn"]


async def test_two_processes_learn_at_once(database: Database) -> None:
    who = await database.write(agent)

    async def claim(owner: str, now: datetime) -> int | None:
        return await database.write(lambda conn: lessons.claim(conn, owner=owner, now=now))

    assert await claim("one:1", NOW) is None
    await database.write(
        lambda conn: teaching.teach(
            conn, intent="a", language="en", text="x y", message_id=None, agent_id=who, at=NOW
        )
    )
    assert await claim("one:1", NOW) == 1
    assert await claim("two:1", NOW) is None
    # A new life of the same node: the old one learns no more.
    assert await claim("one:2", NOW) == 2
    assert await claim("two:1", NOW + lessons.LONGEST / 2) is None
    assert await claim("two:1", NOW + lessons.LONGEST) == 3
    later = NOW + lessons.LONGEST
    await database.write(lambda conn: lessons.end(conn, 3, now=later, problem="no"))
    assert await claim("two:1", later) is None
    assert await claim("two:1", later + lessons.TRY_AGAIN) == 4
    last = await database.read(lessons.last)
    assert last is not None
    assert last.ended_at is None


async def test_of_processes_that_begin_at_the_same_moment_two_learn(
    database: Database, store_url: str
) -> None:
    who = await database.write(agent)
    await database.write(
        lambda conn: teaching.teach(
            conn, intent="a", language="en", text="x y", message_id=None, agent_id=who, at=NOW
        )
    )
    others = [Database(store_url) for _ in range(4)]
    for other in others:
        other.start()

    looked = threading.Barrier(len(others))

    def together(_c: object, _u: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO lessons"):
            looked.wait(timeout=30)

    if database.dialect == "postgresql":
        # All have looked before one begins; on SQLite only one can write, and so look, at a time.
        for other in others:
            event.listen(other.engine, "before_cursor_execute", together)
    claims = [
        other.write(partial(lessons.claim, owner=f"{at}:1", now=NOW))
        for at, other in enumerate(others)
    ]
    found = await asyncio.gather(*claims)

    for other in others:
        await other.close()
    assert sorted(found, key=lambda one: one is None) == [1, None, None, None]


async def test_a_card_whose_words_have_gone_cannot_be_closed(database: Database) -> None:
    """Whoever has the card open presses a button after the words have gone."""
    who = await database.write(agent)
    id = await database.write(lambda conn: talk(conn, "a"))
    key = await database.write(lambda conn: says(conn, id, "雨傘", ASKED, NOW - MINUTE))
    await collected(database)
    await database.write(lambda conn: conn.execute(update(messages).values(text=None)))

    closed = await database.write(
        lambda conn: reviews.judge(conn, key, verdict=Verdict.RIGHT, agent_id=who, at=NOW)
    )

    assert closed == 1
