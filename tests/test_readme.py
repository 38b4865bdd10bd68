"""Holds both READMEs to the adapters and to each other."""

import importlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import ADAPTERS
from bot.registry import CLASSES
from channels.base import Capabilities, Handle, LengthUnit
from channels.messages import Surface

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "zh-Hant": ROOT / "README.zh-Hant.md"}
NONE = "\N{EN DASH}"

WORDS = {
    "en": {
        Surface.DIRECT: "private",
        Surface.COMMENT: "public",
        LengthUnit.CHARACTERS: " characters",
        LengthUnit.UTF16: " UTF-16 units",
        LengthUnit.UTF8: " bytes",
        Handle.RETRY_KEY: "is repeated under the same key",
        Handle.ECHO: "is settled by the platform's echo",
        Handle.NONE: "is shown to a person",
        "hours": " hours",
        "days": " days",
        "no limit": "no limit",
        "once": "once, within {}",
        "yes": "yes",
    },
    "zh-Hant": {
        Surface.DIRECT: "私訊",
        Surface.COMMENT: "公開",
        LengthUnit.CHARACTERS: " 字元",
        LengthUnit.UTF16: " 個 UTF-16 單位",
        LengthUnit.UTF8: " 位元組",
        Handle.RETRY_KEY: "以同一識別碼重送",
        Handle.ECHO: "由平台的回聲確認",
        Handle.NONE: "交給真人判斷",
        "hours": " 小時",
        "days": " 天",
        "no limit": "不限",
        "once": "一次，{}內",
        "yes": "可",
    },
}


def span(window: timedelta, words: dict[Any, str]) -> str:
    """A window in the words of one README."""
    if window > timedelta(days=1):
        return f"{window.days}{words['days']}"
    return f"{window // timedelta(hours=1)}{words['hours']}"


def row(name: str, can: Capabilities, words: dict[Any, str]) -> str:
    """A channel's line in the table of one README."""
    windows = [
        words["no limit"] if window is None else span(window, words)
        for window in (can.reply_window, can.agent_window or can.reply_window)
    ]
    within = can.private_reply_window
    private = "" if within is None else words["once"].format(span(within, words))
    cells = [
        f"`{name}`",
        words[can.surface],
        f"{can.max_text:,}{words[can.unit]}",
        *windows,
        str(can.max_quick_replies or NONE),
        words[can.handle],
        private or NONE,
        words["yes"] if can.hide else NONE,
    ]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("language", READMES)
def test_the_channel_table_says_something_else_than_the_adapters(language: str) -> None:
    classes = {
        name: getattr(importlib.import_module(ADAPTERS[name]), CLASSES[name]) for name in ADAPTERS
    }
    written = READMES[language].read_text(encoding="utf-8").splitlines()

    expected = [row(name, one.capabilities, WORDS[language]) for name, one in classes.items()]
    assert [line for line in written if re.match(r"\| `\w+` \| \S+ \| [\d,]+", line)] == expected


def test_the_two_readmes_differ_in_more_than_language() -> None:
    english, chinese = (file.read_text("utf-8") for file in READMES.values())

    def shape(text: str) -> list[str]:
        marks = re.findall(
            r"^(#+|```\w*|!\[|\|(?= `|---)|<!--)|\]\((docs/\w[\w-]*\.md)", text, re.MULTILINE
        )
        return [mark or link for mark, link in marks]

    assert shape(english) == shape(chinese)


def test_a_picture_is_heavy_or_unused() -> None:
    shown = {
        name
        for file in READMES.values()
        for name in re.findall(r"pictures/([\w.-]+)", file.read_text("utf-8"))
    }
    pictures = {file.name: file.stat().st_size for file in (ROOT / "docs" / "pictures").iterdir()}

    assert set(pictures) == shown
    assert max(pictures.values()) < 200_000
