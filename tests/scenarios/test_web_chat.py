"""The web chat end to end, by the addresses that its widget uses."""

from pathlib import Path
from uuid import uuid4

from tests.house import house
from tests.scenarios.scene import answer, conversation, hire, states, take, until, visit


async def test_a_visitor_is_answered_by_the_bot_and_then_by_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        visitor, other = await visit(h), await visit(h)
        told = await visitor.says("hello")
        await h.settled()
        agent = await hire(h)
        await take(h, visitor.thread, agent)
        await answer(h, visitor.thread, agent, "Ann here")
        await h.settled()
        await visitor.says("thank you Ann")
        await h.settled()

        frames = await visitor.frames()
        assert told["t"] == "ack"
        assert [frame["author"] for frame in frames] == ["user", "bot", "agent", "user"]
        assert [frame.get("automated") for frame in frames] == [None, True, None, None]
        assert "automated assistant" in frames[1]["parts"][0]["text"]
        assert frames[2]["parts"][0]["text"] == "Ann here"
        assert await other.frames() == []
        assert await states(h, visitor.thread) == ["sent", "sent"]


async def test_a_message_resent_by_the_browser_is_answered_once(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        visitor, cid = await visit(h), str(uuid4())
        for _ in range(3):
            await visitor.says("hello", cid=cid)
        await h.settled()

        assert [frame["author"] for frame in await visitor.frames()] == ["user", "bot"]


async def test_a_visitor_waits_with_the_next_poll_for_the_reply(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        visitor = await visit(h)
        sent = await visitor.says("hello")
        frames = await visitor.frames(after=sent["seq"], wait=20)

        assert [frame["author"] for frame in frames] == ["bot"]


async def test_a_visitor_who_asks_for_a_person_waits_for_one(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        visitor = await visit(h)
        await visitor.says("I want to talk to a human")

        async def waits() -> bool:
            await h.settled()
            state: str = (await conversation(h, visitor.thread)).state
            return state == "waiting"

        await until(h, waits)
        assert len(await visitor.frames()) == 2
