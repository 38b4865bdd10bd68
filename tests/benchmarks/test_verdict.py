"""The judge of the order scenario."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.verdict import Verdict, judged
from bot.simulation.ledger import Entry

EXPECTED = {"amy": ["one", "shipping", "two", "shipping", "three"], "lin": ["four"]}
SAID = [
    ("amy", "It is one."),
    ("amy", "shipping: 80"),
    ("amy", "It is two."),
    ("amy", "shipping: 80"),
    ("amy", "It is three."),
    ("lin", "It is four."),
]


def entries(said: list[tuple[str, str]]) -> list[Entry]:
    return [
        Entry(
            at=0.0,
            wall=0.0,
            channel="messenger",
            account="shop",
            thread=thread,
            kind="reply",
            status="accepted",
            text=text,
        )
        for thread, text in said
    ]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (SAID, Verdict()),
        (SAID[1:], Verdict(lost=1)),
        (SAID[:-1], Verdict(lost=1)),
        ([*SAID, SAID[0]], Verdict(doubled=1)),
        ([*SAID, SAID[1]], Verdict(doubled=1)),
        ([SAID[1], SAID[0], *SAID[2:]], Verdict(out_of_order=1)),
        ([*SAID[:5], ("lin", "It is five.")], Verdict(lost=1, misdirected=1)),
        ([*SAID[:5], ("amy", "It is four.")], Verdict(lost=1, misdirected=1)),
        ([*SAID, ("may", "It is one.")], Verdict(misdirected=1)),
        ([], Verdict(lost=6)),
    ],
)
def test_a_fault_goes_unseen_or_one_is_invented(
    said: list[tuple[str, str]], verdict: Verdict
) -> None:
    assert judged(EXPECTED, entries(said)) == verdict


@given(st.randoms(use_true_random=False))
def test_conversations_that_overtake_each_other_count_as_out_of_order(dice: random.Random) -> None:
    left = {who: [each for each in SAID if each[0] == who] for who in EXPECTED}
    said = []
    while left:
        who = dice.choice(list(left))
        said.append(left[who].pop(0))
        if not left[who]:
            del left[who]

    assert judged(EXPECTED, entries(said)) == Verdict()
