"""A guess between two intents is not made; nobody is asked what a person must hear anyway."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters import ADAPTERS, adapter
from bot.ask_back import chosen_from
from bot.catalogs import catalog
from bot.clock import utc_now
from bot.config import Config, load
from bot.config_sections import Answer
from bot.conversation import Conversation, Decision, HandOff, Ignore, Respond, RunAction
from bot.router import decide, next_misses
from bot.rules import PRIVATE_ANSWERS, Rules
from bot.talk import Talk, Turn
from bot.understanding import answers, understanding
from bot.understanding import rules as brand_rules
from channels.messages import Surface
from intents.match import IntentMatch
from tests.house import MODELS
from tests.turns import NOW, conversation, meaning, message

ROOT = Path(__file__).resolve().parents[1]
DIRECT = [name for name in ADAPTERS if adapter(name).capabilities.surface is Surface.DIRECT]
NAMES = {"zh-Hant": "名", "en": "name"}
RULES = Rules(labels=dict.fromkeys(("shipping_fee", "delivery_time", "price", "stock"), NAMES))
ASKED = (("運費多少", "shipping_fee"), ("多久會到貨", "delivery_time"), ("都不是", "oos"))


def close(*ranking: tuple[str, float], rejected: bool = False, **given: Any) -> IntentMatch:
    """A message that may mean the first of *ranking*, or the second."""
    intent, confidence = ("oos", 0.4) if rejected else ranking[0]
    return meaning(intent, confidence, ranking=ranking, rejected=rejected, **given)


CLOSE = close(("shipping_fee", 0.68), ("delivery_time", 0.33))


def decided(
    match: IntentMatch, before: Conversation | None = None, rules: Rules = RULES, **said: Any
) -> Decision:
    given = message("運費 幾天", **said)
    return decide(match, given, before or conversation(), rules=rules, now=NOW)


def asked(decision: Decision) -> tuple[str, ...]:
    return decision.offered if isinstance(decision, Respond) else ()


@pytest.mark.parametrize(
    "match",
    [
        CLOSE,
        close(("shipping_fee", 0.5), ("delivery_time", 0.3), rejected=True),
        close(("shipping_fee", 0.41), ("delivery_time", 0.4), rejected=True),
    ],
)
def test_one_of_two_intents_is_guessed(match: IntentMatch) -> None:
    decision = decided(match)

    assert asked(decision) == ("shipping_fee", "delivery_time")
    assert next_misses(decision, conversation()) == 1


@pytest.mark.parametrize(
    ("match", "template"),
    [
        (close(("shipping_fee", 0.8), ("delivery_time", 0.3)), "shipping_fee"),
        (close(("shipping_fee", 0.9), ("delivery_time", 0.85), source="keyword"), "shipping_fee"),
        (close(("shipping_fee", 0.68), ("oos", 0.4)), "shipping_fee"),
        (close(("shipping_fee", 0.68), ("thanks", 0.4)), "shipping_fee"),
        (close(("shipping_fee", 0.3), ("delivery_time", 0.2), rejected=True), "not_sure"),
        (close(("oos", 0.5), ("delivery_time", 0.45), rejected=True), "not_sure"),
        (close(("return_item", 0.5), ("delivery_time", 0.45), rejected=True), "not_sure"),
    ],
)
def test_who_was_understood_or_not_at_all_is_asked_to_choose(
    match: IntentMatch, template: str
) -> None:
    decision = decided(match)

    assert isinstance(decision, Respond)
    assert (decision.template, decision.offered) == (template, ())


@pytest.mark.parametrize("second", ["return_item", "cancel_order", "human_request"])
def test_a_matter_for_people_is_asked_about_or_guessed(second: str) -> None:
    for ranking in ((("price", 0.68), (second, 0.33)), ((second, 0.68), ("price", 0.33))):
        decision = decided(close(*ranking))

        assert isinstance(decision, HandOff)
        assert (decision.reason, decision.template) == ("low_confidence", "handoff")


def test_who_may_be_foreign_is_torn_between_two_things() -> None:
    decision = decided(close(("return_item", 0.68), ("oos", 0.4)))

    assert isinstance(decision, HandOff)
    assert (decision.reason, decision.template) == ("rule", "return_item")


def test_what_a_brand_answers_itself_is_never_asked_about() -> None:
    rules = replace(RULES, answers={**PRIVATE_ANSWERS, "stock": Answer(action="look")})

    assert asked(decided(close(("price", 0.68), ("stock", 0.33)), rules=rules))
    assert not asked(decided(close(("price", 0.68), ("stock", 0.33))))


def test_an_insult_is_asked_about() -> None:
    decision = decided(close(("abuse", 0.68), ("price", 0.6)))

    assert isinstance(decision, HandOff)
    assert decision.reason == "abuse"


def test_a_word_of_law_is_asked_about() -> None:
    said = message("運費不退我就提告")

    decision = decide(CLOSE, said, conversation(), rules=RULES, now=NOW)

    assert isinstance(decision, HandOff)
    assert decision.reason == "rule"


def test_a_brand_that_wants_no_questions_back_asks() -> None:
    for rules in (replace(RULES, margin=0.0), replace(RULES, labels={})):
        assert decided(CLOSE, rules=rules) == replace(
            decided(meaning("shipping_fee", 0.68)), why=decided(CLOSE, rules=rules).why
        )


@pytest.mark.parametrize("after_misses", [2, 5])
@pytest.mark.parametrize("match", [CLOSE, replace(CLOSE, intent="oos", rejected=True)])
def test_a_second_unclear_message_gets_a_second_question(
    match: IntentMatch, after_misses: int
) -> None:
    before = conversation(misses=1, choices=ASKED)

    decision = decided(match, before, replace(RULES, after_misses=after_misses))

    assert isinstance(decision, HandOff)
    assert decision.reason == "low_confidence"


def test_something_else_is_understood_as_one_of_the_two() -> None:
    tap = meaning("oos", 1.0, source="payload", ranking=())

    assert isinstance(decided(tap, conversation(choices=ASKED)), HandOff)
    assert chosen_from(tap, conversation(choices=ASKED)) == ("shipping_fee", "delivery_time")


def test_an_old_button_teaches_something() -> None:
    tap = meaning("shipping_fee", 1.0, source="payload")

    assert chosen_from(tap, conversation(choices=ASKED)) == ("shipping_fee", "delivery_time")
    assert chosen_from(tap, conversation(choices=ASKED[:2])) is None
    assert chosen_from(tap, conversation()) is None
    assert chosen_from(replace(tap, intent="price"), conversation(choices=ASKED)) is None
    assert chosen_from(CLOSE, conversation(choices=ASKED)) is None


ranked = st.sampled_from(["oos", "thanks", "price", "stock", "shipping_fee", "abuse", "privacy"])


@given(
    st.tuples(ranked, st.floats(0, 1)),
    st.tuples(ranked, st.floats(0, 1)),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
)
def test_a_question_back_stands_under_a_post_or_offers_nonsense(
    first: tuple[str, float], second: tuple[str, float], rejected: bool, public: bool, misses: int
) -> None:
    best, other = sorted((first, second), key=lambda each: -each[1])
    match = close(best, other, rejected=rejected)

    decision = decided(match, conversation(misses=misses), public=public)

    if offered := asked(decision):
        assert not public
        assert misses == 0
        assert set(offered) <= RULES.labels.keys()
        assert not any(map(RULES.is_for_people, offered))
    assert isinstance(decision, Respond | HandOff | Ignore | RunAction)


# With the shipped catalogue, on every private channel


@pytest.fixture(scope="module")
def demo() -> Config:
    config = load(ROOT / "config.yml", os.environ)
    # So wide that only the order of the two likeliest counts, not how sure the model is.
    wide = config.understanding.model_copy(update={"margin": 1.0})
    return config.model_copy(update={"understanding": wide})


def talk(demo: Config, channel: str) -> Talk:
    can = adapter(channel).capabilities
    return Talk(
        understanding(demo, models=MODELS),
        answers(demo, capabilities={channel: can}, usual_wait=lambda: None, now=utc_now()),
        channel=channel,
        capabilities=can,
        clock=utc_now,
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("運費多少 多久會到", ("運費多少", "多久會到貨", "都不是")),
        (
            "how much is shipping and how long does it take",
            ("Shipping cost", "How long it takes", "Something else"),
        ),
    ],
)
@pytest.mark.parametrize("channel", DIRECT)
async def test_a_channel_loses_a_choice(
    demo: Config, channel: str, text: str, names: tuple[str, ...]
) -> None:
    said = talk(demo, channel)
    first = await said.says(text)
    assert said.conversation
    assert said.conversation.choices == tuple(
        zip(names, ("shipping_fee", "delivery_time", "oos"), strict=True)
    )
    for name in names:
        assert name in shown(first)

    second = await said.says("2")

    assert second.match.intent == "delivery_time"
    assert second.settlement.entries[0].data["chosen_from"] == ("shipping_fee", "delivery_time")


@pytest.mark.parametrize(
    ("how", "intent"),
    [
        ({"text": "Shipping COST!"}, "shipping_fee"),
        ({"text": "how long it takes"}, "delivery_time"),
        ({"text": "How long it takes", "payload": "delivery_time"}, "delivery_time"),
        ({"text": "something else"}, "oos"),
        ({"text": "Something else", "payload": "oos"}, "oos"),
    ],
)
async def test_a_choice_in_words_is_not_heard(
    demo: Config, how: dict[str, str], intent: str
) -> None:
    said = talk(demo, "messenger")
    await said.says("how much is shipping and how long does it take")
    turn = await said.says(how["text"], payload=how.get("payload"))

    assert (turn.match.intent, turn.match.source) == (intent, "payload")
    assert isinstance(turn.decision, HandOff) is (intent == "oos")


def test_a_label_does_not_fit_on_a_button_or_is_missing(demo: Config) -> None:
    rules = brand_rules(demo)
    told = rules.labels

    names = catalog(demo.catalog_folders).names
    assert [name for name in names if rules.may_be_offered(name) and name not in told] == []
    for label in told.values():
        assert set(label) == {"zh-Hant", "en"}
        assert max(map(len, label.values())) <= 20
    for language in ("zh-Hant", "en"):
        words = [label[language] for label in told.values()]
        assert len(set(words)) == len(words)


def shown(turn: Turn) -> str:
    """Everything that the customer sees."""
    texts = []
    for draft in turn.settlement.drafts:
        for one in (draft.message, *draft.message.also):
            texts += [one.text, *(each.title for each in one.quick_replies)]
    return "\n".join(texts)
