"""Figures over judged messages."""

from dataclasses import asdict, replace

import pytest

from intents.catalog import Catalog
from intents.evaluation import (
    Bin,
    Figures,
    Judged,
    confusions,
    figures,
    held_out,
    judged,
    per_language,
    reliability,
)
from intents.labelled import Labelled
from intents.pipeline import Pipeline


def taken(
    truth: str, favourite: str, confidence: float, *, rejected: bool = False, language: str = "en"
) -> Judged:
    return Judged(
        text="",
        truth=truth,
        language=language,
        favourite=favourite,
        confidence=confidence,
        answer="oos" if rejected else favourite,
    )


# Two right answers, one right but rejected, a wrong one; three foreign ones, one of them answered.
FOUND = [
    taken("a", "a", 0.95),
    taken("a", "a", 0.9),
    taken("b", "b", 0.4, rejected=True),
    taken("b", "a", 0.7),
    taken("oos", "b", 0.8),
    taken("oos", "a", 0.3, rejected=True, language="zh-Hant"),
    taken("oos", "oos", 0.6, language="zh-Hant"),
]


def test_a_figure_is_miscounted() -> None:
    told = figures(FOUND)
    # Each stands alone in its bin.
    assert told.ece == pytest.approx((0.05 + 0.1 + 0.6 + 0.7 + 0.8 + 0.3 + 0.4) / 7)
    assert told == Figures(
        messages=7,
        accuracy=4 / 7,
        in_scope_accuracy=3 / 4,
        reject_recall=2 / 3,
        false_reject_rate=1 / 4,
        wrong_rate=2 / 7,
        ece=told.ece,
        # Above 0.9: two right answers and three right rejections.
        any_threshold_accuracy=5 / 7,
        reject_recall_at_budget=2 / 3,
        # Of twelve pairs the foreign one is surer in two: 0.8 against 0.7 and 0.4.
        reject_auroc=10 / 12,
    )


def test_shares_do_not_add_up() -> None:
    told = figures(FOUND)

    assert told.accuracy is not None
    assert told.wrong_rate is not None
    assert told.accuracy + told.wrong_rate + 1 / 7 == pytest.approx(1.0)


def test_no_messages_are_a_share_of_nothing() -> None:
    assert {*asdict(figures([])).values()} == {0, None}
    assert figures(FOUND[:4]).reject_recall is None
    assert figures(FOUND[4:]).in_scope_accuracy is None


def test_equals_are_parted_by_a_threshold() -> None:
    found = [taken("a", "a", 0.5), taken("oos", "a", 0.5), taken("oos", "a", 0.5)]

    assert figures(found).any_threshold_accuracy == 2 / 3
    assert figures(found).reject_auroc == 0.5


def test_more_than_the_budget_is_rejected() -> None:
    # Of eighty, two may be rejected; the third stands at 0.03.
    known = [taken("a", "a", at / 100) for at in range(1, 81)]
    foreign = [taken("oos", "a", each) for each in (0.001, 0.025, 0.03, 0.5)]

    assert figures(known + foreign).reject_recall_at_budget == 0.5


def test_a_language_takes_the_messages_of_another() -> None:
    by_language = per_language(FOUND)

    assert list(by_language) == ["en", "zh-Hant"]
    assert by_language == {"en": figures(FOUND[:5]), "zh-Hant": figures(FOUND[5:])}


def test_confusions_are_not_the_worst_first() -> None:
    found = [*FOUND, taken("b", "a", 0.2)]

    assert confusions(found) == [("b", "a", 2), ("b", "oos", 1), ("oos", "b", 1)]


def test_a_confidence_falls_into_the_wrong_bin() -> None:
    found = [taken("a", "a", 1.0), taken("a", "b", 0.94), taken("a", "a", 0.0)]

    assert reliability(found) == [
        Bin(low=0.0, high=1 / 15, messages=1, confidence=0.0, accuracy=1.0),
        Bin(low=14 / 15, high=1.0, messages=2, confidence=0.97, accuracy=0.5),
    ]


def test_what_is_judged_is_not_what_the_pipeline_says(small: Pipeline) -> None:
    messages = [
        Labelled(text="Thank you!", intent="thanks", language=None, place="a:1"),
        Labelled(text="已分享 @小強 @阿美", intent="thanks", language="zh", place="a:2"),
        Labelled(text="qwertz uiop", intent="oos", language=None, place="a:3"),
        Labelled(text="...", intent="oos", language=None, place="a:4"),
    ]

    found = list(judged(messages, small.match))

    assert [(each.truth, each.favourite, each.answer, each.language) for each in found] == [
        ("thanks", "thanks", "thanks", "en"),
        ("thanks", "tag_friend_or_giveaway", "tag_friend_or_giveaway", "zh"),
        ("oos", found[2].favourite, "oos", "en"),
        ("oos", "oos", "oos", "und"),
    ]
    assert found[2].favourite != "oos" or found[2].confidence < 1


def test_an_example_is_judged_by_those_who_learnt_it(catalog: Catalog) -> None:
    seen: list[tuple[str, str]] = []
    for lesson, messages in held_out(catalog):
        held = {(each.intent, each.text) for each in messages}
        learnt = {(one.name, each.text) for one in lesson.intents for each in one.examples}
        assert not held & learnt
        assert lesson.names == catalog.names
        # Stratified: every fold has its share of each intent, at most one more than another.
        for intent in catalog.intents:
            share = sum(name == intent.name for name, _ in held)
            assert len(intent.examples) // 5 <= share <= len(intent.examples) // 5 + 1
        seen += held

    everything = [(one.name, each.text) for one in catalog.intents for each in one.examples]
    assert sorted(seen) == sorted(everything)


def test_an_intent_of_two_examples_stops_the_validation(catalog: Catalog) -> None:
    first, *others = catalog.intents
    two = Catalog(intents=(replace(first, examples=first.examples[:2]), *others))

    for lesson, messages in held_out(two):
        assert len(lesson.intents[0].examples) == 2
        assert first.name not in {each.intent for each in messages}
