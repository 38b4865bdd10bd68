"""A platform that does not call us is answered like any other."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters import ADAPTERS
from channels.messages import Contact, InboundMessage, Surface
from tests.house import house
from tests.postbox import Postbox

LETTER = InboundMessage(
    event_id="l1",
    kind="dm.text",
    channel="postbox",
    account="shop",
    thread="ann",
    surface=Surface.DIRECT,
    sent_at=datetime(2026, 1, 1, tzinfo=UTC),
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
    id="l1",
    contact=Contact(id="ann"),
    text="hello",
)


async def test_one_line_does_not_register_an_adapter_or_nobody_asks_its_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ADAPTERS, "postbox", "tests.postbox:Postbox")
    monkeypatch.setattr(Postbox, "letters", [LETTER])
    monkeypatch.setattr(Postbox, "sent", [])

    async with house(tmp_path, channels={"postbox": [{"account": "shop"}]}) as h:
        await h.until(lambda: Postbox.sent)
        await h.settled()

        assert [message.thread for message in Postbox.sent] == ["ann"]
