"""A service that froze between claim and send looks again before it speaks."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot import handoff
from bot.sender import Sender
from bot.store import leases, outcomes
from bot.store.outbox import Claimed
from bot.store.settle import Owner
from tests.house import House, house
from tests.scenarios.scene import are, conversation, hire, items, states, until

LONG = timedelta(seconds=5)

pytestmark = pytest.mark.usefixtures("impatient")


Meanwhile = Callable[[House, timedelta, Callable[[Connection], None]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Freeze a house once, right after its next claim, for a while in which others act."""

    def freeze(h: House, time: timedelta, act: Callable[[Connection], None]) -> None:
        offer = Sender.offer

        def frozen(self: Sender, owner: Owner, items: Iterable[Claimed]) -> None:
            claimed = list(items)
            if claimed:
                monkeypatch.setattr(Sender, "offer", offer)
                h.clock.ahead += time
                with h.database.engine.connect().execution_options(writes=True) as connection:
                    act(connection)
                    connection.commit()
            offer(self, owner, claimed)

        monkeypatch.setattr(Sender, "offer", frozen)

    return freeze


async def test_a_frozen_sender_speaks_after_an_agent_took_over(
    tmp_path: Path, meanwhile: Meanwhile
) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)

        def take_over(connection: Connection) -> None:
            handoff.take(connection, conversation_id=1, agent_id=agent, at=h.clock())

        meanwhile(h, LONG, take_over)
        await h.says("ann", "hello")
        await h.settled()

        assert h.sent() == []
        assert [(item.state, item.reason) for item in await items(h)] == [
            ("cancelled", "an agent took over")
        ]


async def test_a_frozen_sender_sends_what_is_too_late_by_now(
    tmp_path: Path, meanwhile: Meanwhile
) -> None:
    async with house(tmp_path) as h:
        meanwhile(h, timedelta(minutes=11), lambda _: None)
        await h.says("ann", "hello")
        await h.settled()

        assert h.sent() == []
        assert await states(h) == ["expired"]
        assert (await conversation(h, "ann")).handoff_reason == "stale"


async def test_a_frozen_sender_sends_what_others_have_settled(
    tmp_path: Path, meanwhile: Meanwhile
) -> None:
    async with house(tmp_path) as h:

        def bury(connection: Connection) -> None:
            node = (tmp_path / "data" / "lock").read_text()
            leases.release(connection, node=node)
            outcomes.recover(
                connection, partitions=range(64), repeatable=lambda _: False, now=h.clock()
            )

        meanwhile(h, LONG, bury)
        await h.says("ann", "hello")
        await until(h, lambda: are(h, "ann", ["unknown"]))
        await h.says("bob", "hello")
        await h.until(lambda: h.sent("bob"))

        assert h.sent("ann") == []
        assert (await states(h, "ann")) == ["unknown"]


async def test_a_short_break_costs_a_look_at_the_database(
    tmp_path: Path, meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as h:
        monkeypatch.setattr("bot.store.claims.standing", None)
        meanwhile(h, timedelta(seconds=1), lambda _: None)
        await h.says("ann", "hello")
        await h.settled()

        assert await states(h) == ["sent"]
