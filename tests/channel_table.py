"""The table of channels in both READMEs, made from what the adapters say they can do.

`make tables` writes it anew.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.adapters import ADAPTERS, adapter
from channels.base import Capabilities, Finder, Handle, LengthUnit
from channels.messages import Surface

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "zh-Hant": ROOT / "README.zh-Hant.md"}
NONE = "\N{EN DASH}"
ROW = re.compile(r"(?:^\| `\w+` \| \S+ \| [\d,]+.*\n)+", re.MULTILINE)

WORDS = {
    "en": {
        Surface.DIRECT: "private",
        Surface.COMMENT: "public",
        LengthUnit.CHARACTERS: " characters",
        LengthUnit.UTF16: " UTF-16 units",
        LengthUnit.UTF8: " bytes",
        LengthUnit.WEIGHTED: " weighted characters",
        Handle.RETRY_KEY: "is repeated under the same key",
        Handle.ECHO: "is settled by the platform's echo",
        Handle.NONE: "is shown to a person",
        "found": "is looked for, else shown to a person",
        "seconds": " seconds",
        "hours": " hours",
        "days": " days",
        "at once": "at once",
        "every": "asked every {}",
        "no limit": "no limit",
        "template": "{}, then by template",
        "once": "once, within {}",
        "yes": "yes",
    },
    "zh-Hant": {
        Surface.DIRECT: "私訊",
        Surface.COMMENT: "公開",
        LengthUnit.CHARACTERS: " 字元",
        LengthUnit.UTF16: " 個 UTF-16 單位",
        LengthUnit.UTF8: " 位元組",
        LengthUnit.WEIGHTED: " 個加權字元",
        Handle.RETRY_KEY: "以同一識別碼重送",
        Handle.ECHO: "由平台的回聲確認",
        Handle.NONE: "交給真人判斷",
        "found": "先查找，找不到則交給真人判斷",
        "seconds": " 秒",
        "hours": " 小時",
        "days": " 天",
        "at once": "即時",
        "every": "每{}查詢",
        "no limit": "不限",
        "template": "{}，之後用範本",
        "once": "一次，{}內",
        "yes": "可",
    },
}


def rows(language: str) -> str:
    """The table's lines below its head."""
    words = WORDS[language]
    return "".join(f"{_row(name, adapter(name).capabilities, words)}\n" for name in ADAPTERS)


def _span(window: timedelta, words: dict[Any, str]) -> str:
    if window > timedelta(days=1):
        return f"{window.days}{words['days']}"
    if window >= timedelta(hours=1):
        return f"{window // timedelta(hours=1)}{words['hours']}"
    return f"{window.seconds}{words['seconds']}"


def _row(name: str, can: Capabilities, words: dict[Any, str]) -> str:
    windows = [
        words["no limit"] if window is None else _span(window, words)
        for window in (can.reply_window, can.agent_window or can.reply_window)
    ]
    if can.agent_template:
        windows[1] = words["template"].format(windows[1])
    within, every = can.private_reply_window, can.poll_interval
    cells = [
        f"`{name}`",
        words[can.surface],
        f"{can.max_text:,}{words[can.unit]}",
        words["at once"] if every is None else words["every"].format(_span(every, words)),
        *windows,
        str(can.max_quick_replies or NONE),
        str(can.max_buttons or NONE),
        words["found" if isinstance(adapter(name), Finder) else can.handle],
        NONE if within is None else words["once"].format(_span(within, words)),
        words["yes"] if can.hide else NONE,
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for language, file in READMES.items():
        text = file.read_text(encoding="utf-8")
        file.write_text(ROW.sub(lambda _: rows(language), text, count=1), encoding="utf-8")  # noqa: B023
