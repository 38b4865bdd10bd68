"""A changed file is used when all is whole, and never when it is not."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import reload
from bot.config import Config, load
from bot.lists import lists
from tests.signals.eventually import eventually

TEXT = """\
brand: {name: One, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
responses: texts
"""


class Watched:
    """A brand's folder under watch, and every config that was applied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "config.yml"
        self.applied: list[Config] = []
        self.fails = False

    async def apply(self, config: Config) -> None:
        if self.fails:
            raise FileNotFoundError(2, "gone meanwhile")
        self.applied.append(config)


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr(reload, "INTERVAL", 0.01)
    watched = Watched(tmp_path)
    for language in ("zh-Hant", "en"):
        (tmp_path / "texts" / language).mkdir(parents=True)
    watched.file.write_text(TEXT)
    config = load(watched.file, {})
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(reload.watch(watched.file, config, watched.apply))
        await asyncio.sleep(0)
        yield watched
        watching.cancel()


async def test_a_valid_change_is_applied(watched: Watched) -> None:
    watched.file.write_text(TEXT.replace("One", "Other"))

    await eventually(lambda: bool(watched.applied))
    assert watched.applied[0].brand.name == {"": "Other"}


async def test_a_change_in_the_file_of_a_list_is_applied(watched: Watched) -> None:
    tea = watched.folder / "tea.yml"
    tea.write_text("- oolong\n")
    watched.file.write_text(TEXT + "understanding: {lists: {tea: tea.yml}}\n")
    await eventually(lambda: len(watched.applied) == 1)

    tea.write_text("- oolong\n- green\n")

    await eventually(lambda: len(watched.applied) == 2)
    assert [one.name for one in lists(watched.applied[1])["tea"]] == ["oolong", "green"]


async def test_a_new_template_is_applied(watched: Watched) -> None:
    for language in ("zh-Hant", "en"):
        (watched.folder / "texts" / language / "greet.j2").write_text("嗨")

    await eventually(lambda: bool(watched.applied))


async def test_a_broken_change_is_told_once_and_not_applied(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    watched.file.write_text(TEXT.replace("Taipei", "Taipe"))
    await eventually(lambda: "unknown time zone" in caplog.text)
    watched.file.write_text(TEXT.replace("Taipei", "Taipe") + "# more\n" + "handof: {}\n")
    await eventually(lambda: "handof" in caplog.text)

    assert caplog.text.count("unknown time zone") == 1
    assert watched.applied == []
    watched.file.write_text(TEXT.replace("One", "Mended"))
    await eventually(lambda: bool(watched.applied))


async def test_a_text_without_its_translation_is_not_applied(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    (watched.folder / "texts" / "en" / "season.j2").write_text("Spring is here.")
    await eventually(lambda: "no translation in zh-Hant" in caplog.text)

    assert watched.applied == []
    (watched.folder / "texts" / "zh-Hant" / "season.j2").write_text("春天來了。")
    await eventually(lambda: bool(watched.applied))


async def test_what_needs_a_restart_is_named(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.file.write_text(TEXT + "web: {port: 9000}\n")

    await eventually(lambda: "restart to apply what changed under web" in caplog.text)


async def test_a_failure_to_apply_does_not_end_the_watch(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.fails = True
    watched.file.write_text(TEXT.replace("One", "Two"))
    await eventually(lambda: "gone meanwhile" in caplog.text)
    watched.fails = False
    watched.file.write_text(TEXT.replace("One", "Three!"))

    await eventually(lambda: bool(watched.applied))
