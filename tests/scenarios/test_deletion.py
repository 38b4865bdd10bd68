"""What a customer takes back is nowhere to be read any more, nor what was drawn from it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.answers import Answers
from bot.store.tables import metadata
from tests.house import House, house
from tests.postgres import new_database
from tests.scenarios.scene import arrived, conversation, logged, said, until

ORDER, OTHER_ORDER, PHONE, MAIL = "A1234567", "A1234568", "0912-345-678", "lin.mei@example.org"
PHONE_DIGITS = "0912345678"
WORD = "pomegranate"
NEEDLES = (ORDER, OTHER_ORDER, PHONE, PHONE_DIGITS, MAIL, WORD)
SHOP: dict[str, Any] = {
    "actions": ["bot.demo.order_status:ActionOrderStatus"],
    "answers": {"order_status": {"action": "action_order_status"}},
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_deleted_message_can_still_be_found_in_the_database(
    tmp_path: Path, kind: str
) -> None:
    store = {} if kind == "sqlite" else {"store": {"url": _postgres()}}
    async with house(tmp_path, **SHOP, **store) as h:
        ann = h.customer("ann")
        asks = f"Where is my order {ORDER}? My {WORD} phone is {PHONE}, mail {MAIL}"
        await h.says("ann", asks, message="m1")
        await h.settled()
        edited = f"Where is my order {OTHER_ORDER}? {WORD}"
        await h.deliver(ann.edits("m1", edited, sent=h.clock.seconds()))
        await h.says("ann", "I want to talk to a person", message="m2")
        await h.settled()
        assert [needle for needle in NEEDLES if not await _found(h, tmp_path, needle)] == []

        await h.deliver(ann.unsends("m1", sent=h.clock.seconds()))
        await h.settled()

        assert await h.database.scrub()
        assert [needle for needle in NEEDLES if await _found(h, tmp_path, needle)] == []
        assert (await conversation(h, "ann")).slots.keys() <= {"order_tries"}
        assert [author for author, _ in await said(h, "ann")].count("customer") == 2
        decided = await logged(h, "decided")
        assert {row.data["intent"] for row in decided} >= {"order_status", "human_request"}


async def test_a_deletion_takes_what_other_messages_said(tmp_path: Path) -> None:
    async with house(tmp_path, **SHOP) as h:
        await h.says("ann", f"Where is my order {ORDER}?", message="m1")
        await h.settled()
        before = await said(h, "ann"), (await logged(h, "decided"))[0].data
        await h.says("ann", f"My {WORD} phone is {PHONE}", message="m2")
        await h.settled()

        await h.deliver(h.customer("ann").unsends("m2", sent=h.clock.seconds()))
        await h.settled()

        after = (await said(h, "ann"))[:2], (await logged(h, "decided"))[0].data
        assert after == before
        assert (await conversation(h, "ann")).slots["order_number"] == ORDER


async def test_a_deleted_message_stays_in_the_write_ahead_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.SCRUB_EVERY", 0.1)
    async with house(tmp_path) as h:
        await h.says("ann", f"My {WORD} phone is {PHONE}", message="m1")
        await h.settled()
        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds()))

        await until(h, lambda: _gone(h, tmp_path))


async def test_a_parked_message_keeps_its_words_after_its_deletion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.inbox.RETRY_AFTER", timedelta(milliseconds=10))
    async with house(tmp_path) as h:
        monkeypatch.setattr(Answers, "decide", _broken)
        await h.says("ann", f"My {WORD} phone is {PHONE}", message="m1")
        await until(h, lambda: _parked(h))
        monkeypatch.undo()
        assert await _found(h, tmp_path, WORD)

        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds()))
        await h.settled()

        assert await h.database.scrub()
        assert not await _found(h, tmp_path, WORD)
        assert [row.state for row in await arrived(h)] == ["done", "done"]


def _broken(*_: object, **__: object) -> None:
    raise ValueError("a bug")


async def _parked(h: House) -> bool:
    return [row.state for row in await arrived(h)] == ["parked"]


async def _gone(h: House, folder: Path) -> bool:
    return not await _found(h, folder, WORD)


async def _found(h: House, folder: Path, needle: str) -> bool:
    if h.database.dialect == "sqlite":
        files = (folder / "data").glob("antiphon.db*")
        return any(needle.encode() in file.read_bytes() for file in files)
    return await h.database.read(lambda connection: needle in _everything(connection))


def _everything(connection: Connection) -> str:
    rows = (connection.execute(select(table)).all() for table in metadata.sorted_tables)
    # A row of its own would leave out the middle of what is long.
    return repr([[tuple(row) for row in each] for each in rows])


def _postgres() -> str:
    return new_database().replace("postgresql+psycopg://", "postgresql://")
