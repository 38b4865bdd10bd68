"""`antiphon taught`: what agents taught, in files that the brand can go on with."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Connection

from bot.cli import main
from bot.config import Config, load
from bot.store import agents, schema, teaching
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.understanding import brand_catalog
from tests.house import brand

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SMALL = {"built_in": ["price", "stock", "greet"]}


def taught(connection: Connection) -> None:
    """One more example, an intent with an answer, one for people, and one that was withdrawn."""
    who = agents.add(
        connection, email="a@example.com", name="Ann", role=Role.AGENT, password_hash="-", at=NOW
    )
    for name, handoff in (("wax_seal", False), ("engraving", True)):
        answers = {} if handoff else {"zh-Hant": "可以，{免費}。", "en": "Yes."}
        teaching.start_intent(
            connection,
            name=name,
            handoff=handoff,
            answers=answers,
            label={} if handoff else {"zh-Hant": "蠟封", "en": "wax seals"},
            agent_id=who,
            at=NOW,
        )
    id = 0
    for intent, text in (
        ("stock", "雨傘還有嗎: 紅的"),
        ("wax_seal", "可以蠟封嗎"),
        ("engraving", "可以刻字嗎"),
        ("price", "withdrawn words"),
    ):
        id = teaching.teach(
            connection,
            intent=intent,
            language="zh-Hant",
            text=text,
            message_id=None,
            agent_id=who,
            at=NOW,
        )
        teaching.judged(connection, [id], used=True, at=NOW)
    teaching.withdraw(connection, id, agent_id=who, at=NOW)


@pytest.fixture
def shop(tmp_path: Path) -> Config:
    config = brand(tmp_path, "http://127.0.0.1:1", understanding=SMALL)
    (tmp_path / "data").mkdir()
    made = engine(sqlite_url(tmp_path / "data"))
    schema.prepare(made)
    with made.connect().execution_options(writes=True) as connection:
        taught(connection)
        connection.commit()
    made.dispose()
    return config


def run(config: Config, *words: str) -> int:
    return main(["taught", "--config", str(config.file), *words])


def test_a_list_leaves_something_out(shop: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shop) == 0
    listed = capsys.readouterr().out
    assert run(shop, "--json") == 0
    told = json.loads(capsys.readouterr().out)

    for word in ("可以蠟封嗎", "used", "withdrawn", "Ann", "2026-03-02"):
        assert word in listed
    assert [one["state"] for one in told] == ["withdrawn", "used", "used", "used"]


def test_a_brand_that_keeps_what_was_taught_is_another_one(
    shop: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = engine(sqlite_url(tmp_path / "data"))
    with made.connect() as connection:
        known = brand_catalog(shop, teaching.standing(connection))
    made.dispose()

    assert run(shop, "--yaml", str(tmp_path / "kept")) == 0

    understanding = SMALL | {"catalog": str(tmp_path / "kept" / "intents")}
    more = yaml.safe_load(capsys.readouterr().out)
    config = brand(
        tmp_path,
        "http://127.0.0.1:1",
        understanding=understanding,
        responses=str(tmp_path / "kept" / "responses"),
        **more,
    )

    def content(config_: Config) -> dict[str, set[str]]:
        found = brand_catalog(config_).intents
        return {each.name: {example.text for example in each.examples} for each in found}

    assert content(config) == {
        each.name: {example.text for example in each.examples} for each in known.intents
    }
    assert "雨傘還有嗎: 紅的" in content(config)["stock"]
    labels = [
        {each.name: each.label for each in one.intents} for one in (brand_catalog(config), known)
    ]
    assert labels[0] == labels[1]
    assert labels[0]["wax_seal"] == {"zh-Hant": "蠟封", "en": "wax seals"}
    assert more == {"answers": {"engraving": {"handoff": "rule"}}}
    assert load(config.file, {}).answers["engraving"].handoff == "rule"
    text = (tmp_path / "kept" / "responses" / "zh-Hant" / "wax_seal.j2").read_text("utf-8")
    assert text == "可以，{{ '{' }}免費}。\n"
    assert run(shop, "--yaml", str(tmp_path / "kept")) == 2
    assert "nothing was written" in capsys.readouterr().err


def test_without_a_database_there_is_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = brand(tmp_path, "http://127.0.0.1:1")

    with pytest.raises(SystemExit, match="2"):
        run(config)
    assert "there is no database" in capsys.readouterr().err
