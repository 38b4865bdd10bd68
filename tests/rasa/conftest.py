"""Two bots in Rasa's formats, moved in anew for each test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.cli import main

BOTS = Path(__file__).parent

Moved = Callable[[str], Path]


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moved]:
    """Move a bot in; gives the project's folder. Every project has a package called actions."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def move(name: str) -> Path:
        out = tmp_path / name
        bot, name_of = str(BOTS / name), ["--name", "Demo"]
        assert main(["import", "rasa", bot, "--out", str(out), *name_of]) == 0
        return out

    yield move
    for module in set(sys.modules) - before:
        if module.partition(".")[0] == "actions":
            del sys.modules[module]
