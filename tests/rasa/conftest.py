"""Two bots in Rasa's formats, moved in anew for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main

BOTS = Path(__file__).parent

Moved = Callable[[str], Path]


@pytest.fixture
def moved(tmp_path: Path) -> Moved:
    """Move a bot in; gives the project's folder."""

    def move(name: str) -> Path:
        out = tmp_path / name
        bot, name_of = str(BOTS / name), ["--name", "Demo"]
        assert main(["import", "rasa", bot, "--out", str(out), *name_of]) == 0
        return out

    return move
