"""A platform's clock may be wrong by hours: nothing is answered late for it, nobody talked over."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot import handoff
from bot.simulation.misbehaviour import Misbehaviour
from bot.store.tables import messages
from tests.house import House, house
from tests.scenarios.scene import (
    are,
    conversation,
    echo,
    items,
    logged,
    states,
    until,
)

OFF = 2 * 3600.0

pytestmark = pytest.mark.usefixtures("impatient")


async def test_a_reply_leaves_too_late_since_the_platforms_clock_runs_ahead(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="429", retry_after=60))
        await _says(h, "ann", off=OFF)
        await until(h, lambda: are(h, "ann", ["queued"]))
        h.clock.ahead += timedelta(minutes=11)
        h.platform.behave()
        await h.settled()

        assert await states(h, "ann") == ["expired"]
        assert h.sent() == []


async def test_times_to_come_are_kept_where_they_count(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _says(h, "ann", off=OFF)
        await h.settled()
        await h.deliver(echo(h, "ann", "Ann here", off=OFF))
        await h.deliver(h.customer("ann").unsends("m1", sent=h.clock.seconds() + OFF))
        await h.settled()
        now = h.clock()

        row = await conversation(h, "ann")
        said = await h.database.read(lambda connection: connection.execute(select(messages)).all())
        (item,) = await items(h, "ann")
        kept = [row.last_in_at, row.last_out_at, row.last_agent_at, item.settled_at]
        kept += [line.sent_at for line in said]
        kept += [line.at for type_ in ("taken", "deleted") for line in await logged(h, type_)]
        assert len(said) == 3
        assert [at for at in kept if at > now] == []
        assert item.expires_at < now + timedelta(minutes=11)
        assert item.window_until < now + timedelta(hours=24)


async def test_what_may_be_old_is_answered_since_the_clock_may_be_behind(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        await _says(h, "ann", off=-OFF)
        await h.settled()

        assert h.sent() == []
        assert (await conversation(h, "ann")).handoff_reason == "stale"
        async with h.http.get(f"{h.url}/metrics") as page:
            assert 'antiphon_late_events_total{channel="messenger"} 1\n' in await page.text()


async def test_the_bot_talks_over_a_person_whose_platform_is_behind(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await _says(h, "ann", off=-OFF)
        await h.settled()
        await h.deliver(echo(h, "ann", "Ann here", off=-OFF))
        await h.settled()

        assert await h.database.write(lambda it: _returned(it, h.clock())) == []
        assert (await conversation(h, "ann")).state == "agent"


def _returned(connection: Connection, now: datetime) -> list[int]:
    """What a sweep gives back to the bot after an hour of silence."""
    before = now - timedelta(hours=1)
    return handoff.return_silent(connection, before=before, partitions=range(64), at=now)


async def _says(h: House, who: str, *, off: float, message: str = "m1") -> None:
    webhook = h.customer(who).says("hello", message=message, sent=h.clock.seconds() + off)
    assert await h.deliver(webhook) == 200
