"""Which variant a customer read can be told afterwards, down to the message that carried it."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.cli import main
from bot.store.tables import events
from tests.house import house
from tests.scenarios.scene import items, logged

TWO = """---
weights: [1, 1]
quick_replies: [{title: Track, payload: order_status}]
---
Hello A
--- variant
Hello B
"""
PEOPLE = 12


def write(folder: Path, text: str) -> str:
    for language in ("en", "zh-Hant"):
        file = folder / "answers" / language / "greet.j2"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return str(folder / "answers")


async def test_the_log_does_not_tell_which_variant_left_with_which_message(tmp_path: Path) -> None:
    async with house(tmp_path, responses=write(tmp_path, TWO)) as h:
        for person in range(PEOPLE):
            await h.says(f"p{person}", "hello")
        await h.settled()
        left = {row.id: row.message["text"] for row in await items(h)}
        said = [one for line in await logged(h, "decided") for one in line.data["said"]]

        assert {one["outbox"] for one in said} == set(left)
        assert {(one["variant"], left[one["outbox"]][-7:]) for one in said} == {
            (0, "Hello A"),
            (1, "Hello B"),
        }
        assert {
            (one["template"], one["language"], one["version"], one["of"], one["choices"])
            for one in said
        } == {("greet", "en", "greet", 2, 1)}
        assert len({one["draw"] for one in said}) == 1


async def test_a_customer_reads_now_this_and_now_that_variant(tmp_path: Path) -> None:
    async with house(tmp_path, responses=write(tmp_path, TWO)) as h:
        for _ in range(3):
            for person in range(PEOPLE):
                await h.says(f"p{person}", "hello")
            await h.settled()

        heard: dict[int, set[int]] = {}
        for line in await logged(h, "decided"):
            (said,) = line.data["said"]
            heard.setdefault(line.conversation_id, set()).add(said["variant"])
        assert [len(variants) for variants in heard.values()] == [1] * PEOPLE


async def test_what_came_of_a_variant_is_told_otherwise_than_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path, responses=write(tmp_path, TWO)) as h:
        for person in range(PEOPLE):
            await h.says(f"p{person}", "hello")
        await h.settled()
        await h.says("p0", "thank you")
        await h.says("p1", "I want to talk to a human")
        await h.says("p2", "1")
        await h.says("p3", "hello")
        await h.settled()
        moved = datetime.now(UTC) - timedelta(days=2)
        await h.database.write(lambda connection: connection.execute(
            update(events).values(at=moved)
        ))  # fmt: skip

    options = ["--config", str(tmp_path / "config.yml"), "--data", str(tmp_path / "data")]
    assert main(["variants", "greet", *options, "--json"]) == 0

    english = next(one for one in json.loads(capsys.readouterr().out) if one["language"] == "en")
    total: Counter[str] = Counter()
    for arm in english["variants"]:
        total["sent"] += arm["sent"]
        total["conversations"] += arm["conversations"]
        for outcome, share in arm["outcomes"].items():
            total[outcome] += share["hits"]
            assert share["n"] == arm["conversations"]
    assert total == {
        "sent": PEOPLE + 1,
        "conversations": PEOPLE,
        "thanked": 1,
        # Who asked for a person, and who chose the order that nobody here can look up.
        "handed_over": 2,
        "chose": 1,
        "asked_again": 1,
    }
    assert english["comparisons"] == 4
    assert main(["variants", *options]) == 0
    assert "variant 2 against 1" in capsys.readouterr().out
    assert main(["variants", "gret", *options]) == 2
    assert "did you mean 'greet'?" in capsys.readouterr().err
