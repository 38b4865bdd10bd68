"""The set-up of a newcomer's machine says in one sentence what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("awk", "cat", "cksum", "dirname", "id", "rm", "sh")
PYTHON_OF_OLD = "#!/bin/sh\nexit 1\n"
LITTLE = "#!/bin/sh\nprintf 'Filesystem\\nx 9 0 409600 0%% /\\n'\n"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout on a machine with a plain system and no Python."""
    (tmp_path / "shop" / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "setup", tmp_path / "shop" / ".ci")
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "shop")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def put(machine: Path, tool: str, script: str) -> None:
    (machine / "bin" / tool).write_text(script)
    (machine / "bin" / tool).chmod(0o755)


def told(machine: Path) -> str:
    done = subprocess.run(
        [machine / "shop" / ".ci" / "setup"],
        env=os.environ | {"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert not done.stdout
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_machine_without_python_gets_no_advice(machine: Path) -> None:
    assert "apt-get install python3" in told(machine)


def test_python_of_old_is_taken(machine: Path) -> None:
    put(machine, "python3", PYTHON_OF_OLD)

    assert "Python 3.11 or newer is needed" in told(machine)


def test_a_full_disk_is_noticed_in_the_middle_of_the_installation(machine: Path) -> None:
    put(machine, "python3", "#!/bin/sh\nexit 0\n")
    put(machine, "df", LITTLE)

    assert "1500 MB of free disk are needed here, there are 400" in told(machine)
