"""A customer taps, types the number or types the words: it is the same wish."""

from pathlib import Path

import pytest

from tests.house import house
from tests.scenarios.scene import conversation, logged


@pytest.mark.parametrize("how", ["number", "title"])
async def test_a_typed_choice_is_guessed_at(tmp_path: Path, how: str) -> None:
    async with house(tmp_path) as h:
        await h.says("ann", "hello")
        await h.until(lambda: h.sent("ann"))
        title, payload = (await conversation(h, "ann")).choices[1]

        await h.says("ann", "2" if how == "number" else title.upper())
        await h.until(lambda: len(h.sent("ann")) > 1)

        _, second = await logged(h, "decided")
        assert (second.data["intent"], second.data["source"]) == (payload, "payload")


async def test_payload_syntax_that_is_typed_is_obeyed(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        await h.says("ann", "intent:human_request")
        await h.settled()

        [decided] = await logged(h, "decided")
        assert decided.data["source"] != "payload"
