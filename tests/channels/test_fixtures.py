"""Captured webhook bodies and API answers, against what their index says of them."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import pytest

from channels.errors import SendError
from channels.http import answer_of
from channels.messages import Accepted, ChannelEvent, InboundMessage
from channels.results import CLASSES, result_class
from tests.channels.adapter import Adapter
from tests.channels.adapters import ADAPTERS
from tests.shared import SHARED, shared_path

FIXTURES = SHARED / "fixtures"
# What Chatwoot's files of these names hold is no message of a customer.
SILENT = ("delivery", "read", "seen", "echo", "edited", "unsend", "status", "follow_only")


def folder(adapter: Adapter) -> str:
    """Where its captured bodies lie."""
    return adapter.folder or adapter.name


def captured() -> Iterator[Any]:
    """Every body of every folder with its line in the index and those who read it."""
    for name, sharing in groupby(sorted(ADAPTERS, key=folder), key=folder):
        readers = list(sharing)
        for body in _listed(FIXTURES / name / "index.json"):
            yield pytest.param(readers, body, id=f"{name}/{body['file']}")


def answered() -> list[Any]:
    """Every captured answer of the platforms' send calls."""
    return [
        pytest.param(adapter, case, id=f"{adapter.name}/{case['status']}-{number}")
        for adapter in ADAPTERS
        for number, case in enumerate(
            _listed(FIXTURES / "api_responses" / f"{folder(adapter)}.composed.json")
        )
    ]


def from_chatwoot() -> list[Any]:
    """Every body of Chatwoot's tests that one of the adapters should read."""
    return [
        pytest.param(adapter, body, id=body["file"])
        for body in _listed(FIXTURES / "chatwoot" / "index.json")
        for adapter in ADAPTERS
        if adapter.chatwoot is not None and body["file"].startswith(f"{adapter.chatwoot}_")
    ]


def _listed(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found = json.loads(path.read_bytes())
    cases: list[dict[str, Any]] = found["cases"] if isinstance(found, dict) else found
    return cases


def read(adapter: Adapter, body: bytes) -> list[ChannelEvent]:
    """Its events, the same each time."""
    channel = adapter.make(**adapter.captured)
    events = channel.parse(adapter.request(body))
    assert events == channel.parse(adapter.request(body))
    return events


def test_the_captured_bodies_are_not_there() -> None:
    shared_path("fixtures")

    assert len(list(captured())) > 90
    assert len(answered()) > 20
    assert len(from_chatwoot()) > 12


@pytest.mark.parametrize(("readers", "expected"), list(captured()))
def test_a_captured_body_is_misread(readers: list[Adapter], expected: dict[str, Any]) -> None:
    body = shared_path(f"fixtures/{folder(readers[0])}/{expected['file']}").read_bytes()

    events = [event for adapter in readers for event in read(adapter, body)]

    kinds = [event.kind for event in events]
    if len(readers) > 1:
        # Each of those who share a body takes its own part of it.
        assert sorted(kinds) == sorted(expected["events"])
    else:
        assert kinds == expected["events"]
    assert expected["answerable"] == any(
        isinstance(event, InboundMessage) and event.unanswerable is None for event in events
    )
    keys = [event.event_id for event in events]
    assert len(set(keys)) == len(keys)
    assert all(event.sent_at.utcoffset() is not None for event in events)


@pytest.mark.parametrize(("adapter", "body"), from_chatwoot())
def test_a_body_of_chatwoots_crashes_the_parser_or_a_receipt_asks(
    adapter: Adapter, body: dict[str, Any]
) -> None:
    events = read(adapter, shared_path(f"fixtures/chatwoot/{body['file']}").read_bytes())

    if any(word in body["file"] for word in SILENT):
        assert not any(isinstance(event, InboundMessage) for event in events)


@pytest.mark.parametrize(("adapter", "case"), answered())
def test_a_captured_answer_is_misread(adapter: Adapter, case: dict[str, Any]) -> None:
    body = case["body"]
    raw = body.encode() if isinstance(body, str) else orjson.dumps(body)

    result: Accepted | SendError
    try:
        result = adapter.make().accepted(answer_of(case["status"], case["headers"], raw))
    except SendError as exc:
        result = exc

    expected = case["class"]
    if expected == "transient" and case["status"] >= 500:
        expected = CLASSES[adapter.server_error]
    assert result_class(result) == expected
    if "X-Business-Use-Case-Usage" in case["headers"]:
        assert getattr(result, "retry_after", None) == 19 * 60
