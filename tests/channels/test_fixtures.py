"""Captured webhook bodies and API answers, against what their index says of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.errors import (
    ChannelUnavailable,
    RateLimited,
    RecipientGone,
    Rejected,
    ReplyWindowClosed,
    SendError,
    Unauthorized,
)
from channels.messages import Accepted, Action, InboundMessage
from tests.channels.adapters import ADAPTERS, BOT, Adapter
from tests.channels.platform import FakePlatform
from tests.shared import SHARED, shared_path

CLASSES: dict[str, type[Accepted | SendError]] = {
    "ok": Accepted,
    "duplicate": Accepted,
    "rate_limited": RateLimited,
    "window_closed": ReplyWindowClosed,
    "blocked": RecipientGone,
    "permanent": Rejected,
    "auth": Unauthorized,
    "transient": ChannelUnavailable,
    "quota": Rejected,
}


def captured() -> list[Any]:
    """Every body of every adapter with its line in the index."""
    return [
        pytest.param(adapter, body, id=f"{adapter.name}/{body['file']}")
        for adapter in ADAPTERS
        for body in _listed(SHARED / "fixtures" / adapter.name / "index.json")
    ]


def answered() -> list[Any]:
    """Every captured answer of the platforms' send calls."""
    return [
        pytest.param(adapter, case, id=f"{adapter.name}/{case['status']}-{number}")
        for adapter in ADAPTERS
        for number, case in enumerate(
            _listed(SHARED / "fixtures" / "api_responses" / f"{adapter.name}.composed.json")
        )
    ]


def _listed(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found = json.loads(path.read_bytes())
    cases: list[dict[str, Any]] = found["cases"] if isinstance(found, dict) else found
    return cases


def test_the_captured_bodies_are_not_there() -> None:
    shared_path("fixtures")

    assert len(captured()) > 90
    assert len(answered()) > 20


@pytest.mark.parametrize(("adapter", "expected"), captured())
def test_a_captured_body_is_misread(adapter: Adapter, expected: dict[str, Any]) -> None:
    body = shared_path(f"fixtures/{adapter.name}/{expected['file']}").read_bytes()
    channel = adapter.make(**({"destination": BOT} if adapter.name == "line" else {"page": None}))

    events = channel.parse(adapter.request(body))

    assert [event.kind for event in events] == expected["events"]
    assert expected["answerable"] == any(
        isinstance(event, InboundMessage) and event.unanswerable is None for event in events
    )
    keys = [event.event_id for event in events]
    assert len(set(keys)) == len(keys)
    assert keys == [event.event_id for event in channel.parse(adapter.request(body))]
    assert all(event.sent_at.utcoffset() is not None for event in events)


@pytest.mark.parametrize(("adapter", "case"), answered())
async def test_a_captured_answer_is_misread(
    adapter: Adapter,
    case: dict[str, Any],
    platform: FakePlatform,
    http: aiohttp.ClientSession,
) -> None:
    body = case["body"]
    platform.answers(
        case["status"], body.encode() if isinstance(body, str) else body, case["headers"]
    )
    channel = adapter.make(http, api=platform.address)
    message = adapter.message
    if "success" in body:
        message = replace(message, action=Action.HIDE)

    try:
        result: object = await channel.send(message)
    except SendError as exc:
        result = exc

    assert type(result) is CLASSES[case["class"]]
    if "X-Business-Use-Case-Usage" in case["headers"]:
        assert isinstance(result, RateLimited)
        assert result.retry_after == 19 * 60
