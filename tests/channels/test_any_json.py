"""Whatever JSON stands where, parsing gives events or MalformedPayload, the same each time."""

import copy
import json
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.errors import MalformedPayload
from channels.messages import Event
from tests.channels.adapter import Adapter
from tests.channels.adapters import ADAPTERS

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["0", "\x00", "\uff11\uff12", "9" * 5000, "add", "comment", "text", "user"])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to everything inside *value*, and to itself."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, one in inside for place in places(one, (*path, key)))]


def swapped(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy of *value* with *odd* at *path*."""
    if not path:
        return odd
    changed = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return changed


def outcome(adapter: Adapter, body: bytes) -> list[Event] | str:
    """What parsing gives; anything but events or MalformedPayload fails the test."""
    try:
        events = adapter.make().parse(adapter.request(body))
    except MalformedPayload as exc:
        return str(exc)
    for event in events:
        assert event.sent_at.tzinfo is not None
        assert event.event_id
        orjson.dumps(event)
    return list(events)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_odd_json_in_any_place_crashes_an_adapter(data: st.DataObject) -> None:
    adapter = data.draw(st.sampled_from(ADAPTERS))
    most = 3 if adapter.several else 1
    whole = adapter.wrapped(
        *data.draw(st.lists(st.sampled_from(adapter.seeds), min_size=1, max_size=most))
    )
    body = swapped(whole, data.draw(st.sampled_from(places(whole))), data.draw(anything))
    raw = json.dumps(body).encode()

    assert outcome(adapter, raw) == outcome(adapter, raw)


@settings(max_examples=150, deadline=None)
@given(value=anything)
def test_any_json_at_all_crashes_an_adapter(value: object) -> None:
    for adapter in ADAPTERS:
        outcome(adapter, json.dumps(value).encode())


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=60))
def test_any_bytes_crash_an_adapter(body: bytes) -> None:
    for adapter in ADAPTERS:
        outcome(adapter, body)
