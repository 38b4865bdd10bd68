"""The asks are kept while the service runs, beside everything else."""

from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.store import upkeep
from bot.store.tables import asks
from bot.web.keys import KEEPER
from tests.house import house


async def test_a_running_service_keeps_no_asks_or_wrong_ones(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for who in ("ann", "bob", "cyd"):
            await h.says(who, "hello")
        await h.settled()
        await h.says("bob", "I want to talk to a human")
        await h.settled()
        await h.service.app[KEEPER].catch_up()

        kept = await h.database.read(lambda conn: conn.scalar(select(func.count(asks.c.ask))))
        proof = await h.database.read(
            lambda conn: upkeep.prove(conn, zone=ZoneInfo("Asia/Taipei"), now=h.clock())
        )
        assert kept == proof.asks == 4
        assert proof.differences == ()
