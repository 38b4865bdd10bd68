"""What an agent teaches at the desk is what the next customer is answered by."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import Connection, select

from bot.app import Service, running
from bot.config import load
from bot.store import agents, lessons, teaching
from bot.store.agents import Role
from bot.store.tables import reviews
from bot.taught import Taught
from bot.understanding import brand_catalog
from intents.match import Utterance
from tests.house import House, house
from tests.postgres import new_database
from tests.scenarios.scene import conversation, logged, until
from tests.valkey import Valkey

# Few intents are learnt in a second.
SMALL = {"built_in": ["price", "stock", "greet", "thanks", "human_request", "shipping_fee", "oos"]}
STRANGE = "蠟封信箋可以刻家徽麼"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A manager's browser at the desk of one service."""

    session: ClientSession
    csrf: str

    async def look(self, path: str) -> str:
        async with self.session.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def press(self, path: str, **fields: str) -> None:
        headers = {"Origin": str(self.session._base_url).rstrip("/"), "X-Fragment": "1"}
        data = fields | {"csrf": self.csrf}
        async with self.session.post(path, data=data, headers=headers) as answer:
            assert answer.status in {200, 303}, await answer.text()

    async def card(self, text: str) -> str:
        """The address of the card that shows *text*."""
        page = await self.look("/review")
        found = re.search(rf'id="card-(\d+)"(?:(?!</article>).)*{re.escape(text)}', page, re.DOTALL)
        assert found is not None, page
        return f"/review/{found[1]}"


@asynccontextmanager
async def desk(h: House) -> AsyncIterator[Desk]:
    """Log a manager in."""

    def hire(connection: Connection) -> str:
        who = {"email": "mia@example.com", "name": "Mia", "password_hash": "-"}
        id = agents.add(connection, **who, role=Role.MANAGER, at=h.clock(), language="en")
        return agents.new_session(connection, id, h.clock())

    cookie = await h.database.write(hire)
    async with ClientSession(h.url, cookies={"desk": cookie}) as session:
        async with session.get("/review") as answer:
            found = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
        assert found is not None
        yield Desk(session=session, csrf=found[1])


async def asks(h: House, who: str, text: str = STRANGE) -> str:
    """The bot's answer to *who*."""
    before = len(h.sent(who))
    await h.says(who, text)
    await h.until(lambda: len(h.sent(who)) > before)
    return h.sent(who)[-1].text


async def waits(h: House) -> bool:
    query = select(reviews.c.message_id).where(reviews.c.verdict.is_(None))
    return await h.database.read(lambda conn: conn.scalar(query.limit(1))) is not None


async def used(h: House) -> bool:
    known = await h.database.read(teaching.standing)
    return bool(known.examples) and understood(h.service) != "oos"


def understood(service: Service, text: str = STRANGE) -> str:
    """The intent that this process finds in *text*."""
    return service.current()[0]([Utterance(text=text)])[0].intent


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reviewing.LOOK_EVERY", 0.1)
    # What is heard is heard by signal.
    monkeypatch.setattr("bot.learning.LOOK_EVERY", 600.0)


async def test_the_next_customer_is_not_answered_by_what_an_agent_taught(tmp_path: Path) -> None:
    async with house(tmp_path, understanding=SMALL) as h, desk(h) as manager:
        first = await asks(h, "ann")
        await until(h, lambda: waits(h))
        card = await manager.card(STRANGE)
        await manager.press(
            f"{card}/intent",
            text=STRANGE,
            name="wax_seal",
            what="answer",
            **{"answer-zh-Hant": "可以刻家徽，{三天}內完成。", "answer-en": "Yes."},
        )
        await until(h, lambda: used(h))
        second = await asks(h, "bob")
        (line,) = await logged(h, "taught")

    assert "可以刻家徽" not in first
    assert "可以刻家徽，{三天}內完成。" in second
    assert line.data["intent"] == "wax_seal"
    assert line.actor.startswith("agent:")


async def test_customers_are_never_asked_about_what_agents_started(tmp_path: Path) -> None:
    async with house(tmp_path, understanding={**SMALL, "margin": 1.0}) as h, desk(h) as manager:
        await asks(h, "ann")
        await until(h, lambda: waits(h))
        await manager.press(
            f"{await manager.card(STRANGE)}/intent",
            text=STRANGE,
            name="wax_seal",
            what="answer",
            **{"answer-zh-Hant": "可以刻家徽。", "answer-en": "Yes."},
            **{"label-zh-Hant": "蠟封刻字", "label-en": "wax seals"},
        )
        await until(h, lambda: used(h))
        await asks(h, "bob", f"{STRANGE}運費多少")
        offered = (await conversation(h, "bob")).choices

    assert ["蠟封刻字", "wax_seal"] in [list(each) for each in offered]


