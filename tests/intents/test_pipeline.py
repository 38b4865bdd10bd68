"""The pipeline as the bot sees it."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.catalog import Catalog
from intents.classifier import Thresholds
from intents.errors import CatalogError
from intents.match import IntentMatch, Utterance
from intents.model import Model
from intents.pipeline import Pipeline, PipelineSettings, pipeline
from tests.shared import shared_path

NAUGHTY = ("fetched/blns.json", "fetched/fuzzdb_text.json", "own/unicode_tricks.json")

alphabet = st.one_of(
    st.characters(),
    st.sampled_from(
        "訂單到哪了订单退款謝謝orderhi @#+0123456789-（）：　👍🏽\ue004\ud800\u200b\u0301ﷺ"
    ),
)
texts = st.text(alphabet, max_size=60)
utterances = st.builds(
    Utterance,
    text=texts,
    language=st.sampled_from([None, "zh-Hant", "en"]),
    public=st.booleans(),
    payload=st.none() | texts,
)


def said(pipeline: Pipeline, text: str, **more: Any) -> IntentMatch:
    return pipeline.match([Utterance(text=text, **more)])[0]


def check(match: IntentMatch, text: str, catalog: Catalog) -> None:
    assert match.intent in catalog.names
    assert 0.0 <= match.confidence <= 1.0
    assert len(match.ranking) <= 3
    ends = [0]
    for entity in match.entities:
        assert ends[-1] <= entity.start < entity.end <= len(text)
        assert entity.value
        ends.append(entity.end)


@given(text=st.one_of(texts, st.text(max_size=5000)))
def test_no_text_breaks_the_pipeline(small: Pipeline, catalog: Catalog, text: str) -> None:
    check(said(small, text), text, catalog)


@pytest.mark.parametrize("file", NAUGHTY)
def test_no_naughty_string_breaks_the_pipeline(
    small: Pipeline, catalog: Catalog, file: str
) -> None:
    items = json.loads(shared_path(f"badinput/{file}").read_text("utf-8"))["items"]
    strings = [item for item in items if isinstance(item, str)]

    matches = small.match([Utterance(text=text) for text in strings])

    for match, text in zip(matches, strings, strict=True):
        check(match, text, catalog)


@pytest.mark.parametrize("unit", ["訂單 A1234567 ", "where is my order ", "ﷺ", "a", "@小美"])
def test_an_endless_message_holds_up_the_others(small: Pipeline, unit: str) -> None:
    text = unit * 100_000
    started = time.process_time()

    said(small, text)

    assert time.process_time() - started < 0.2


@given(batch=st.lists(utterances, max_size=8), at=st.integers(0, 7))
def test_company_never_changes_an_answer(small: Pipeline, batch: list[Utterance], at: int) -> None:
    together = small.match(batch)

    assert together == [small.match([utterance])[0] for utterance in batch]
    assert small.match(batch[at:] + batch[:at]) == together[at:] + together[:at]


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("請問訂單什麼時候會出貨", "请问订单什么时候会出货"),
        ("還沒收到退款啊", "还没收到退款啊"),
        ("你們週日營業時間", "你们周日营业时间"),
        ("妳們幾點開門呢", "你们几点开门呢"),
    ],
)
def test_both_chinese_scripts_mean_the_same(
    small: Pipeline, traditional: str, simplified: str
) -> None:
    first, second = said(small, traditional), said(small, simplified)

    assert replace(first, evidence=()) == replace(second, evidence=())
    assert first.intent != "oos"
    assert first.language == "zh-Hant"


@pytest.mark.parametrize(
    "payload", ["order_status", "intent:order_status", 'order_status{"order_number": "A1"}']
)
def test_a_button_is_believed(small: Pipeline, payload: str) -> None:
    assert said(small, "查詢", payload=payload, language="zh-Hant") == IntentMatch(
        intent="order_status",
        confidence=1.0,
        source="payload",
        evidence=(payload,),
        ranking=(("order_status", 1.0),),
        language="zh-Hant",
        entities=(),
        rejected=False,
    )


def test_typed_payload_syntax_is_only_text(small: Pipeline) -> None:
    assert said(small, "intent:thanks").source == "classifier"


def test_a_foreign_payload_leaves_the_text_to_speak(small: Pipeline) -> None:
    assert said(small, "查訂單", payload="PRODUCT_17").intent == "order_status"


@pytest.mark.parametrize("text", ["", "   ", "\u200b\ufe0f", "\n\t"])
def test_a_sticker_is_nothing_rather_than_a_guess(small: Pipeline, text: str) -> None:
    match = said(small, text, language="en")

    assert (match.intent, match.source, match.confidence) == ("oos", "none", 0.0)
    assert match.language == "en"


@pytest.mark.parametrize("text", ["謝謝你", "謝謝你！", "谢谢你~~", "  謝謝你 。"])
def test_an_example_is_recognised_in_any_dress(small: Pipeline, text: str) -> None:
    match = said(small, text)

    assert (match.intent, match.source, match.confidence) == ("thanks", "exact", 1.0)
    assert match.evidence == ("謝謝你",)


def test_an_unseen_wording_is_classified_with_reasons(small: Pipeline) -> None:
    match = said(small, "please track order A1234567 for me")

    assert (match.intent, match.source, match.rejected) == ("order_status", "classifier", False)
    assert match.ranking[0] == ("order_status", match.confidence)
    assert match.evidence[0] in {"track", "order", "track order"}
    assert [entity.value for entity in match.entities] == ["A1234567"]


def test_the_reasons_are_in_another_script_than_the_message(small: Pipeline) -> None:
    assert "訂單" in said(small, "請幫我查訂單出貨進度").evidence
    assert "订单" in said(small, "请帮我查订单出货进度").evidence


@pytest.mark.parametrize("text", ["xyzzy plugh", "量子力學", "👽👽👽"])
def test_a_foreign_message_is_not_answered(small: Pipeline, text: str) -> None:
    match = said(small, text)

    assert match.intent == "oos"
    assert match.rejected or match.ranking[0][0] == "oos"


@pytest.mark.parametrize("text", ["？？？", "?", "...", "!!"])
def test_punctuation_alone_is_guessed_at(small: Pipeline, text: str) -> None:
    match = said(small, text)

    assert (match.intent, match.source) == ("oos", "none")


def test_the_confidence_of_a_rejection_is_that_nothing_fits(catalog: Catalog, model: Model) -> None:
    strict = pipeline(PipelineSettings(answer_at=1.0), catalog=catalog, model=model)

    match = said(strict, "please track order A1234567 for me")

    assert (match.intent, match.rejected) == ("oos", True)
    assert match.confidence == 1.0 - match.ranking[0][1]


def test_an_insult_is_said_only_when_nearly_certain(catalog: Catalog, model: Model) -> None:
    careful = pipeline(PipelineSettings(screen_at=1.0), catalog=catalog, model=model)
    bold = pipeline(PipelineSettings(screen_at=0.1), catalog=catalog, model=model)
    text = "you are an idiot"

    assert said(bold, text).intent == "abuse"
    assert said(careful, text).intent != "abuse"
    assert "abuse" not in dict(said(careful, text).ranking)


def test_a_giveaway_is_never_meant_in_private(small: Pipeline) -> None:
    text = "分享完成 @小芳 抽獎"

    assert said(small, text, public=True).intent == "tag_friend_or_giveaway"
    assert "tag_friend_or_giveaway" not in dict(said(small, text).ranking)


def test_a_keyword_decides_but_does_not_excuse_abuse(catalog: Catalog, model: Model) -> None:
    settings = PipelineSettings(keywords={"store_hours": ("爛",)}, screen_at=0.9)
    with_keyword = pipeline(settings, catalog=catalog, model=model)

    assert said(with_keyword, "爛店家去死吧白痴").intent == "abuse"
    assert said(with_keyword, "爛漫造型公仔").source == "keyword"


@pytest.mark.parametrize(
    "settings",
    [
        PipelineSettings(keywords={"order_statsu": ("出貨",)}),
        PipelineSettings(public_only=("order_statsu",)),
    ],
)
def test_a_misspelt_intent_stops_the_start(
    catalog: Catalog, model: Model, settings: PipelineSettings
) -> None:
    with pytest.raises(CatalogError, match="did you mean 'order_status'"):
        pipeline(settings, catalog=catalog, model=model)


def test_thresholds_left_out_are_those_of_training(model: Model) -> None:
    given_one = Thresholds.of(model.calibration, answer_at=0.2, screen_at=None)

    assert given_one == Thresholds(answer_at=0.2, screen_at=model.calibration.screen_at)
