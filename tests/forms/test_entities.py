"""A brand's own words in what customers write."""

from pathlib import Path
from typing import Any

import pytest

from bot.forms import Entities

TEAS = Entities(
    {"tea": {"green": ["green tea", "綠茶"], "oolong": [], "mix": ["green tea oolong"]}},
    {"cups": [r"\d+(?=杯)"]},
)


def values(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["entity"], each["value"]) for each in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a GREEN TEA please", [("tea", "green")]),
        ("我要３杯綠茶", [("tea", "green"), ("cups", "3")]),
        ("one green tea oolong", [("tea", "mix")]),
        ("oolongs and evergreens", []),
        ("", []),
    ],
)
def test_a_word_is_missed_or_found_within_another(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert values(TEAS.found(text)) == expected


def test_a_value_stands_elsewhere_than_the_customer_wrote_it() -> None:
    [found] = TEAS.found("喝綠茶")

    assert (found["start"], found["end"]) == (1, 3)


def test_a_pattern_without_end_holds_everybody_up() -> None:
    wild = Entities({}, {"x": ["(a|a|a)+$"]})

    with pytest.raises(TimeoutError):
        wild.found("a" * 200 + "!")


def test_a_number_in_the_file_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "entities.yml"
    file.write_text("size:\n  words: {1: [no]}\n  patterns: []\n", encoding="utf-8")

    assert values(Entities.read(file).found("no")) == [("size", "1")]
