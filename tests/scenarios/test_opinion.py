"""A brand's own model is asked where ours is unsure, and harms nobody where it fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.checks import check
from tests.house import brand, house
from tests.scenarios import opinions
from tests.scenarios.scene import comments, items, logged

UNCLEAR = "qwzx gizmo vbnm"
SHOP = {"variables": {"shop": {"store_hours": "09:00-18:00"}}}


@pytest.fixture(autouse=True)
def _nobody_asked() -> Iterator[None]:
    opinions.asked.clear()
    yield
    opinions.asked.clear()


def asks(name: str, **more: Any) -> dict[str, Any]:
    """Settings of a brand whose second opinion is that class."""
    chosen = {"of": f"tests.scenarios.opinions:{name}", **more}
    return {"understanding": {"second_opinion": chosen}} | SHOP


async def test_what_the_brands_own_model_knows_is_not_understood(tmp_path: Path) -> None:
    async with house(tmp_path, **asks("Knows")) as h:
        await h.says("ann", f"{UNCLEAR} 0912345678")
        await h.settled()

        [decided] = await logged(h, "decided")
        assert decided.data["intent"] == "store_hours"
        assert decided.data["source"] == "opinion"
        assert "09:00-18:00" in h.sent("ann")[-1].text
        [(text, language)] = opinions.asked
        assert "0912345678" not in text
        assert "gizmo" in text
        assert language in {"en", None}


async def test_a_clear_message_costs_a_second_opinion(tmp_path: Path) -> None:
    async with house(tmp_path, **asks("Knows")) as h:
        await h.says("ann", "where is my order")
        await h.settled()

        assert opinions.asked == []


async def test_in_public_a_second_opinion_is_asked(tmp_path: Path) -> None:
    async with house(tmp_path, **asks("Knows")) as h:
        await comments(h, "ann", UNCLEAR)
        await h.settled()

        assert opinions.asked == []
        assert h.sent() == []


@pytest.mark.parametrize("name", ["Unsure", "Foreign", "Odd", "Broken", "Slow"])
async def test_a_model_that_fails_or_is_unsure_changes_the_answer(
    tmp_path: Path, name: str
) -> None:
    async with house(tmp_path, **asks(name, within="1s" if name == "Slow" else "5s")) as h:
        await h.says("ann", UNCLEAR)
        await h.settled()

        [decided] = await logged(h, "decided")
        assert decided.data["source"] == "classifier"
        assert [item.flags["template"] for item in await items(h, "ann")] == ["not_sure"]


async def test_a_model_that_is_down_is_asked_for_ever(tmp_path: Path) -> None:
    async with house(tmp_path, **asks("Broken")) as h:
        for number in range(8):
            await h.says(f"c{number}", UNCLEAR)
            await h.settled()

        assert len(await logged(h, "decided")) == 8
        assert opinions.asked == [("broken", None)] * 5


@pytest.mark.parametrize(
    ("name", "told"),
    [("Nobody", "cannot be loaded"), ("Blocking", "has no method: async def tell")],
)
def test_a_class_that_cannot_be_asked_is_taken(tmp_path: Path, name: str, told: str) -> None:
    config = brand(tmp_path, "http://127.0.0.1:1", **asks(name))

    [problem] = [each for each in check(config) if "second_opinion" in str(each)]
    assert told in str(problem)
