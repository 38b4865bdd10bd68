"""Trained models do not pile up, and the newest are never dropped."""

import os
from pathlib import Path

from bot.understanding import MODELS_KEPT, forget_models


def test_models_of_many_lessons_pile_up_or_the_newest_goes(tmp_path: Path) -> None:
    names = [f"intents-{number:03d}.npz" for number in range(MODELS_KEPT + 5)]
    for age, name in enumerate(names):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, ns=(age * 10**9, age * 10**9))
    (tmp_path / "other.txt").touch()

    forget_models(tmp_path)
    forget_models(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == [*names[5:], "other.txt"]
