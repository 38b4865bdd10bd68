"""Typing errors, put right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.spelling import Spelling

WORDS = ("order", "where", "shipping", "shopping", "refund", "rückgabe", "cafe")
REAL = {"older", "ship", "whether"}
letters = st.characters(categories=["Ll"], max_codepoint=0x24F)

spelling = Spelling(WORDS, is_word=REAL.__contains__)


def slips(word: str) -> set[str]:
    places = range(len(word))
    cut = {word[:at] + word[at + 1 :] for at in places}
    wrong = {word[:at] + "x" + word[at + 1 :] for at in places}
    more = {word[:at] + "x" + word[at:] for at in range(len(word) + 1)}
    turned = {word[:at] + word[at : at + 2][::-1] + word[at + 2 :] for at in places}
    return cut | wrong | more | turned


@pytest.mark.parametrize("word", ["order", "where", "refund", "r\u00fcckgabe"])
def test_one_slip_makes_another_word(word: str) -> None:
    assert {spelling.corrected(slip) for slip in slips(word)} == {word}


@pytest.mark.parametrize(
    "text",
    [
        "older",
        "ship",
        "whether",
        "rder",
        "shpoing",
        "ordr1",
        "ordr's",
        "oder号",
        "the",
        "退款",
        "ab-12345 caf",
        "",
    ],
)
def test_what_is_no_slip_is_changed(text: str) -> None:
    right = {"rder": "order", "oder号": "order号"}

    assert spelling.corrected(text) == right.get(text, text)


def test_the_rarer_of_two_words_is_taken() -> None:
    assert spelling.corrected("shxpping") == "shipping"


@given(text=st.text(st.one_of(letters, st.characters(), st.sampled_from("ordewhx ")), max_size=80))
def test_a_text_is_corrected_twice(text: str) -> None:
    once = spelling.corrected(text)

    assert spelling.corrected(once) == once
