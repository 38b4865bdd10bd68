"""What came of each variant: each conversation once, followed for a day, and none mixed up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.difference import Share
from bot.reports.variants import (
    OUTCOMES,
    WITHIN,
    Arm,
    Comparison,
    File,
    Line,
    Met,
    Outcome,
    Said,
    behind,
    compare,
    meetings,
)

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
LATER = START + timedelta(days=30)
HOUR = timedelta(hours=1)
TWO = File(language="en", version="greet", draw="d1", weights=(1, 1))


def said(place: int = 1, *, hours: float = 0, **more: Any) -> Said:
    values: dict[str, Any] = {
        "place": place,
        "conversation": 1,
        "at": START + hours * HOUR,
        "message": f"m{place}",
        "outbox": f"o{place}",
        "template": "greet",
        "language": "en",
        "version": "greet",
        "variant": 0,
        "draw": "d1",
        "wording": 0,
        "intent": "price",
        "choices": 2,
        "asks": False,
        "hands_over": False,
        "sent": True,
    }
    return Said(**(values | more))


def line(place: int, *, hours: float = 1, type: Any = "decided", **more: Any) -> Line:
    values: dict[str, Any] = {"conversation": 1, "message": f"m{place}", "decision": "Respond"}
    return Line(place=place, at=START + hours * HOUR, type=type, **(values | more))


def outcomes(one: Said, *lines: Line, as_of: datetime = LATER) -> set[str]:
    (met,) = meetings([one], lines, as_of=as_of)
    return set(met.outcomes)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((), set()),
        ((line(2, intent="price"),), {"asked_again"}),
        ((line(2, intent="oos"),), {"asked_again"}),
        ((line(2, intent="repeat_or_unclear"),), {"asked_again"}),
        ((line(2, intent="stock"),), set()),
        ((line(2, intent="price", hours=24),), {"asked_again"}),
        ((line(2, intent="price", hours=24.01),), set()),
        ((line(2, intent="thanks"),), {"thanked"}),
        ((line(2, intent="praise_comment", type="ignored", decision="Ignore"),), {"thanked"}),
        # A sticker asks for nothing, nor does what a bot ignores, nor the value an action wanted.
        ((line(2, intent="oos", templates=("sticker_received",)),), set()),
        ((line(2, intent="oos", type="ignored", decision="Ignore"),), set()),
        ((line(2, intent="oos", decision="RunAction"),), set()),
        # A tap counts where it follows at once; one of the same wish is no question asked again.
        ((line(2, intent="price", source="payload"),), {"chose"}),
        ((line(2, intent="stock"), line(3, intent="x", source="payload")), set()),
        # Only until a person has the word.
        ((line(2, type="handoff"), line(3, intent="thanks")), {"handed_over"}),
        ((line(2, type="taken"), line(3, intent="price")), {"handed_over"}),
        ((line(2, intent="price"), line(2, type="handoff")), {"asked_again", "handed_over"}),
        ((line(2, intent="price"), line(3, intent="thanks")), {"asked_again", "thanked"}),
        # The same message edited, and lines of another conversation or from before.
        ((line(2, intent="price", message="m1"),), set()),
        ((line(2, intent="price", conversation=2),), set()),
        ((line(0, intent="price"),), set()),
    ],
)
def test_something_else_is_taken_for_what_came_of_a_reply(
    after: tuple[Line, ...], told: set[str]
) -> None:
    assert outcomes(said(), *after) == told


def test_an_answer_to_our_own_question_is_taken_for_asking_again() -> None:
    one = said(asks=True)

    assert outcomes(one, line(2, intent="oos")) == set()
    assert outcomes(one, line(2, intent="oos"), line(3, intent="oos")) == {"asked_again"}


def test_a_reply_that_calls_a_person_counts_its_own_call() -> None:
    one = said(hands_over=True)

    assert outcomes(one, line(2, type="handoff", message="m1"), line(3, intent="price")) == {
        "asked_again"
    }
    assert outcomes(one, line(2, type="taken"), line(3, intent="price")) == set()
    (met,) = meetings([one], [], as_of=LATER)
    assert behind([met], "handed_over") == []


def test_what_came_after_the_instant_of_the_report_is_known() -> None:
    early = START + HOUR

    assert outcomes(said(), line(2, intent="price", hours=2), as_of=early) == set()
    assert meetings([said(hours=2)], [], as_of=early) == []


def test_a_conversation_is_counted_twice_or_too_early() -> None:
    found = counted(
        [
            said(1),
            said(2, hours=5),
            said(3, conversation=2, hours=10),
            said(4, conversation=3, hours=30 * 24 - 1),
        ],
        [line(9, hours=6, intent="price")],
    )

    arm = found.arms[0]
    assert (arm.sends, len(arm.met), arm.pending) == (4, 3, 1)
    # Once more six hours after the first time: that is within the day of the first.
    assert arm.shares["asked_again"] == Share(hits=1, n=2)


def test_a_later_reply_is_counted_in_place_of_the_first() -> None:
    told = [said(1), said(2, hours=5, variant=1)]

    (met,) = meetings(told, [line(9, hours=26, intent="price")], as_of=LATER)

    # It came within a day of the second reply, which is not what is followed.
    assert (met.said, met.outcomes) == (told[0], {})


def test_other_draws_or_chosen_words_or_unsent_ones_are_mixed_in() -> None:
    odd = [
        said(1, draw="d0"),
        said(2, wording=1, variant=1),
        said(3, sent=False),
        said(4, language="zh-Hant"),
        said(5, version="greet.line"),
    ]

    found = counted(odd)

    assert [arm.sends for arm in found.arms] == [0, 0]
    assert (found.earlier, found.repeated, found.unsent) == ((odd[0],), (odd[1],), (odd[2],))


def test_a_share_of_nothing_to_tap_counts_those_who_did_not() -> None:
    found = counted([said(1, choices=0), said(2, conversation=2)])

    assert found.arms[0].shares["chose"] == Share(hits=0, n=1)


def test_a_variant_that_has_ended_is_the_measure_of_others() -> None:
    file = replace(TWO, weights=(0, 1, 1))
    many = [said(n, conversation=n, variant=1 + n % 2) for n in range(100)]

    found = compare(file, many, [], as_of=LATER)

    assert [set(arm.differences) for arm in found.arms] == [set(), set(), set(OUTCOMES)]
    assert found.comparisons == len(OUTCOMES)


some_said = st.builds(
    said,
    st.integers(1, 60),
    hours=st.floats(0, 900),
    conversation=st.integers(1, 6),
    variant=st.integers(0, 1),
    draw=st.sampled_from(["d0", "d1"]),
    wording=st.integers(0, 1),
    choices=st.integers(0, 1),
    sent=st.booleans(),
    hands_over=st.booleans(),
)
some_lines = st.builds(
    line,
    st.integers(1, 60),
    hours=st.floats(0, 900),
    type=st.sampled_from(["decided", "ignored", "handoff", "taken"]),
    conversation=st.integers(1, 6),
    intent=st.sampled_from(["price", "oos", "thanks", "stock"]),
    source=st.sampled_from(["payload", "classifier"]),
)


@given(
    st.lists(some_said, unique_by=lambda one: one.place, max_size=30),
    st.lists(some_lines, max_size=30),
    st.floats(0, 1000),
    st.randoms(use_true_random=False),
)
def test_some_history_counts_a_customer_twice_or_depends_on_its_order(
    told: list[Said], after: list[Line], hours: float, luck: Any
) -> None:
    as_of = START + hours * HOUR
    found = compare(TWO, told, after, as_of=as_of)

    met = [each for arm in found.arms for each in arm.met]
    conversations = [each.said.conversation for each in met]
    assert len(conversations) == len(set(conversations))
    assert all(each.said.at + WITHIN <= as_of for each in met if each.settled)
    left = sum(arm.sends for arm in found.arms)
    assert left + len(found.earlier) + len(found.repeated) + len(found.unsent) == len(told)
    for arm in found.arms:
        for outcome in OUTCOMES:
            _check(arm, outcome)
    shuffled = [*told]
    luck.shuffle(shuffled)
    assert compare(TWO, shuffled, after, as_of=as_of) == found


def _check(arm: Arm, outcome: Outcome) -> None:
    share = arm.shares[outcome]
    hits: list[Met] = behind(arm.met, outcome, hit=True)
    assert (share.hits, share.n) == (len(hits), len(behind(arm.met, outcome)))
    assert share.hits <= share.n <= len(arm.met) <= arm.sends
    assert all(each.said.variant == arm.variant for each in hits)


def counted(told: list[Said], after: list[Line] | None = None) -> Comparison:
    return compare(TWO, told, after or [], as_of=LATER)
