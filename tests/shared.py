"""Finds the acceptance data that lies beside the project."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_path(relative: str) -> Path:
    """The file or folder *relative* of the shared data; skips without it, but fails in CI."""
    path = SHARED / relative
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"shared data is missing in CI: {relative}")
        pytest.skip(f"no shared data beside the project: {relative}")
    return path
