"""The benchmark of understanding, on a few messages."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.noisy import mistyped

ROOT = Path(__file__).parents[2]


def test_a_figure_is_missing_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text(
        "\n".join(
            json.dumps({"text": f"{word} number {at}", "intent": word})
            for word in ("order", "refund")
            for at in range(20)
        )
    )
    command = ["benchmarks/understanding.py", "--messages", str(file), "--test", str(file)]
    command += ["--rounds", "1"]

    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )

    figure = r"([\d.]+) \S+"
    columns = " +".join([r"^(\w[\w ]*?)", figure, figure, figure, r"[\d.]+ times$"])
    found = re.findall(columns, done.stdout, re.M)
    assert [name for name, *_ in found] == [
        "training",
        "start",
        "memory",
        "size",
        "p50",
        "p99",
        "in batches",
        "right",
    ]
    assert all(float(each) >= 0 for _, *each_of in found for each in each_of)
    assert found[-1][1:] == ("100.0", "100.0", "100.0")
    lasting = {"start", "memory", "p50"}
    assert all(float(each) > 0 for name, *row in found if name in lasting for each in row)


def test_typing_errors_are_more_or_fewer_than_asked_for() -> None:
    text = "Where is 我的 order 42? " * 2000
    letters = sum(each.isascii() and each.isalpha() for each in text)

    noisy = mistyped(text, 0.03, random.Random(1))

    wrong = sum(one != other for one, other in zip(text.split(" "), noisy.split(" "), strict=True))
    assert 0.02 * letters < wrong < 0.03 * letters
    assert noisy.count("我的") == noisy.count("42?") == 2000
    assert mistyped(text, 0.0, random.Random(1)) == text
