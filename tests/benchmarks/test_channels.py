"""The comparison of channels still runs, and no channel loses or doubles a reply."""

import subprocess
import sys
from pathlib import Path

from benchmarks.accounts import OWN
from benchmarks.server import ROOT
from bot.simulation.platforms import channels
from tests.house import MODELS


def test_a_channel_that_can_be_played_is_not_compared() -> None:
    assert sorted(OWN) == sorted(channels())


def test_the_comparison_ends_early_or_a_channel_loses_or_doubles_replies(tmp_path: Path) -> None:
    options = ("--quick", "--folder", tmp_path, "--models", MODELS)

    done = subprocess.run(
        [sys.executable, "benchmarks/channels.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    faults = {line.split()[0]: line.split()[-2:] for line in done.stdout.splitlines()[1:]}
    assert faults == {name: ["0", "0"] for name in OWN}
