"""The benchmark still runs, and nothing is lost, doubled or out of order on the way."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.server import ROOT
from tests.house import MODELS


def test_the_benchmark_ends_early_or_finds_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    options = ("--quick", "--json", file, "--folder", tmp_path, "--models", MODELS)

    done = subprocess.run(
        [sys.executable, "benchmarks/pipeline.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())
    assert [name for name, value in found.items() if value in (None, [])] == []
    assert {found["tally"][name] for name in ("lost", "doubled", "refused")} == {0}
    assert found["order"]["verdict"] == {
        "lost": 0,
        "doubled": 0,
        "out_of_order": 0,
        "misdirected": 0,
    }
    assert found["order"]["redelivered"] > 0
    assert found["slow"]["ratio"] is not None