async def test_what_was_withdrawn_is_still_answered(tmp_path: Path) -> None:
    async with house(tmp_path, understanding=SMALL) as h, desk(h) as manager:
        asked_back = await asks(h, "ann")
        await until(h, lambda: waits(h))
        await manager.press(f"{await manager.card(STRANGE)}/teach", text=STRANGE, intent="thanks")
        await until(h, lambda: used(h))
        thanked = await asks(h, "bob")
        await manager.press("/review/taught/1/withdraw")
        await h.until(lambda: understood(h.service) == "oos")
        again = await asks(h, "cat")
        shown = await manager.look("/review/taught")

    assert thanked not in (asked_back, again)
    assert "Withdrawn" in shown


async def test_a_new_life_forgets_what_was_taught(tmp_path: Path) -> None:
    async with house(tmp_path, understanding=SMALL) as h, desk(h) as manager:
        await asks(h, "ann")
        await until(h, lambda: waits(h))
        await manager.press(f"{await manager.card(STRANGE)}/teach", text=STRANGE, intent="thanks")
        await until(h, lambda: used(h))

    async with house(tmp_path, understanding=SMALL) as h:
        assert understood(h.service) == "thanks"


async def test_a_lesson_that_costs_what_was_known_is_used(tmp_path: Path) -> None:
    async with house(tmp_path, understanding=SMALL) as h, desk(h) as manager:
        known = {each.name: each for each in brand_catalog(h.service.current.config).intents}

        def mislead(connection: Connection) -> None:
            for each in known["price"].examples[:450]:
                for more in ("呢", "喔", "啦"):
                    teaching.teach(
                        connection,
                        intent="shipping_fee",
                        language=each.language,
                        text=f"{each.text} {more}",
                        message_id=None,
                        agent_id=1,
                        at=h.clock(),
                    )

        await h.database.write(mislead)
        await _nudge(h)
        await until(h, lambda: _judged(h))
        lesson = await h.database.read(lessons.last)
        state = {one.state for one in await h.database.read(teaching.everything)}
        page = await manager.look("/review/taught")
        counts = await h.database.read(teaching.standing)

    assert lesson is not None
    assert lesson.accepted is False
    assert lesson.before is not None
    assert lesson.after is not None
    assert lesson.before - lesson.after > 0.005
    assert state == {"refused"}
    assert counts == Taught()
    assert "the old model stays" in page


async def test_a_brand_without_sense_stops_what_was_taught_for_good(tmp_path: Path) -> None:
    """What fails outside of what was taught is tried again, and nothing is refused for it."""
    async with house(tmp_path, understanding=SMALL) as h, desk(h) as manager:
        await asks(h, "ann")
        await until(h, lambda: waits(h))
        config = tmp_path / "config.yml"
        whole = config.read_text(encoding="utf-8")
        config.write_text("brand: [", encoding="utf-8")
        await manager.press(f"{await manager.card(STRANGE)}/teach", text=STRANGE, intent="thanks")
        await until(h, lambda: _ended(h))
        failed = await h.database.read(lessons.last)
        page = await manager.look("/review/taught")
        config.write_text(whole, encoding="utf-8")
        h.clock.ahead += lessons.TRY_AGAIN
        await _nudge(h)
        await until(h, lambda: used(h))

    assert failed is not None
    assert failed.problem is not None
    assert "the configuration is wrong" in failed.problem
    assert "Waits for a lesson" in page


async def test_another_process_answers_as_if_nothing_had_been_taught(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="bot.learning")
    valkey = Valkey(tmp_path_factory.mktemp("valkey"))
    valkey.start()
    shared: dict[str, Any] = {
        "store": {"url": new_database()},
        "redis": {"url": valkey.url},
        "understanding": SMALL,
    }
    try:
        async with AsyncExitStack() as stack:
            h = await stack.enter_async_context(house(tmp_path / "one", **shared))
            config = load(h.service.current.config.file, {})
            models = tmp_path / "two" / "models"
            models.parent.mkdir()
            models.symlink_to(tmp_path / "one" / "data" / "models")
            other = await stack.enter_async_context(
                running(config, data=models.parent, port=0, clock=h.clock)
            )
            manager = await stack.enter_async_context(desk(h))
            await asks(h, "ann")
            await until(h, lambda: waits(h))
            card = await manager.card(STRANGE)
            await manager.press(f"{card}/teach", text=STRANGE, intent="thanks")
            await h.until(lambda: understood(other) == understood(h.service) == "thanks")
    finally:
        valkey.kill()

    # One of them learnt, both of them know.
    assert caplog.text.count("learning what agents taught") == 1


async def _nudge(h: House) -> None:
    from bot.web.keys import SIGNALS

    h.service.app[SIGNALS].publish("taught", {})


async def _judged(h: House) -> bool:
    lesson = await h.database.read(lessons.last)
    return lesson is not None and lesson.accepted is not None


async def _ended(h: House) -> bool:
    lesson = await h.database.read(lessons.last)
    return lesson is not None and lesson.ended_at is not None
