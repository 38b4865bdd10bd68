"""What may be there only once is refused a second time, on either database."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Connection, func, select

from bot.store import agents, canned, desk
from bot.store.agents import Role
from bot.store.database import Database
from bot.store.tables import events
from tests.history import History

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def hired(connection: Connection) -> int:
    return agents.add(
        connection, email="a@example.com", name="Ann", role=Role.AGENT, password_hash="-", at=NOW
    )


ADD: dict[str, Callable[[Connection], object]] = {
    "agent": hired,
    "canned reply": partial(canned.add, key="hi", language="en", text="Hello"),
}


@pytest.mark.parametrize(
    ("what", "refusal"), [("agent", agents.EmailTaken), ("canned reply", canned.KeyTaken)]
)
async def test_a_second_one_is_taken(
    database: Database, what: str, refusal: type[Exception]
) -> None:
    await database.write(ADD[what])

    with pytest.raises(refusal):
        await database.write(ADD[what])


async def test_a_label_that_is_there_is_logged_again(database: Database) -> None:
    def tell(connection: Connection) -> tuple[int, int]:
        history = History(connection, NOW)
        who = hired(connection)
        history.says("ann", "hello", NOW)
        return history.conversation("ann"), who

    where, who = await database.write(tell)
    for _ in range(2):
        await database.write(
            lambda it: desk.add_label(it, conversation_id=where, label="vip", agent_id=who, at=NOW)
        )
    logged = select(func.count()).where(events.c.type == "labelled")
    assert await database.read(lambda it: it.scalar(logged)) == 1
