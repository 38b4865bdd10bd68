"""The benchmark of reports runs to its end and prints every figure."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_of_reports_ends_early() -> None:
    options = ("--asks", "300", "--rounds", "1", "--million", "4000")

    done = subprocess.run(
        [sys.executable, "benchmarks/reports.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    starts = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert starts[1:] == [
        "  plain SQL (SQLite), without most rules",
        starts[2],
        "  lifelines, one curve of these",
        "year of 40,000 asks from tallies",
        "page over 4,000 asks, on the server",
    ]
    assert starts[2].startswith("report over ")
