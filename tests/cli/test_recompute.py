"""`antiphon recompute` tells whether the asks that are kept are those of the log."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from bot.cli import main
from bot.store import schema
from bot.store.database import engine, sqlite_url
from bot.store.tables import asks
from tests.history import ramble

NOW = datetime(2026, 3, 12, tzinfo=UTC)
LEAST = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
"""
Output = pytest.CaptureFixture[str]


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The command's words for a brand with a history."""
    (tmp_path / "config.yml").write_text(LEAST, encoding="utf-8")
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    with made.connect().execution_options(writes=True) as connection:
        ramble(connection, 2, until=NOW - timedelta(days=30))
        connection.commit()
    made.dispose()
    return ["recompute", "--config", str(tmp_path / "config.yml"), "--data", str(tmp_path)]


def lose_one(folder: Path) -> None:
    made = engine(sqlite_url(folder))
    with made.connect().execution_options(writes=True) as connection:
        first = connection.scalar(select(asks.c.first_message).limit(1))
        connection.execute(delete(asks).where(asks.c.first_message == first))
        connection.commit()
    made.dispose()


def test_what_is_kept_wrong_is_not_told_or_not_repaired(
    words: list[str], tmp_path: Path, capsys: Output
) -> None:
    assert main(words) == 0
    assert "they are kept just so" in capsys.readouterr().out

    lose_one(tmp_path)
    assert main(words) == 1
    told = capsys.readouterr().out
    assert ": is missing" in told
    assert "--repair" in told

    assert main([*words, "--repair", "--json"]) == 0
    proof = json.loads(capsys.readouterr().out)
    assert proof["asks"] > 10
    assert proof["differences"] == []
