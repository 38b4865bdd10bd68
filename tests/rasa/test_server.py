"""A Rasa bot whose actions run on a server of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.config import load

NLU = """\
nlu:
- intent: book
  examples: |
    - book a table
    - a table for two please
- intent: stock
  examples: |
    - is it in stock
    - do you have it
"""
RULES = """\
rules:
- rule: book
  steps: [{intent: book}, {action: action_book}]
- rule: stock
  steps: [{intent: stock}, {action: action_stock}]
"""
DOMAIN = "intents: [book, stock]\nactions: [action_book, action_stock, validate_order]\n"
CODE = """\
from rasa_sdk import Action


class Stock(Action):
    def name(self):
        return "action_stock"
"""
ENDPOINTS = """\
action_endpoint:
  url: "https://actions.shop.example/webhook"
  token: SECRET-1
tracker_store:
  type: sql
  password: SECRET-2
event_broker:
  type: pika
lock_store:
  type: redis
"""


def moved(
    folder: Path, capsys: pytest.CaptureFixture[str], endpoints: str = ENDPOINTS, code: str = CODE
) -> tuple[Path, set[tuple[str, int, str, str]]]:
    """Write the bot and move it in: the new project, and what was told of its endpoints."""
    bot = folder / "bot"
    bot.mkdir()
    files = {"nlu.yml": NLU, "rules.yml": RULES, "domain.yml": DOMAIN, "endpoints.yml": endpoints}
    for name, text in files.items() | ({("actions.py", code)} if code else set()):
        (bot / name).write_text(text, encoding="utf-8")
    assert main(["import", "rasa", str(bot), "--out", str(folder / "out"), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return folder / "out", {
        (each["file"], each["line"], each["outcome"], each["what"]) for each in told["findings"]
    }


def test_the_server_and_what_only_it_runs_are_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, told = moved(tmp_path, capsys)

    config = load(out / "config.yml", {})
    assert config.action_server is not None
    assert config.action_server.url == "https://actions.shop.example"
    assert set(config.action_server.names) == {"action_book", "validate_order"}
    assert '"action_book"' in (out / "actions" / "moved.py").read_text("utf-8")
    assert "SECRET" not in (out / "config.yml").read_text("utf-8")
    assert main(["validate", "--config", str(out / "config.yml")]) == 0
    assert told >= {
        ("endpoints.yml", 2, "changed", "action_endpoint.url"),
        ("endpoints.yml", 3, "not taken", "action_endpoint.token"),
        ("endpoints.yml", 4, "not taken", "tracker_store"),
        ("endpoints.yml", 7, "not taken", "event_broker"),
        ("endpoints.yml", 9, "not taken", "lock_store"),
        ("domain.yml", 2, "changed", "action action_book"),
        ("domain.yml", 2, "taken", "action action_stock"),
    }


def test_a_bot_without_code_is_moved_in_without_its_actions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, told = moved(tmp_path, capsys, code="")

    found = load(out / "config.yml", {}).action_server
    assert found is not None
    assert set(found.names) == {"action_book", "action_stock", "validate_order"}
    assert ("endpoints.yml", 2, "taken", "action_endpoint.url") in told


def test_a_server_that_nothing_needs_is_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = CODE + "".join(
        f"\n\nclass C{at}(Action):\n    def name(self):\n        return {name!r}\n"
        for at, name in enumerate(("action_book", "validate_order"))
    )
    out, told = moved(tmp_path, capsys, code=code)

    assert load(out / "config.yml", {}).action_server is None
    assert '#   url: "https://actions.shop.example/webhook"' in (out / "config.yml").read_text()
    assert ("endpoints.yml", 2, "changed", "action_endpoint.url") in told


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:5055", "http://user:SECRET@host/webhook", "http://u:SECRET@${HOST}/"),
        *("", "[a, b]", "{x: 1}"),
    ],
)
def test_an_address_that_is_none_breaks_the_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    out, told = moved(tmp_path, capsys, f"action_endpoint:\n  url: {url}\n")

    text = (out / "config.yml").read_text("utf-8")
    assert "action_server" not in text
    assert "SECRET" not in text
    assert [each for each in told if each[0] == "endpoints.yml" and each[2] == "not taken"] != []
    assert main(["validate", "--config", str(out / "config.yml")]) == 0


def test_a_variable_is_looked_up_or_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = moved(tmp_path, capsys, "action_endpoint:\n  url: ${ACTION_URL}\n")

    written = yaml.safe_load((out / "config.yml").read_text("utf-8"))["action_server"]
    assert written["url"] == "${ACTION_URL}"
    config = load(out / "config.yml", {"ACTION_URL": "http://actions:5055/webhook"})
    assert config.action_server is not None
    assert config.action_server.url == "http://actions:5055"
