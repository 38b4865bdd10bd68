"""Who is hurt, threatens, swears or speaks of law gets a person; who only sounds alike does not.

``grave.jsonl`` was written before the patterns, which were then made by somebody who knew it.
``grave_heldback.jsonl`` was written after them and is in no example of an intent. Half of each
sounds alike and is harmless; ordinary messages hardly ever do.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogs import catalog
from bot.config import BUILT_IN_CATALOG, Config, load
from bot.conversation import Decision, HandOff, State
from bot.grave import grave
from bot.router import decide
from bot.rules import PRIVATE_ANSWERS, Rules
from bot.understanding import rules as brand_rules
from bot.understanding import understanding
from intents.match import LANGUAGES, Utterance
from intents.prepared import prepared
from tests.house import MODELS
from tests.turns import NOW, conversation, meaning, message

HERE = Path(__file__).parent
# At least, of 100 grave messages; at most, of 100 that sound alike.
SURE_WORDS = (98, 2)
CALLED = (93, 20)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


WRITTEN, HELDBACK = lines("grave.jsonl"), lines("grave_heldback.jsonl")


@pytest.fixture(scope="module")
def demo() -> Config:
    return load(HERE.parent / "config.yml", os.environ)


@pytest.fixture(scope="module")
def decisions(demo: Config) -> list[Decision]:
    """What the demo brand decides on each of HELDBACK."""
    rules = brand_rules(demo)
    matches = understanding(demo, models=MODELS)([Utterance(text=one["text"]) for one in HELDBACK])
    return [
        decide(match, message(one["text"]), conversation(), rules=rules, now=NOW)
        for one, match in zip(HELDBACK, matches, strict=True)
    ]


def share(of: list[bool]) -> float:
    return 100 * sum(of) / len(of)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sure_words_are_missed_or_imagined(lang: str) -> None:
    recall, imagined = SURE_WORDS
    heard: dict[bool, list[bool]] = defaultdict(list)
    for one in WRITTEN:
        if one["lang"] == lang:
            heard[one["kind"] is not None].append(grave(one["text"]) is not None)

    assert len(heard[True]) + len(heard[False]) > 250
    assert share(heard[True]) >= recall
    assert share(heard[False]) <= imagined


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_grave_message_in_other_words_gets_no_person(
    decisions: list[Decision], lang: str
) -> None:
    recall, imagined = CALLED
    called: dict[bool, list[bool]] = defaultdict(list)
    for one, decision in zip(HELDBACK, decisions, strict=True):
        if one["lang"] == lang:
            by_us = _for_its_gravity(decision) if one["kind"] is None else True
            called[one["kind"] is not None].append(by_us and isinstance(decision, HandOff))

    assert len(called[True]) >= 60
    assert len(called[False]) >= 60
    assert share(called[True]) >= recall
    assert share(called[False]) <= imagined


def test_who_does_not_want_to_live_is_answered_by_a_bot(decisions: list[Decision]) -> None:
    left = [
        one["text"]
        for one, decision in zip(HELDBACK, decisions, strict=True)
        if one["kind"] == "self_harm" and not isinstance(decision, HandOff)
    ]

    assert len(left) <= 1, left


def test_an_ordinary_message_is_taken_for_grave(demo: Config) -> None:
    texts = [
        str(text)
        for path in sorted(BUILT_IN_CATALOG.glob("*.yml"))
        if not _for_people(path.stem)
        for texts in yaml.safe_load(path.read_text(encoding="utf-8"))["examples"].values()
        for text in texts
    ]
    found = [text for text in texts if grave(text)]

    assert len(texts) > 15_000
    assert len(found) <= len(texts) / 1500, found


def test_a_heldback_message_was_learned_by_heart(demo: Config) -> None:
    learned = {
        example.tokens
        for intent in catalog(demo.catalog_folders).intents
        for example in intent.examples
    }

    assert [
        one["text"]
        for one in HELDBACK
        if tuple(prepared(Utterance(text=one["text"])).tokens) in learned
    ] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("運費多少？不回我就找律師", "rule"),
        ("謝謝你們 我不想活了", "rule"),
        ("where is my order? I'll sue you", "rule"),
        ("love your shop, but I want to kill myself", "rule"),
        ("訂單到哪了 信不信我砸店", "abuse"),
        ("thanks a lot, fuck you", "abuse"),
        ("幾點開門 我会弄死你", "abuse"),
    ],
)
@pytest.mark.parametrize("public", [False, True])
def test_a_grave_word_in_a_plain_question_is_passed_over(
    text: str, reason: str, public: bool
) -> None:
    said = message(text, public=public)
    before = conversation(asked_slot="size", asked_by="survey")

    decision = decide(meaning("shipping_fee"), said, before, rules=Rules(), now=NOW)

    assert isinstance(decision, HandOff)
    assert (decision.reason, decision.template) == (reason, None if public else "handoff")


@pytest.mark.parametrize("intent", ["danger", "legal_threat"])
def test_a_likely_danger_is_outvoted(intent: str) -> None:
    match = meaning("price", 0.6, ranking=(("price", 0.6), ("stock", 0.35), (intent, 0.31)))
    unlikely = meaning("price", 0.9, ranking=(("price", 0.9), (intent, 0.1)))

    called = decide(match, message("x y"), conversation(), rules=Rules(), now=NOW)
    answered = decide(unlikely, message("x y"), conversation(), rules=Rules(), now=NOW)

    assert isinstance(called, HandOff)
    assert not isinstance(answered, HandOff)


@given(st.sampled_from([one["text"] for one in WRITTEN if one["kind"] and grave(one["text"])]))
def test_full_width_or_shouted_words_hide(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)

    for form in (text.upper(), wide, text.replace("'", "\u2019"), f"好喔 {text} thanks"):
        assert grave(form), form


def test_an_agent_who_has_the_word_is_called_again() -> None:
    before = conversation(state=State.AGENT)

    decision = decide(meaning(), message("I'll sue you"), before, rules=Rules(), now=NOW)

    assert not isinstance(decision, HandOff)


def test_a_crafted_text_keeps_the_patterns_busy() -> None:
    texts = [
        "知道你" * 30_000,
        "going to " * 20_000,
        "帶人" * 40_000,
        "a " * 50_000,
        "you " * 20_000,
    ]

    started = process_time()
    for text in texts:
        grave(text)

    assert process_time() - started < 2.0


def _for_people(intent: str) -> bool:
    answer = PRIVATE_ANSWERS.get(intent)
    return answer is not None and answer.handoff is not None


def _for_its_gravity(decision: Decision) -> bool:
    kinds = ("law: ", "safety: ", "self-harm: ", "a threat: ", "an insult: ", "perhaps ")
    return decision.why.startswith(kinds)
