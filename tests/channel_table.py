"""The tables of channels in the READMEs, made from what the adapters say they can do.

`make tables` writes it anew.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.adapters import ADAPTERS, adapter
from channels.base import (
    Capabilities,
    CatchUp,
    Checkup,
    Consent,
    Finder,
    Handle,
    LengthUnit,
    MediaSource,
    ProfileSource,
    Subscriber,
)
from channels.messages import Surface
from tests.scorecards import PAGES, STATES, page, scorecard

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "zh-Hant": ROOT / "README.zh-Hant.md"}
OVERVIEW = PAGES / "README.md"
NONE = "\N{EN DASH}"
LINES = re.compile(r"^(?:\|.*\n)+", re.MULTILINE)
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


def _windows(can: Capabilities, words: dict[Any, str]) -> list[str]:
    """Within what time the bot may answer, and a person."""
    windows = [
        words["no limit"] if window is None else _span(window, words)
        for window in (can.reply_window, can.agent_window or can.reply_window)
    ]
    if can.agent_template:
        windows[1] = words["template"].format(windows[1])
    return windows


def _row(name: str, can: Capabilities, words: dict[Any, str]) -> str:
    within, every = can.private_reply_window, can.poll_interval
    cells = [
        f"`{name}`",
        words[can.surface],
        f"{can.max_text:,}{words[can.unit]}",
        words["at once"] if every is None else words["every"].format(_span(every, words)),
        *_windows(can, words),
        str(can.max_quick_replies or NONE),
        str(can.max_buttons or NONE),
        words["found" if isinstance(adapter(name), Finder) else can.handle],
        NONE if within is None else words["once"].format(_span(within, words)),
        words["yes"] if can.hide else NONE,
    ]
    return f"| {' | '.join(cells)} |"


def overview(text: str) -> str:
    """The overview of all channels with its tables as they should be."""
    for heading, table in (("What each can do", abilities()), ("How far each is", progress())):
        above, below = text.split(f"\n## {heading}\n", 1)
        lead, *rest = LINES.split(below, maxsplit=1)
        text = "".join((above, f"\n## {heading}\n", lead, table, *rest))
    return text


def abilities() -> str:
    """What each channel can do: a line for each ability that any of them has."""
    lines = [(ability, [tell(name) for name in ADAPTERS]) for ability, tell in _ABILITIES.items()]
    shown = [[ability, *cells] for ability, cells in lines if set(cells) != {NONE}]
    return _table(["", *(f"`{name}`" for name in ADAPTERS)], shown)


def progress() -> str:
    """What the scorecards of all pages come to."""
    rows = []
    for file in dict.fromkeys(page(name) for name in ADAPTERS):
        card = scorecard(file.read_text(encoding="utf-8"))
        counts = [str(card.count(state)) for state in STATES]
        rows.append([f"[{file.stem}]({file.name})", *counts, card.live])
    return _table(["page", *STATES, "checked live"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, *rows]
    written = [f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in lines]
    return "".join((written[0], f"|{'---|' * len(head)}\n", *written[1:]))


def _declared(tell: Callable[[Capabilities], object]) -> Callable[[str], str]:
    def cell(name: str) -> str:
        told = tell(adapter(name).capabilities)
        return "yes" if told is True else str(told or NONE)

    return cell


def _offered(protocol: type) -> Callable[[str], str]:
    return lambda name: "yes" if isinstance(adapter(name), protocol) else NONE


_EN = WORDS["en"]
_ABILITIES: dict[str, Callable[[str], str]] = {
    "surface": _declared(lambda can: _EN[can.surface]),
    "longest text": _declared(lambda can: f"{can.max_text:,}{_EN[can.unit]}"),
    "beside buttons": _declared(lambda can: can.max_text_beside),
    "below an attachment": _declared(lambda can: can.max_caption),
    "quick replies": _declared(lambda can: can.max_quick_replies),
    "buttons": _declared(lambda can: can.max_buttons),
    "buttons that are links": _declared(lambda can: can.link_buttons),
    "cards": _declared(lambda can: can.max_cards),
    "rows of a menu": _declared(lambda can: can.max_rows),
    "attachments": _declared(lambda can: ", ".join(sorted(can.media))),
    "bot may answer within": _declared(lambda can: _windows(can, _EN)[0]),
    "a person within": _declared(lambda can: _windows(can, _EN)[1]),
    "one reply to a message": _declared(lambda can: can.one_reply),
    "private reply": _declared(lambda can: can.private_reply),
    "hide": _declared(lambda can: can.hide),
    "show again": _declared(lambda can: can.unhide),
    "rate": _declared(lambda can: f"{can.rate:g}"),
    "asked every": _declared(lambda can: can.poll_interval and _span(can.poll_interval, _EN)),
    "`channels check`": _offered(Checkup),
    "`channels subscribe`": _offered(Subscriber),
    "asked for what was missed": _offered(CatchUp),
    "asked for a doubtful reply": _offered(Finder),
    "profile": _offered(ProfileSource),
    "fetches hidden attachments": _offered(MediaSource),
    "deletion callback": _offered(Consent),
}


if __name__ == "__main__":
    for language, file in READMES.items():
        text = file.read_text(encoding="utf-8")
        file.write_text(ROW.sub(lambda _: rows(language), text, count=1), encoding="utf-8")  # noqa: B023
    OVERVIEW.write_text(overview(OVERVIEW.read_text(encoding="utf-8")), encoding="utf-8")
