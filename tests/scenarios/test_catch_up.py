"""What customers said while nobody was there is heard once, as late as it is, or answered."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulation.webhook import Webhook
from tests.house import House, street
from tests.scenarios.scene import arrived, conversation, until


def lost(h: House, webhook: Webhook) -> None:
    """The platform tries in vain to deliver it."""
    h.platform.world.note(replace(webhook, polled=True), h.clock.seconds())


@pytest.mark.parametrize(("away", "state"), [(5, "bot"), (360, "waiting")])
async def test_what_was_said_while_we_were_away_is_lost(
    tmp_path: Path, away: int, state: str
) -> None:
    async with street(tmp_path) as opened:
        async with opened() as h:
            await h.says("bob", "hello", message="m_before")
            await h.until(lambda: h.sent("bob"))
        # The platform tells again what we knew, and what we did not.
        for who, message in (("bob", "m_before"), ("ann", "m_lost")):
            said = h.customer(who).says("hello", message=message, sent=h.clock.seconds() + 1)
            lost(h, said)
        h.clock.ahead += timedelta(minutes=away)

        async with opened() as back:
            await until(back, lambda: _heard(back, "m_lost"))
            await back.settled()

            assert (await conversation(back, "ann")).state == state
            assert len(back.sent("ann")) == (1 if state == "bot" else 0)
            assert len(back.sent("bob")) == 1
            ids = [row.event_id for row in await arrived(back) if row.kind == "dm.text"]
            assert sorted(ids) == ["m_before", "m_lost"]
            assert back.platform.violations == []


async def _heard(h: House, id: str) -> bool:
    return id in {row.event_id for row in await arrived(h)}
