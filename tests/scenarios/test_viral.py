"""A post goes viral: the bot says little in public, and nothing twice; people hear of the rest."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store.tables import conversations
from tests.house import House, house
from tests.scenarios.scene import POST, comment_id, commenter, comments, conversation, logged

FEW = {"per_author": 2, "per_post": 4, "within": "1h"}
PRAISE = "so beautiful, I love it!"
QUESTION = "how much is shipping?"
COMPLAINT = "terrible service"
SHOP = {"shop": {"shipping_fee": 80}}
AT_ONCE = 200
SETTLED_WITHIN = 240.0

pytestmark = pytest.mark.usefixtures("impatient")


async def viral(h: House, *texts: str, people: int, post: str = POST) -> list[str]:
    """Each of *people* writes one of *texts* under one post, many at once; returns the threads."""
    said = [
        commenter(f"p{n}", post).adds(
            texts[n % len(texts)], comment=comment_id(post), sent=h.clock.seconds()
        )
        for n in range(people)
    ]
    for start in range(0, people, AT_ONCE):
        delivered = (h.deliver(one) for one in said[start : start + AT_ONCE])
        assert set(await asyncio.gather(*delivered)) == {200}
    await h.settled(within=SETTLED_WITHIN)
    return [f"{post}/{one.message}" for one in said]


async def states(h: House) -> Counter[str]:
    """How many conversations are whose."""
    query = select(conversations.c.state)
    return Counter(await h.database.read(lambda connection: list(connection.scalars(query))))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("people", [200, 10_000])
async def test_a_viral_post_is_flooded_or_told_the_same_twice(tmp_path: Path, people: int) -> None:
    async with house(tmp_path, public_replies=FEW, variables=SHOP) as h:
        await viral(h, PRAISE, "love it!!", QUESTION, "wow, stunning", people=people)
        said = [entry.text for entry in h.sent() if entry.kind == "reply"]

        assert 1 < len(said) <= 4
        assert len(set(said)) == len(said)
        # Whoever asked something waits for a person; whoever praised does not.
        asked = people // 4
        answered = sum("80" in text for text in said)
        assert (await states(h))["waiting"] == asked - answered
        told = [line.data["why"] for line in await logged(h, "ignored")]
        assert sum("not said in public: " in why for why in told) >= people * 0.7
        assert h.platform.violations == []


async def test_a_restart_forgets_what_was_said_under_a_post(tmp_path: Path) -> None:
    said: list[int] = []
    for _ in range(2):
        async with house(tmp_path, public_replies=FEW) as h:
            await viral(h, PRAISE, people=10)
            said.append(len(h.sent()))

    assert said == [2, 0]


async def test_one_author_fills_the_post(tmp_path: Path) -> None:
    async with house(tmp_path, public_replies=FEW | {"repeats": True}) as h:
        for _ in range(4):
            await comments(h, "Kim", PRAISE)
            await h.settled()
        await comments(h, "Lin", PRAISE)
        await h.settled()

        assert len(h.sent()) == 3


async def test_a_complaint_beyond_the_bound_is_forgotten(tmp_path: Path) -> None:
    async with house(tmp_path, public_replies=FEW | {"per_post": 0}) as h:
        webhook = await comments(h, "Kim", COMPLAINT)
        await h.settled()
        row = await conversation(h, f"{POST}/{webhook.message}")

        assert [entry.kind for entry in h.sent()] == ["private_reply"]
        assert (row.state, row.handoff_reason) == ("waiting", "complaint")
