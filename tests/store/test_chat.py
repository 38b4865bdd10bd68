"""Web chat's frames: one order for writers and readers in any number of processes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from bot.store import chat
from bot.store.chat import Entry, Session
from bot.store.database import Database

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SESSION = Session(account="site", thread="t1")


@pytest.fixture
async def second(database: Database, store_url: str) -> AsyncIterator[Database]:
    """Another process on the same store."""
    made = Database(store_url)
    made.start()
    yield made
    await made.close()


async def opened(database: Database, *threads: str) -> None:
    def open_all(connection: Connection) -> None:
        for thread in threads:
            session = Session(account="site", thread=thread)
            chat.open_session(connection, session, digest=thread.encode(), at=NOW)

    await database.write(open_all)


async def read_page(database: Database, after: int = 0) -> chat.Page:
    return await database.read(lambda connection: chat.page(connection, SESSION, after=after))


def entry(message_id: str, thread: str = "t1") -> Entry:
    return Entry(thread=thread, message_id=message_id, frame={"mid": message_id}, at=NOW)


async def test_a_batch_is_stored_in_another_order(database: Database) -> None:
    await opened(database, "t1", "t2")

    batch = [entry("b"), entry("a", "t2"), entry("a"), entry("b"), entry("x", "gone")]
    first = await database.write(lambda connection: chat.post(connection, batch))
    again = await database.write(lambda connection: chat.post(connection, batch[::-1]))

    page = await read_page(database)
    assert [frame["mid"] for frame in page.frames] == ["b", "a"]
    assert [posted and posted.new for posted in first] == [True, True, True, False, None]
    assert [posted and posted.new for posted in again] == [None, False, False, False, False]
    assert [posted and posted.seq for posted in again] == [
        posted and posted.seq for posted in first[::-1]
    ]


async def test_a_reader_passes_a_frame_that_another_process_is_still_writing(
    database: Database, second: Database
) -> None:
    await opened(database, "t1")

    with database.engine.connect().execution_options(writes=True) as slow:
        [first] = chat.post(slow, [entry("first")])
        waiting = second.submit(chat.post, entry("second"))
        await asyncio.wait([waiting], timeout=0.3)
        before = await read_page(second)
        slow.commit()

    assert before.frames == ()
    later = await waiting
    assert first is not None
    assert later is not None
    page = await read_page(second)
    assert [(frame["mid"], frame["seq"]) for frame in page.frames] == [
        ("first", first.seq),
        ("second", later.seq),
    ]
