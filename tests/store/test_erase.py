"""Who asks to be forgotten is forgotten, and the figures of the past stay as they were."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from bot import handoff
from bot.reports.ask import Ask
from bot.reports.asks import asks
from bot.store import chat, desk, inbox, outbox, outcomes, thread
from bot.store.chat import Entry, Session
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.files import File
from bot.store.inbox import Arrival, Pending
from bot.store.log import newest, report_events
from bot.store.outbox import Item
from bot.store.outcomes import Outcome
from bot.store.settle import AlreadyDecided, log_events
from bot.store.settle import Entry as Line
from bot.store.tables import conversations, events, messages
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table
from channels.messages import Attachment, ChannelEvent, Surface
from tests.history import ABLE, History, ramble
from tests.turns import message

T = TypeVar("T")
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATER = START + timedelta(days=30)
SECRET = "我住在光復南路七號，電話 0912-345-678"
PICTURE = File(
    attachment=Attachment(
        type="image",
        id="p" * 32,
        url="https://chat.example.com/files/p/image.png",
        title="picture.png",
        mime_type="image/png",
        expires_at=LATER,
    ),
    content=b"p",
)
NAME = "Xiaomei-Lin-Wonderful"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def asked(connection: Connection) -> list[Ask]:
    """The figures' ground, without who wrote: that is to be forgotten."""
    found = asks(report_events(connection, until=LATER))
    return [ask._replace(author=ask.author and "somebody") for ask in found]


async def forget(database: Database, key: str) -> int:
    return await database.write(lambda connection: erase(connection, key, at=LATER))


async def after(
    database: Database, tell: Callable[[History], T], ids: Iterator[int] | None = None
) -> T:
    return await database.write(
        lambda connection: tell(History(connection, START, _ids=ids or count(1)))
    )


@pytest.mark.parametrize("seed", range(4))
async def test_forgetting_people_changes_the_figures_of_the_past(
    database: Database, seed: int
) -> None:
    def tell(connection: Connection) -> list[str]:
        ramble(connection, seed, until=LATER)
        return list(connection.scalars(select(conversations.c.key)))

    keys = await database.write(tell)
    before = await database.read(asked)

    for key in keys:
        await forget(database, key)

    assert await database.read(asked) == before
    assert len(before) > 10


async def test_two_forgotten_authors_below_one_post_become_one(database: Database) -> None:
    def tell(history: History) -> None:
        for root in ("r1", "r2"):
            history.says(
                f"p/{root}",
                "多少錢？",
                at(0),
                channel="page_comments",
                surface=Surface.COMMENT,
                post="p",
                root=root,
                contact="ann",
            )

    await after(database, tell)
    for root in ("r1", "r2"):
        await forget(database, f"page_comments/shop/p/{root}")

    assert len(await database.read(asked)) == 2


async def test_a_report_in_memory_goes_on_showing_the_words(database: Database) -> None:
    await after(database, lambda history: history.says("a", SECRET, at(0), bot={}))
    before = await database.read(newest)

    await forget(database, "line/shop/a")

    assert await database.read(newest) != before


async def test_the_desk_still_shows_what_was_erased(database: Database) -> None:
    def tell(history: History) -> int:
        mei = history.agent("Mei")
        history.says("a", SECRET, at(0), bot={}, hands_off=True, name=NAME)
        history.replies("a", mei, SECRET, at(1))
        history.notes("a", mei, SECRET, at(2))
        id = history.conversation("a")
        desk.add_label(history.connection, conversation_id=id, label=NAME, agent_id=mei, at=at(3))
        data = {"reason": "rule", "slots": {"phone": SECRET}}
        log_events(history.connection, id, [Line(type="handoff", actor="bot", data=data)], at(4))
        return id

    id = await after(database, tell)

    assert await forget(database, "line/shop/a") == 4
    shown = await database.read(lambda connection: thread.thread(connection, id))
    assert shown is not None
    assert (shown.name, shown.contact_id, shown.labels, shown.state) == (None, "", (), "closed")
    assert {line.text for line in shown.lines if line.kind != "event"} == {"[erased]"}
    assert SECRET not in repr(shown)
    assert NAME not in repr(shown)


