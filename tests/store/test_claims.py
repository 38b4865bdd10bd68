"""One process may send an item: the one that claimed it last."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import Connection, select, update

from bot import handoff
from bot.store import outcomes
from bot.store.database import Database
from bot.store.outbox import Claimed, Item
from bot.store.outcomes import Outcome
from bot.store.settle import Owner
from bot.store.tables import events, outbox
from tests.history import ABLE, History

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


async def test_a_sleeper_gives_back_what_another_is_sending_by_now(database: Database) -> None:
    def tell(connection: Connection) -> None:
        history = History(connection, START, _ids=count(1))
        item = _claimed(history)
        connection.execute(update(outbox).values(claimed_by="another"))

        for state in (Item.QUEUED, Item.FAILED, Item.UNKNOWN):
            outcome = Outcome(item=item, state=state, at=START + timedelta(minutes=1))
            outcomes.record_last(connection, [(history.owner, outcome)])

    await database.write(tell)

    rows = select(outbox.c.state, outbox.c.claimed_by)
    assert await database.read(lambda it: it.execute(rows).all()) == [("sending", "another")]
    told = select(events.c.type).where(events.c.type.in_(("unsent", "handoff")))
    assert await database.read(lambda it: it.scalars(told).all()) == []


async def test_what_a_sleeper_sent_after_all_is_not_known(database: Database) -> None:
    def tell(connection: Connection) -> None:
        history = History(connection, START, _ids=count(1))
        item = _claimed(history)
        connection.execute(update(outbox).values(claimed_by="another"))
        sent = Outcome(item=item, state=Item.SENT, at=START, platform_id="m1")
        outcomes.record_last(connection, [(Owner(name="sleeper", epochs={}), sent)])

    await database.write(tell)

    assert await database.read(lambda it: it.scalars(select(outbox.c.state)).all()) == ["sent"]


def _claimed(history: History) -> Claimed:
    """A reply that is being sent."""
    agent = history.agent("Mei")
    history.says("a", "有人嗎？", START)
    id = history.conversation("a")
    handoff.reply(
        history.connection,
        conversation_id=id,
        agent_id=agent,
        text="我在",
        client_id=UUID(int=7),
        seen=10**9,
        at=START,
        capabilities=ABLE,
    )
    (item,) = outcomes.claim_next(
        history.connection, owner=history.owner, now=START, conversation_ids=[id]
    )
    return item
