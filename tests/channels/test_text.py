"""Cutting text: where a reader pauses, and never inside what belongs together."""

import pytest
import regex
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from channels.base import LengthUnit
from channels.text import length, shorten, split
from channels.weight import URL_WEIGHT
from tests.shared import shared_path

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇹🇼"
URL = "https://shop.example.test/orders/A-10233?from=fb&lang=zh-Hant#status"
PIECES = [
    "你好",
    "，",
    "。",
    "！",
    "……",
    "「真的嗎？」",
    "a",
    "word",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
]
PIECES += [
    FAMILY,
    FLAG,
    "👍🏽",
    "e\u0301",
    "각",
    "नि",
    "1,000",
    "3.5",
    "營業時間",
    f" {URL} ",
    f"{URL}，",
]

PIECES += ["shop.example", "xhttp://t.co", "@a.com", "http://例子.com請看"]

texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=80).map("".join), st.text(max_size=200)
)
units = st.sampled_from(LengthUnit)


def possible(limit: int, unit: LengthUnit) -> int:
    """*limit*, or the smallest one that this unit allows."""
    return max(limit, URL_WEIGHT) if unit is LengthUnit.WEIGHTED else limit


@given(text=texts, limit=st.integers(4, 120), unit=units)
@example(text="x" * 255 + "http://t.co", limit=280, unit=LengthUnit.WEIGHTED)
@example(text=FAMILY * 9, limit=4, unit=LengthUnit.UTF8)
@example(text="a\n" + " " * 50 + "\u0301b" * 20, limit=10, unit=LengthUnit.CHARACTERS)
def test_a_part_is_too_long_or_empty_or_loses_a_word(
    text: str, limit: int, unit: LengthUnit
) -> None:
    limit = possible(limit, unit)
    parts = split(text, limit=limit, unit=unit)

    assert all(0 < length(part, unit) <= limit for part in parts)
    place = 0
    for part in parts:
        found = text.index(part, place)
        assert not text[place:found].strip()
        place = found + len(part)
    assert not text[place:].strip()


@given(text=texts, limit=st.integers(4, 120), unit=units)
@example(text=f"{'你' * 20}{URL}，{'好' * 20}", limit=80, unit=LengthUnit.UTF16)
@example(text=f"{URL}{'好' * 100}", limit=80, unit=LengthUnit.CHARACTERS)
@example(text=f"xhttp://t.co{URL}，", limit=68, unit=LengthUnit.CHARACTERS)
def test_a_cut_falls_inside_a_character_or_an_address(
    text: str, limit: int, unit: LengthUnit
) -> None:
    limit = possible(limit, unit)
    whole = [piece for piece in regex.findall(r"\X", text) if length(piece, unit) <= limit]
    addresses = text.count(URL) if length(URL, unit) <= limit else 0

    parts = split(text, limit=limit, unit=unit)

    found = [piece for part in parts for piece in regex.findall(r"\X", part)]
    kept = [piece for piece in whole if not piece.isspace()]
    assert [piece for piece in kept if piece not in found] == []
    if all(length(piece, unit) <= limit for piece in regex.findall(r"\X", text)):
        assert [piece for piece in found if not piece.isspace()] == kept
    assert sum(part.count(URL) for part in parts) >= addresses


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("一段。\n\n二段，長一點。三", 12, ["一段。", "二段，長一點。三"]),
        ("第一行。還有\n第二行", 9, ["第一行。還有", "第二行"]),
        ("今天有開。明天，休息", 8, ["今天有開。", "明天，休息"]),
        ("他問：「有開嗎？」店員點頭", 11, ["他問：「有開嗎？」", "店員點頭"]),
        ("等等……好了", 5, ["等等……", "好了"]),
        ("蘋果，香蕉，鳳梨西瓜", 8, ["蘋果，香蕉，", "鳳梨西瓜"]),
        ("Open at 10. Closed on Monday", 14, ["Open at 10.", "Closed on", "Monday"]),
        ("it costs 1,000 dollars", 14, ["it costs 1,000", "dollars"]),
        ("我要買iPhone15手機", 8, ["我要買", "iPhone15", "手機"]),
        ("短", 5, ["短"]),
        ("", 5, []),
        ("          ", 5, []),
    ],
)
def test_a_cut_falls_where_nobody_would_pause(text: str, limit: int, expected: list[str]) -> None:
    assert split(text, limit=limit, unit=LengthUnit.CHARACTERS) == expected


def test_a_platform_counts_otherwise_than_we() -> None:
    text = f"好{FLAG}"

    assert {unit.value: length(text, unit) for unit in LengthUnit} == {
        "characters": 3,
        "utf16": 5,
        "utf8": 11,
        "weighted": 4,
    }


@given(text=texts, limit=st.integers(8, 40), unit=units)
def test_a_shortened_title_is_too_long_or_ends_inside_a_character_or_address(
    text: str, limit: int, unit: LengthUnit
) -> None:
    limit = possible(limit, unit)
    short = shorten(text, limit=limit, unit=unit)

    assert length(short, unit) <= limit
    if length(text, unit) <= limit:
        assert short == text
        return
    kept = short.removesuffix("…")
    assert text.startswith(kept)
    if all(length(piece, unit) < limit - 3 for piece in regex.findall(r"\X", text)):
        ends = {0}
        for piece in regex.findall(r"\X", text):
            ends.add(max(ends) + len(piece))
        assert len(kept) in ends or text[len(kept) :].lstrip() != text[len(kept) :]
    if length(URL, unit) <= limit - 3:
        assert not any(
            text.startswith(URL, at) and at < len(kept) < at + len(URL) for at in range(len(kept))
        )


def test_x_counts_otherwise_than_its_own_test_vectors_say() -> None:
    vectors = yaml.safe_load(shared_path("specs/twitter-text/validate.yml").read_bytes())["tests"]
    cases = [
        case
        for name, cases in vectors.items()
        if name.endswith("CounterTest")
        for case in cases
        # Before its third version X counted every part of a family.
        if "Emoji" in name
        or not {"\u200d", "🏽"} & set(case["text"])
        or "Handle" in case["description"]
    ]

    wrong = {
        case["description"]: (length(case["text"], LengthUnit.WEIGHTED), told)
        for case in cases
        if length(case["text"], LengthUnit.WEIGHTED) != (told := case["expected"]["weightedLength"])
    }
    assert len(cases) > 40
    assert wrong == {}


def test_a_short_address_makes_a_post_too_long_for_x() -> None:
    counted = {
        text: length(text, LengthUnit.WEIGHTED)
        for text in ("https://t.co/a請看", "見t.co。", "x@t.co", "3.5", "http://例子.com", "©®")
    }

    assert counted == {
        "https://t.co/a請看": 27,
        "見t.co。": 27,
        "x@t.co": 6,
        "3.5": 3,
        "http://例子.com": 23,
        "©®": 2,
    }


def test_an_impossible_limit_never_ends() -> None:
    with pytest.raises(ValueError, match="limit of 3"):
        split("好好", limit=3, unit=LengthUnit.UTF8)


def test_a_long_text_of_blanks_takes_for_ever() -> None:
    assert split("a" + " " * 200_000 + "b", limit=2000, unit=LengthUnit.UTF16) == ["a", "b"]


@pytest.mark.parametrize("before", ["看", "看。", "see ", "（", "看👍"])
def test_a_link_is_overlooked_behind_other_words(before: str) -> None:
    linked = length(f"{before}https://shop.example/{'a' * 40}", LengthUnit.WEIGHTED)

    assert linked == length(before, LengthUnit.WEIGHTED) + URL_WEIGHT
