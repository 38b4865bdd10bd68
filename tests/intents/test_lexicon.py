"""The lexicon: what is a phrase, where it is found, and what it may not decide alone."""

from collections import Counter
from pathlib import Path

import pytest

from intents.catalog import Catalog, load
from intents.errors import CatalogError, ModelError
from intents.features import tokens
from intents.grams import grams
from intents.keyword_file import lexicon
from intents.keyword_file import load as load_lexicon
from intents.lexicon import Lexicon, stem
from intents.match import Utterance
from intents.model import Model
from intents.normalize import normalized
from intents.pipeline import Pipeline, PipelineSettings, pipeline

OURS = Path(__file__).resolve().parents[2] / "intents" / "catalog"
GOOD = """\
intents:
  shipping_fee:
    zh-Hant: [運費, 免運費]
    en: [delivery charge]
hints:
  price:
    zh-Hant: [免運費嗎]
concepts:
  city:
    en: [new york]
"""


def lexicon_of(folder: Path, text: str) -> Lexicon:
    file = folder / "keywords.yml"
    file.write_text(text, "utf-8")
    return load_lexicon(file)


def reading(lexicon: Lexicon, text: str) -> list[str]:
    read = tokens(normalized(text))
    for start, end, symbol in reversed(lexicon.spans([*map(stem, read)])):
        read[start:end] = [symbol]
    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("运费", ["<shipping_fee>"]),
        ("含免運費", ["含", "<shipping_fee>"]),
        ("免運費嗎", ["<price?>"]),
        ("any Delivery Charges?", ["any", "<shipping_fee>", "?"]),
        ("recharge", ["recharge"]),
        ("new yorker", ["new", "yorker"]),
        ("in New York", ["in", "<#city>"]),
        ("", []),
    ],
)
def test_a_phrase_is_missed_or_seen_where_it_is_not(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    assert reading(lexicon_of(tmp_path, GOOD), text) == expected


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("intnets:", "intents:", "1:1: unknown section 'intnets'; did you mean 'intents'?"),
        ("  Price:", "  price:", "6:3: 'Price' is no name for a group"),
        ("zh-hant: [運", "zh-Hant: [運", "3:5: unknown language 'zh-hant'"),
        ("[運費, 。]", "[運費, 免運費]", "3:19: a phrase without a word"),
        ("[delivery charges, 運費]", "[new york]", "10:10: 'delivery charges' is also"),
        ("[*a]", "[new york]", "10:10: "),
        ("[[new, york]]", "[new york]", "10:10: "),
        ("new york", "[new york]", "10:9: expected a list"),
    ],
)
def test_a_mistake_in_the_keywords_is_not_named(
    tmp_path: Path, wrong: str, right: str, message: str
) -> None:
    with pytest.raises(CatalogError) as caught:
        lexicon_of(tmp_path, GOOD.replace(right, wrong))

    assert str(caught.value).startswith(f"{tmp_path}/keywords.yml:{message}")


@pytest.mark.parametrize(
    "forms", [("deliver", "delivers", "delivered"), ("refund", "refunds"), ("size", "sizes")]
)
def test_forms_of_one_word_differ(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("first", "second"), [("canned", "can"), ("cod", "code"), ("lining", "line"), ("ties", "ty")]
)
def test_two_words_are_one(first: str, second: str) -> None:
    assert stem(first) != stem(second)


def test_our_phrases_point_to_another_intent() -> None:
    """Of three or more catalogue messages that hold a phrase, 9 of 10 must be of its intent."""
    catalog = load(OURS)
    messages = [
        (intent.name, f" {' '.join(map(stem, example.tokens))} ")
        for intent in catalog.intents
        for example in intent.examples
    ]
    symbols = lexicon().symbols.items()
    own = {phrase: symbol[1:-1] for phrase, symbol in symbols if symbol[1:-1] in catalog.names}
    astray = []
    for phrase, intent in own.items():
        hits = Counter(name for name, message in messages if f" {phrase} " in message)
        if hits.total() >= 3 and hits[intent] < 0.9 * hits.total():
            astray.append((phrase, hits))

    assert len(own) > 1000
    assert astray == []


def test_our_groups_are_named_after_no_intent() -> None:
    names = {f"<{name}>" for name in load(OURS).names}
    symbols = {*lexicon().symbols.values()}

    assert {symbol.replace("?", "") for symbol in symbols if "#" not in symbol} <= names


def test_a_word_of_the_lexicon_that_no_example_has_says_nothing(small: Pipeline) -> None:
    [match] = small.match([Utterance(text="小額借款")])

    assert match.evidence[0] == "小額借款"
    assert "spam" in dict(match.ranking)


def test_no_gram_of_nothing() -> None:
    assert grams([], []) == []


def test_a_phrase_hijacks_what_means_something_else(catalog: Catalog, model: Model) -> None:
    bold = pipeline(PipelineSettings(answer_at=0.0), catalog=catalog, model=model)

    [match] = bold.match([Utterance(text="我的訂單到哪了 不是問退款")])

    assert match.intent == "order_status"


def test_a_model_outlives_the_lexicon_it_was_trained_with(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "model.npz")
    (tmp_path / "keywords.yml").write_text(GOOD, "utf-8")
    monkeypatch.setattr("intents.lexicon.FILE", tmp_path / "keywords.yml")

    with pytest.raises(ModelError, match="made by recipe"):
        Model.load(tmp_path / "model.npz")
