"""Who writes is looked up beside the answer, once, and never in its way."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from bot.simulation.webhook import Webhook
from bot.store import erase
from bot.store.tables import conversations, profiles
from tests.house import House, house
from tests.scenarios.scene import conversation, line_user, on_line, until

ANN = line_user(1)


def called(webhook: Webhook, name: str) -> Webhook:
    """The same, by somebody whom LINE knows under a name."""
    return replace(webhook, name=name)


async def kept(h: House) -> list[tuple[str | None, bool]]:
    """The profiles that are kept: name, and whether there was one."""
    query = select(profiles.c.name, profiles.c.found)
    rows = await h.database.read(lambda connection: connection.execute(query).all())
    return [(row.name, row.found) for row in rows]


async def named(h: House) -> int:
    """How many conversations bear a name."""
    query = select(func.count()).where(conversations.c.contact_name.is_not(None))
    return await h.database.read(lambda connection: connection.scalar(query)) or 0


async def test_a_customer_stays_without_a_name_or_is_asked_about_again(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        assert await h.deliver(called(on_line(h, ANN, "hello"), "小安")) == 200
        await until(h, lambda: named(h))
        asked = h.platform.calls
        assert await h.deliver(on_line(h, ANN, "謝謝")) == 200
        await h.settled()

        assert (await conversation(h, ANN)).contact_name == "小安"
        assert await kept(h) == [("小安", True)]
        assert h.platform.calls == asked + 1
        key = (await conversation(h, ANN)).key
        await h.database.write(lambda c: erase.erase(c, key, at=h.clock()))
        assert await kept(h) == []
