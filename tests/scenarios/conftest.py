"""Scenarios run through the real door; only waiting is shorter than in life."""

import pytest
from aiohttp import ClientTimeout


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a platform sooner, and try again sooner."""
    monkeypatch.setattr("channels.http._TIMEOUT", ClientTimeout(total=1.0, connect=0.5))
    monkeypatch.setattr("bot.sender.FIRST_WAIT", 0.05)
    monkeypatch.setattr("bot.worker.SWEEP_EVERY", 0.1)
