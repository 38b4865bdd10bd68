"""What customers are told about waiting is what people really waited."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from bot.conversation import Conversation
from bot.store import conversations
from bot.store.database import Database
from bot.store.settle import Entry, log_events
from bot.store.tables import messages
from bot.store.waits import usual_wait
from channels.messages import Surface

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


async def told(database: Database, waits: Sequence[int | None]) -> timedelta | None:
    """What is told after one hand-off per item of *waits*: minutes, None for still waiting."""

    def remember(connection: Connection) -> None:
        for number, minutes in enumerate(waits):
            _hand_off(connection, f"c{number}", minutes)

    await database.write(remember)
    return await database.read(lambda connection: usual_wait(connection, now=NOW))


async def test_few_hand_offs_make_a_promise(database: Database) -> None:
    assert await told(database, [1, 1, 1, 1]) is None


async def test_those_who_still_wait_shorten_the_usual_wait(database: Database) -> None:
    assert await told(database, [5, 5, 30, None, None]) == timedelta(minutes=30)


async def test_a_day_of_silence_is_told_as_a_short_wait(database: Database) -> None:
    assert await told(database, [5, 5, None, None, None]) is None


def _hand_off(connection: Connection, thread: str, minutes: int | None) -> None:
    at = NOW - timedelta(hours=2)
    key = f"messenger/shop/{thread}"
    new = Conversation(
        key=key,
        channel="messenger",
        account="shop",
        thread=thread,
        surface=Surface.DIRECT,
        contact_id=thread,
    )
    id = conversations.lock(connection, [new], at=at)[key].id
    log_events(connection, id, [Entry(type="handoff", actor="bot", data={})], at)
    if minutes is None:
        return
    answered_at = at + timedelta(minutes=minutes)
    row = {
        "conversation_id": id,
        "direction": "out",
        "author": "agent",
        "visibility": "public",
        "kind": "reply",
        "sent_at": answered_at,
        "received_at": answered_at,
    }
    connection.execute(insert(messages), row)
