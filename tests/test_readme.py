"""Holds both READMEs to the adapters and to each other."""

import re

import pytest

from tests.channel_table import OVERVIEW, READMES, ROOT, ROW, abilities, overview, progress, rows


@pytest.mark.parametrize("language", READMES)
def test_the_channel_table_says_something_else_than_the_adapters(language: str) -> None:
    found = ROW.findall(READMES[language].read_text(encoding="utf-8"))

    assert found == [rows(language)], "make tables"


def test_the_overview_of_channels_says_something_else_than_adapters_and_scorecards() -> None:
    written = OVERVIEW.read_text(encoding="utf-8")

    assert overview(written) == written, "make tables"
    assert abilities() in written
    assert progress() in written


def test_the_two_readmes_differ_in_more_than_language() -> None:
    english, chinese = (file.read_text("utf-8") for file in READMES.values())

    def shape(text: str) -> list[str]:
        marks = re.findall(
            r"^(#+|```\w*|!\[|\|(?= `|---)|<!--)|\]\((docs/\w[\w-]*)(?:\.zh-Hant)?\.md",
            text,
            re.MULTILINE,
        )
        return [mark or link for mark, link in marks]

    assert shape(english) == shape(chinese)


def test_a_picture_is_heavy_or_unused() -> None:
    pages = [*READMES.values(), *(ROOT / "docs").glob("*.md")]
    shown = {
        name
        for file in pages
        for name in re.findall(r"pictures/([\w.-]+)", file.read_text("utf-8"))
    }
    pictures = {file.name: file.stat().st_size for file in (ROOT / "docs" / "pictures").iterdir()}

    assert set(pictures) == shown
    assert max(pictures.values()) < 200_000
