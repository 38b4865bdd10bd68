"""`antiphon run` either serves or says in one sentence why not."""

import errno
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.app import DataInUse
from bot.cli import failures, main

Output = pytest.CaptureFixture[str]
LEAST = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yml"
    file.write_text(LEAST, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "port 8123 is in use; choose another with --port"),
        (OSError(errno.EACCES, "denied"), "port 8123 is for administrators"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "127.0.0.1 is no address of this machine"),
        (socket.gaierror(-2, "unknown"), "127.0.0.1 is no address of this machine"),
        (PermissionError(errno.EACCES, "denied", "/data/lock"), "no permission to use /data/lock"),
        (OSError(errno.ENOSPC, "full", "/data/x"), "the disk is full: /data/x"),
        (OSError(errno.ENOSPC, "full"), "the disk is full\n"),
        (DataInUse(), "Another Antiphon runs on this data folder"),
        (
            OperationalError("SELECT 1", {}, Exception("database or disk is full")),
            "the disk is full; the database cannot be written",
        ),
        (
            OperationalError("SELECT 1", {}, Exception("connection refused\nhint: is it up?")),
            "the database cannot be used: connection refused",
        ),
    ],
)
def test_a_failed_start_is_one_sentence_and_code_2(
    config: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    async def serve(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("bot.cli.run.serve", serve)
    monkeypatch.setattr("bot.logs.configure", lambda **_: None)

    assert code(["run", "--config", str(config), "--port", "8123"]) == failures.CANNOT
    printed = capsys.readouterr().err
    assert printed.startswith(f"antiphon run: {told}")
    assert printed.count("\n") == 1


def test_a_wrong_config_stops_the_start_with_every_problem(config: Path, capsys: Output) -> None:
    config.write_text(LEAST.replace("Taipei", "Taipe") + "handof: {}\n")

    assert code(["run", "--config", str(config)]) == failures.CANNOT
    printed = capsys.readouterr().err
    assert f"{config}:1:31 brand.timezone" in printed
    assert f"{config}:3:1 handof" in printed


def test_a_data_folder_under_a_file_is_told(config: Path, capsys: Output) -> None:
    assert code(["run", "--config", str(config), "--data", str(config / "data")]) == 2
    assert "this is not a folder:" in capsys.readouterr().err


def code(words: list[str]) -> object:
    try:
        return main(words)
    except SystemExit as left:
        return left.code