async def test_a_message_that_comes_again_is_taken_for_a_new_one(database: Database) -> None:
    event = message(SECRET, thread="a", channel="line", account="shop")
    arrival = Arrival(
        channel="line",
        account="shop",
        body=SECRET.encode(),
        events=[event],
        received_at=event.received_at,
    )
    await database.write(lambda connection: inbox.add(connection, [arrival]))

    await forget(database, "line/shop/a")

    duplicates = await database.write(lambda connection: inbox.add(connection, [arrival]))
    row = await database.read(lambda connection: connection.execute(select(inbox_table)).one())
    assert duplicates == [1]
    assert (row.state, row.event, row.body) == ("done", None, None)
    assert "/a" not in row.conversation


async def test_the_bot_decides_on_a_message_that_was_erased_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = History._stored

    def erased_meanwhile(history: History, event: ChannelEvent) -> Pending:
        pending = stored(history, event)
        erase(history.connection, "line/shop/a", at=LATER)
        return pending

    monkeypatch.setattr(History, "_stored", erased_meanwhile)

    with pytest.raises(AlreadyDecided):
        await after(database, lambda history: history.says("a", SECRET, at(0), bot={}))


@pytest.mark.parametrize("state", [Item.SENT, Item.QUEUED, Item.FAILED])
async def test_the_sender_writes_down_words_that_were_erased_meanwhile(
    database: Database, state: Item
) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        history.says("a", SECRET, at(0))
        id = history.conversation("a")
        handoff.reply(
            history.connection,
            conversation_id=id,
            agent_id=mei,
            text=SECRET,
            client_id=UUID(int=7),
            seen=10**9,
            at=at(1),
            capabilities=replace(ABLE, media=frozenset({"image"}), max_caption=1000),
            attached=[PICTURE],
        )
        (item,) = outcomes.claim_next(
            history.connection, owner=history.owner, now=at(1), conversation_ids=[id]
        )
        erase(history.connection, "line/shop/a", at=at(2))
        outcome = Outcome(item=item, state=state, at=at(3), platform_id="m1", message=item.message)
        assert outcomes.record(history.connection, [(history.owner, outcome)]) == [[]]

    await after(database, tell)

    def words(connection: Connection) -> list[Any]:
        rows = [
            *connection.execute(select(messages)).all(),
            *connection.execute(select(outbox_table)).all(),
            *connection.execute(select(events)).all(),
        ]
        return [row for row in rows if SECRET in repr(row) or "picture.png" in repr(row)]

    assert await database.read(words) == []
    assert await database.read(outbox.open_counts) == {}


async def test_a_chat_that_never_reached_the_bot_is_kept(database: Database) -> None:
    def tell(connection: Connection) -> int:
        session = Session(account="site", thread="t1")
        chat.open_session(connection, session, digest=b"t1", at=START)
        chat.post(connection, [Entry(thread="t1", message_id="m", frame={"x": SECRET}, at=START)])
        return erase(connection, "webchat/site/t1", at=LATER)

    assert await database.write(tell) == 0
    assert await database.read(lambda connection: chat.last_seq(connection, "t1")) == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_the_words_can_still_be_found_in_the_files(
    database: Database, tmp_path: Path
) -> None:
    luck = Random(1)
    texts = [f"{SECRET} {number} {luck.random()}" * luck.randrange(1, 40) for number in range(60)]

    def tell(history: History, number: int) -> None:
        mei = history.agent(f"Mei{number}")
        for other in range(5):
            crowd = "別人的話" * luck.randrange(1, 90)
            history.says(f"b{luck.randrange(30)}", crowd, at(number + other / 9), bot={})
        id = history.says("a", texts[number], at(number), bot={}, name=NAME)
        history.edits("a", id, f"{texts[number]}!", at(number + 0.5))
        if number % 3 == 0:
            history.replies("a", mei, texts[number], at(number + 0.6))
            history.closes("a", mei, at(number + 0.7))

    ids = count(1)
    for number in range(len(texts)):
        await after(database, partial(tell, number=number), ids)
    needles = [SECRET.encode(), b"0912-345-678", NAME.encode()]

    def found() -> int:
        files = list(tmp_path.glob("antiphon.db*"))
        return sum(file.read_bytes().count(needle) for file in files for needle in needles)

    assert found() > 0

    assert await forget(database, "line/shop/a") > len(texts)
    assert await database.scrub()

    assert found() == 0
