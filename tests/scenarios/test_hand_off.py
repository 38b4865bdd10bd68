"""A person is called when the bot does not help, and the customer hears when that will be."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.house import house
from tests.scenarios.scene import conversation, logged, states

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _closed_brand() -> dict[str, object]:
    """A brand whose people are there for one minute a day."""
    hours: dict[str, list[str]] = {day: ["04:00-04:01"] for day in WEEKDAYS}
    return {"name": "Test Shop", "timezone": "Asia/Taipei", "languages": ["zh-Hant", "en"]} | {
        "hours": hours
    }


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["asdkjh qwe", "zzz xxx yy"], "low_confidence"),
        (["I want to talk to a human"], "human_request"),
        (["我要找真人客服"], "human_request"),
        (["你們是垃圾 去死"], "abuse"),
        (["I will sue you, my lawyer will call"], "rule"),
    ],
)
async def test_a_person_is_called_and_the_customer_is_told_when(
    tmp_path: Path, texts: list[str], reason: str
) -> None:
    async with house(tmp_path, brand=_closed_brand()) as h:
        for text in texts:
            await h.says("ann", text)
            await h.settled()

        row = await conversation(h, "ann")
        assert (row.state, row.handoff_reason) == ("waiting", reason)
        assert row.waiting_since is not None
        assert "04:00" in h.sent("ann")[-1].text
        assert len(h.sent("ann")) == len(texts)
        (event,) = await logged(h, "handoff")
        assert event.data["reason"] == reason


async def test_one_miss_asks_again_and_an_understood_message_forgives_it(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for text in ("asdkjh qwe", "hello", "zzz xxx yy"):
            await h.says("ann", text)
            await h.settled()

        assert (await conversation(h, "ann")).state == "bot"
        assert await states(h, "ann") == ["sent"] * 3


async def test_the_bot_is_silent_while_a_customer_waits_and_the_wait_keeps_its_start(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        await h.says("ann", "I want to talk to a human")
        await h.settled()
        since = (await conversation(h, "ann")).waiting_since
        h.clock.ahead += timedelta(minutes=5)
        await h.says("ann", "hello? anybody?")
        await h.settled()

        assert len(h.sent("ann")) == 1
        assert (await conversation(h, "ann")).waiting_since == since
