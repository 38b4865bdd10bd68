"""Whatever bytes lie in an export: figures or a refusal, nothing else."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.exports.errors import ExportError
from bot.exports.outcome import outcome, window_of
from tests.exports.layouts import LAYOUTS, put, zipped
from tests.exports.scenario import CHATS, ZONE
from tests.exports.test_formats import layouts, opened

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["message", "Comment", "incoming", "2026-03-17T00:00:00Z", "9" * 30]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def report(path: Path) -> bool:
    """Report on *path* whole; False when it was refused without a word."""
    try:
        with opened(path) as export:
            window = window_of(export, ZONE, start_at=None, end_at=None, as_of=None)
            assert outcome(export, window, ZONE).either.n >= 0
    except ExportError as refusal:
        return len(str(refusal)) > 20
    return True


@quick
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            *("a.csv", "a.txt", "result.json", "a.json", "data/direct-messages.js", "a.zip"),
            *("messages/inbox/x_1/message_1.json", "data/account.js", "_chat.txt"),
        ]
    ),
)
def test_any_bytes_in_any_file_raise(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        put(Path(folder, "in", name), data)
        assert report(Path(folder, "in"))
        zipped(Path(folder, "e.zip"), {name: data})
        assert report(Path(folder, "e.zip"))


@layouts
@quick
@given(data=st.data())
def test_bytes_changed_in_a_real_export_raise(layout: Any, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = layout.write(Path(folder), CHATS)
        files = sorted(each for each in Path(folder).rglob("*") if each.is_file())
        file = data.draw(st.sampled_from(files))
        raw = bytearray(file.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(raw)))
            cut = data.draw(st.integers(0, 30))
            raw[place : place + cut] = data.draw(st.binary(max_size=12))
        file.write_bytes(raw)
        assert report(path)


def _mutated(value: Any, draw: Callable[[Any], Any]) -> Any:
    """The same JSON with one value somewhere in it replaced."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: _mutated(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _mutated(value[place], draw), *value[place + 1 :]]
    return draw(_values)


@pytest.mark.parametrize(
    "name",
    ["facebook", "telegram", "chatwoot", "zendesk audits", "zendesk events", "intercom"],
)
@quick
@given(data=st.data())
def test_another_value_in_a_real_export_raises(name: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = LAYOUTS[name].write(Path(folder), CHATS)
        file = data.draw(st.sampled_from(sorted(Path(folder).rglob("*.json"))))
        source = _mutated(json.loads(file.read_text("utf-8")), data.draw)
        file.write_text(json.dumps(source), "utf-8")
        assert report(path)
