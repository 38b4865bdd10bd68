"""A changed configuration answers as a whole or not at all."""

import asyncio
from pathlib import Path

import pytest

from bot.app import _watch
from tests.house import House, house

NEW = "Brand new greeting."


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reload.INTERVAL", 0.05)


@pytest.mark.usefixtures("watchful")
async def test_answers_change_only_when_all_that_changed_is_valid(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    templates = tmp_path / "responses"
    for language in ("en", "zh-Hant"):
        (templates / language).mkdir(parents=True)
    async with house(tmp_path, responses="responses") as h:
        watching = asyncio.ensure_future(_watch(h.service.current.config, h.service))
        try:
            first = await _greeting(h, "ann")
            for language in ("en", "zh-Hant"):
                (templates / language / "greet.j2").write_text(NEW)
            (templates / "en" / "thanks.j2").write_text("{{ broken")
            await h.until(lambda: "not reloaded" in caplog.text)
            second = await _greeting(h, "bob")
            (templates / "en" / "thanks.j2").unlink()
            await h.until(lambda: h.service.current.config is not first[1])
            third = await _greeting(h, "cat")
        finally:
            watching.cancel()

    assert NEW not in first[0]
    assert NEW not in second[0]
    assert NEW in third[0]


async def _greeting(h: House, who: str) -> tuple[str, object]:
    config = h.service.current.config
    await h.says(who, "hello")
    await h.settled()
    return h.sent(who)[0].text, config
