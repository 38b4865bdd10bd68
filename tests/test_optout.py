"""Whoever wants silence is heard, and nobody else is silenced."""

import json
import re
from time import process_time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import optout
from bot.config import BUILT_IN_CATALOG
from bot.optout import is_opt_out
from tests.shared import shared_path

FCC = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
# What our own catalogue collected of people who want no more messages.
WANTED_IN_CATALOG = {
    "cancel_order": {"cancel"},
    "privacy_delete": {
        *("不要再寄簡訊給我了", "不想再收到任何通知", "不要再傳簡訊", "退訂", "不想收廣告"),
        *("stop texting me", "unsubscribe", "remove me from your mailing list", "opt out"),
        *("stop sending me messages on here", "no more promo messages please", "no more texts"),
        *("no more ads", "opt me out", "no more newsletters"),
    },
}


def test_an_opt_out_of_the_acceptance_list_is_missed_or_imagined() -> None:
    items = json.loads(shared_path("badinput/own/opt_out.json").read_text())["items"]

    wrong = [
        item["text"]
        for item in items
        if item["opt_out"] is not None and is_opt_out(item["text"]) != item["opt_out"]
    ]

    assert wrong == []


@pytest.mark.parametrize("word", FCC)
@pytest.mark.parametrize("form", ["{}", "{}!!", " {} please", "Please {}.", "{0} {0} {0}"])
def test_a_word_of_the_fcc_is_missed(word: str, form: str) -> None:
    assert is_opt_out(form.format(word))
    assert is_opt_out(form.format(word).upper())


@pytest.mark.parametrize(
    "text",
    [
        "請不要再傳訊息給我了",
        "不要再寄廣告給我",
        "別再吵我了",
        "我不想再收到你們的訊息",
        "取消訂閱 謝謝",
        "please don't message me again",
        "I want to unsubscribe",
        "stop sending me these promotions",
    ],
)
def test_a_plain_wish_for_silence_is_missed(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "取消訂單",
        "我要取消訂單",
        "please don't send me the wrong size again",
        "不要寄到公司 寄家裡",
        "不要再寄錯了",
        "可以停止出貨嗎 我想改地址",
        "no more questions, thanks",
        "don't stop making these",
        "cancel" + " " * 3000 + "my order",
        "",
        "🛑",
    ],
)
def test_a_customer_who_only_sounds_alike_is_silenced(text: str) -> None:
    assert not is_opt_out(text)


def test_customers_messages_are_taken_for_opt_outs() -> None:
    found: dict[str, set[str]] = {}
    for path in sorted(BUILT_IN_CATALOG.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        texts = [str(text) for texts in content["examples"].values() for text in texts]
        if heard := {text for text in texts if is_opt_out(text)}:
            found[path.stem] = heard

    assert found == WANTED_IN_CATALOG


def test_a_brands_own_word_is_not_heard() -> None:
    assert not is_opt_out("TD")
    assert is_opt_out("td!", words=frozenset({"TD"}))


def test_a_crafted_text_keeps_the_matcher_busy() -> None:
    texts = ["不要再" + "廣告訊息" * 5_000, "stop " * 5_000, "unsubscribe me from " * 2_000]

    started = process_time()
    for text in texts:
        is_opt_out(text)

    assert process_time() - started < 1.0


@pytest.mark.parametrize("sentence", optout._SENTENCES, ids=range(len(optout._SENTENCES)))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_quick_look_misses_a_sentence(sentence: re.Pattern[str], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(sentence))
    folded = optout._folded(text)
    said = any(sentence.search(form) for form in optout._forms(folded, optout._spelled(text)))

    assert optout._HINT.search(folded) or not said
