"""`antiphon replay`: a changed brand before any customer meets it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from tests.house import House, brand, house

SAID = (
    "hello",
    "where is my order?",
    "A12345",
    "thanks",
    "what is the capital of France",
    # Not understood twice in a row: a person is called.
    "who won the world cup in 1998",
)


ACTION = {
    "actions": ["bot.demo.order_status:ActionOrderStatus"],
    "answers": {
        "order_status": {"action": "action_order_status"},
        "human_request": {"handoff": "human_request"},
    },
}


async def talked(folder: Path) -> None:
    """Let the tests' brand answer customers, one of whom is then a person's."""
    async with house(folder, **ACTION) as h:
        for text in SAID:
            await _heard(h, "ann", text)
        await _heard(h, "bob", "I want to talk to a human")
        await _heard(h, "bob", "hello?")


async def _heard(h: House, who: str, text: str) -> None:
    await h.says(who, text)
    await h.settled()


def replayed(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """The command's exit code, and what it printed as JSON."""
    capsys.readouterr()
    code = main(["replay", "--config", str(folder / "config.yml"), "--json"])
    return code, json.loads(capsys.readouterr().out)


async def test_an_unchanged_brand_answers_otherwise_than_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await talked(tmp_path)

    code, told = replayed(tmp_path, capsys)

    assert (code, told["messages"], told["changed"]) == (0, 8, [])
    # The order number answers the action's question; then a person had the word.
    assert told["skipped"] == 2


async def test_a_change_is_not_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await talked(tmp_path)
    config = tmp_path / "config.yml"
    changed = config.read_text(encoding="utf-8")
    other = yaml.safe_load(changed)
    other["answers"]["thanks"] = {"handoff": "rule"}
    config.write_text(yaml.safe_dump(other, allow_unicode=True), encoding="utf-8")

    code, told = replayed(tmp_path, capsys)

    assert code == 1
    [one] = told["changed"]
    assert (one["text"], one["was"], one["now"]) == ("thanks", "answer thanks", "a person")
    assert main(["replay", "--config", str(config)]) == 1
    assert "1  answer thanks -> a person" in capsys.readouterr().out


async def test_a_replay_tells_a_customers_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path) as h:
        await _heard(h, "ann", "qwertz 4111 1111 1111 1111")
    config = tmp_path / "config.yml"
    other = yaml.safe_load(config.read_text(encoding="utf-8"))
    other["handoff"] = {**other.get("handoff", {}), "after_misses": 1}
    config.write_text(yaml.safe_dump(other, allow_unicode=True), encoding="utf-8")

    _, told = replayed(tmp_path, capsys)
    main(["replay", "--config", str(config)])

    assert [one["text"] for one in told["changed"]] == ["qwertz [card]"]
    assert "'qwertz [card]'" in capsys.readouterr().out


def test_nothing_is_replayed_where_antiphon_never_ran(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brand(tmp_path, "http://127.0.0.1:9")

    with pytest.raises(SystemExit) as left:
        main(["replay", "--config", str(tmp_path / "config.yml")])
    assert left.value.code == 2
    assert "antiphon replay: there is no database" in capsys.readouterr().err
