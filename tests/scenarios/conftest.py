"""Scenarios run through the real door; only waiting may be shorter than in life."""

from datetime import timedelta

import pytest
from aiohttp import ClientTimeout

from bot.actions import ActionRunner


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a platform sooner, and try again sooner."""
    monkeypatch.setattr("channels.http._TIMEOUT", ClientTimeout(total=1.0, connect=0.5))
    monkeypatch.setattr("bot.sender.FIRST_WAIT", 0.05)
    monkeypatch.setattr("bot.store.claims.PROBE_AFTER", timedelta(seconds=0.2))
    monkeypatch.setattr("bot.worker.SWEEP_EVERY", 0.1)


@pytest.fixture
def patient_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an action take as long as the test holds it back."""
    defaults = ActionRunner.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "timeout", 60.0)
