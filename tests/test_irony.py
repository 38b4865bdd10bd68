"""Nobody who mocks the brand under its own post is thanked for it.

``praise.jsonl`` was partly known to whoever wrote the rules; ``praise_heldback.jsonl`` was written
after them, in other words, and shows what slips through.
"""

import json
import os
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from bot.config import Config, load
from bot.conversation import Decision, HandOff, Respond
from bot.irony import irony, says_more, vocabulary
from bot.router import decide
from bot.rules import Rules
from bot.understanding import rules as brand_rules
from bot.understanding import understanding
from intents.match import LANGUAGES, Utterance
from tests.house import MODELS
from tests.turns import NOW, conversation, meaning, message

HERE = Path(__file__).parent
KNOWN = vocabulary(["超好用 很喜歡", "love it so much"])


@pytest.fixture(scope="module")
def demo() -> Config:
    return load(HERE.parent / "config.yml", os.environ)


def decided(demo: Config, file: str) -> list[tuple[dict[str, Any], Decision]]:
    """The comments of *file*, and what the demo brand decides on each."""
    lines = [json.loads(line) for line in (HERE / file).read_text("utf-8").splitlines()]
    rules, understand = brand_rules(demo), understanding(demo, models=MODELS)
    matches = understand([Utterance(text=one["text"], public=True) for one in lines])
    return [
        (one, decide(match, said(one["text"]), conversation(), rules=rules, now=NOW))
        for one, match in zip(lines, matches, strict=True)
    ]


def said(text: str) -> Any:
    return message(text, public=True)


def answered(decision: Decision) -> bool:
    return isinstance(decision, Respond) and decision.template is not None


def test_mockery_is_thanked_or_answered(demo: Config) -> None:
    found = decided(demo, "praise.jsonl")
    mockery = [(one["text"], decision) for one, decision in found if one["sarcastic"]]

    assert len(mockery) > 140
    assert [text for text, decision in mockery if answered(decision)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_honest_praise_is_hardly_thanked(demo: Config, lang: str) -> None:
    honest = [
        decision
        for one, decision in decided(demo, "praise.jsonl")
        if one["lang"] == lang and not one["sarcastic"]
    ]
    thanked = [one for one in honest if getattr(one, "template", None) == "praise_thanks"]

    assert len(honest) >= 60
    assert len(thanked) >= 0.6 * len(honest)


def test_mockery_in_other_words_is_mostly_thanked(demo: Config) -> None:
    found = decided(demo, "praise_heldback.jsonl")
    thanked = [
        one["text"]
        for one, decision in found
        if one["sarcastic"] and getattr(decision, "template", None) == "praise_thanks"
    ]

    assert len(thanked) <= 4, thanked


@pytest.mark.parametrize(
    "text",
    [
        *(
            "超好用🙃",
            "呵呵 真好用",
            "真是太棒了（才怪）",
            "「好用」",
            "thanks for nothing",
            "love it 🙄",
        ),
        *(
            'such "quality"',
            "best shop ever... not",
            "超讚 等了一個月",
            "love it, broke on day one",
        ),
        *("ＬＯＶＥ ｉｔ， ｂｒｏｋｅ", "真是太棒了(才怪)", "love it :/"),  # noqa: RUF001
    ],
)
def test_a_sign_of_irony_is_overlooked(text: str) -> None:
    assert irony(text, praise=True)
    decision = decide(meaning("praise_comment"), said(text), conversation(), rules=Rules(), now=NOW)

    assert isinstance(decision, HandOff)
    assert decision.template is None


@pytest.mark.parametrize(
    "text",
    ["can't wait for more", "完全不踩雷", "never disappoints", "等不及要再買", "worth every penny"],
)
def test_trouble_that_praise_denies_spoils_it(text: str) -> None:
    assert irony(text, praise=True) is None


def test_a_plain_question_is_taken_for_mockery() -> None:
    for text in ("運費多少", "可以退貨嗎", "how long does it take", "壞了可以換嗎"):
        assert irony(text, praise=False) is None
    assert irony("運費多少🙄", praise=False)
    assert irony("好棒喔 等了一個月", praise=False)


def test_praise_that_says_more_is_trusted() -> None:
    assert not says_more("超好用", KNOWN)
    assert not says_more("love it very", KNOWN)
    assert says_more("love it, turned my neck green", KNOWN)
    assert says_more("超好用 用到脖子都變綠了", KNOWN)


@pytest.mark.parametrize(
    ("intent", "template"),
    [("competitor", None), ("danger", None), ("legal_threat", None), ("abuse", None)],
)
def test_talk_that_a_brand_should_keep_out_of_is_answered(
    intent: str, template: str | None
) -> None:
    decision = decide(meaning(intent), said("x y"), conversation(), rules=Rules(), now=NOW)

    assert not answered(decision)
    assert isinstance(decision, HandOff) is (intent != "competitor")
    assert getattr(decision, "template", None) == template


def test_a_crafted_comment_keeps_the_rules_busy() -> None:
    texts = ["「" * 50_000, '"' * 50_000, "才" * 50_000, "not " * 20_000, "= " * 40_000]

    started = process_time()
    for text in texts:
        irony(text, praise=True)

    assert process_time() - started < 2.0
