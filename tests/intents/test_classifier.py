"""Training, calibration and the model file."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from intents.calibration import Guesses, calibration, softmax
from intents.catalog import Catalog, load
from intents.errors import CatalogError, ModelError, StaleModel
from intents.features import tokens
from intents.model import Model
from intents.normalize import normalized
from intents.pipeline import PipelineSettings, pipeline
from intents.training import guesses, train, trained
from intents.vocabulary import Wording

TEXTS = ("我的訂單到哪裡了呢", "is my order there", "退款?", "hello wrld", "", "去死啦")


def shares(model: Model, text: str) -> list[float]:
    return shares_of(model, [model.wording(tokens(normalized(text)))])[0]


def shares_of(model: Model, wordings: list[Wording]) -> list[list[float]]:
    return model.shares([model.weigh(each) for each in wordings])


def with_arrays(path: Path, **changes: object) -> None:
    with np.load(path) as arrays:
        everything = {name: arrays[name] for name in arrays.files}
    for name, change in changes.items():
        everything[name] = np.asarray(change)
    np.savez(path, **everything)


def test_a_saved_model_answers_differently(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.npz"
    model.save(path)
    loaded = Model.load(path)

    assert [shares(loaded, text) for text in TEXTS] == [shares(model, text) for text in TEXTS]
    assert (loaded.labels, loaded.calibration, loaded.data_hash) == (
        model.labels,
        model.calibration,
        model.data_hash,
    )
    assert [file.name for file in path.parent.iterdir()] == ["model.npz"]


def test_two_trainings_differ(catalog: Catalog, model: Model) -> None:
    again = train(catalog)

    assert [shares(again, text) for text in TEXTS] == [shares(model, text) for text in TEXTS]


def test_rounding_the_weights_changes_an_answer(catalog: Catalog, model: Model) -> None:
    for intent in catalog.intents:
        for example in intent.examples:
            likely = shares(model, example.text)

            assert model.labels[int(np.argmax(likely))] == intent.name
            assert sum(likely) == pytest.approx(1.0, abs=1e-5)


def test_rounding_wastes_the_range_of_a_byte(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.npz")

    with np.load(tmp_path / "model.npz") as arrays:
        assert set(np.abs(arrays["quantized"]).max(axis=1)) == {127}


def test_words_that_nobody_knows_leave_us_as_sure(model: Model) -> None:
    said = model.wording(tokens("track"))
    order = model.labels.index("order_status")

    longer = [said._replace(unknown=count) for count in range(4)]
    sure = [told[order] for told in shares_of(model, longer)]

    assert sure == sorted(sure, reverse=True)
    assert sure[0] > sure[1] > sure[3]


@pytest.mark.parametrize("cut", [0, 1, 100, -200, -1])
def test_a_torn_model_file_is_used(model: Model, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(ModelError, match="not a usable intent model"):
        Model.load(path)


def test_a_flipped_byte_is_not_noticed(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(ModelError):
        Model.load(path)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"bias": [1.0]}, "bias is"),
        ({"quantized": np.zeros((2, 2), np.int8)}, "quantized is"),
        ({"meta": np.frombuffer(b'{"recipe": 0}', np.uint8)}, "recipe 0"),
        ({"meta": np.frombuffer(b"[]", np.uint8)}, "TypeError"),
        ({"meta": np.frombuffer(b"{", np.uint8)}, "JSONDecodeError"),
        ({"phrases": np.array([{}], dtype=object)}, "ValueError"),
    ],
)
def test_a_tampered_model_is_used(
    model: Model, tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    with_arrays(path, **changes)

    with pytest.raises(ModelError, match=why):
        Model.load(path)


def test_a_model_with_a_hole_is_used(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    with_arrays(path, bias=np.full(len(model.labels), np.nan, np.float32))

    with pytest.raises(ModelError, match="bias holds what is not a number"):
        Model.load(path)


def test_a_stale_model_is_used(model: Model, tmp_path: Path) -> None:
    for name in ("aa", "bb"):
        text = f"intent: {name}\nexamples: {{en: [{name}]}}\n"
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")

    with pytest.raises(StaleModel):
        pipeline(PipelineSettings(), catalog=load(tmp_path), model=model)


def test_a_second_start_trains_again(catalog: Catalog, tmp_path: Path) -> None:
    first = trained(catalog, tmp_path)
    [kept] = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    second = trained(catalog, tmp_path)

    assert kept.stat().st_mtime_ns == written
    assert shares(second, TEXTS[0]) == shares(first, TEXTS[0])


def test_a_broken_cache_stops_the_start(
    catalog: Catalog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trained(catalog, tmp_path)
    [kept] = tmp_path.iterdir()
    kept.write_bytes(b"not a model")

    with caplog.at_level(logging.WARNING):
        model = trained(catalog, tmp_path)

    assert "training anew" in caplog.text
    assert Model.load(kept).data_hash == model.data_hash


def test_a_cache_of_another_catalogue_is_used(
    catalog: Catalog, model: Model, tmp_path: Path
) -> None:
    trained(catalog, tmp_path)
    [kept] = tmp_path.iterdir()
    with np.load(kept) as arrays:
        meta = json.loads(arrays["meta"].tobytes())
    meta["data_hash"] = "0" * 64
    with_arrays(kept, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8))

    assert trained(catalog, tmp_path).data_hash == model.data_hash


def test_one_intent_is_enough_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / "aa.yml").write_text("intent: aa\nexamples: {en: [hello there]}\n", "utf-8")

    with pytest.raises(CatalogError, match="at least two intents"):
        train(load(tmp_path))


def test_one_example_is_enough_to_learn_from(tmp_path: Path) -> None:
    for name, examples in (("aa", "one, two"), ("bb", "three")):
        text = f"intent: {name}\nexamples: {{en: [{examples}]}}\n"
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")

    with pytest.raises(CatalogError, match=r"bb\.yml:2:17: bb needs a second example"):
        train(load(tmp_path))


def test_a_tiny_catalogue_cannot_be_trained(tmp_path: Path) -> None:
    for name in ("aa", "bb"):
        text = f"intent: {name}\nexamples: {{en: [{name} one, {name} two]}}\n"
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")

    model = train(load(tmp_path))

    assert np.argmax(shares(model, "bb three")) == model.labels.index("bb")


def test_an_example_is_judged_by_a_model_that_saw_it(catalog: Catalog) -> None:
    odd = [
        replace(one, examples=(*one.examples, replace(one.examples[0], tokens=(f"word{at}",))))
        for at, one in enumerate(catalog.intents)
    ]
    guessed = guesses(replace(catalog, intents=tuple(odd)))

    right = guessed.scores.argmax(axis=1) == guessed.truth
    last = np.cumsum([len(one.examples) for one in odd]) - 1
    # Nobody can guess a word that no other example has, so one intent is guessed for all of them.
    assert right[last].sum() <= 1
    assert right.mean() > 0.2


def test_cross_validation_judges_another_model_than_the_one_that_serves(catalog: Catalog) -> None:
    guessed = guesses(catalog)
    examples = [(one, at, each) for one in catalog.intents for at, each in enumerate(one.examples)]
    # The last fold holds every fourth example of each intent.
    held = [at for at, (_, place, _) in enumerate(examples) if place % 4 == 3]
    rest = [
        replace(one, examples=tuple(each for at, each in enumerate(one.examples) if at % 4 != 3))
        for one in catalog.intents
    ]

    served = train(Catalog(intents=tuple(rest)))

    told = shares_of(served, [served.wording(list(examples[at][2].tokens)) for at in held])
    judged = softmax(guessed.scores[held] / served.calibration.temperature)
    assert told == pytest.approx(judged, abs=0.02)


def test_thresholds_do_not_follow_the_cost_of_a_wrong_answer() -> None:
    # Sure guesses are right, unsure ones mostly wrong: answering must stop between them.
    scores = np.array([[4.0, 0.0, -9.0]] * 20 + [[1.0, 0.0, -9.0]] * 20)
    truth = np.array([0] * 20 + [1] * 12 + [0] * 8)
    learned = calibration(
        Guesses(labels=("aa", "bb", "oos"), scores=scores, truth=truth, languages=("en",) * 40)
    )
    sure = 1 / (1 + np.exp(-4.0 / learned.temperature) + np.exp(-13.0 / learned.temperature))

    assert learned.answer_at == pytest.approx(learned.confidence(sure))


def test_a_flat_optimum_leaves_customers_unanswered() -> None:
    # A right and a wrong guess more cost one of a hundred gained; the sixty after them cost dear.
    scores = np.array([[4.0, 0.0, -9.0]] * 100 + [[2.0, 0.0, -9.0]] * 2 + [[1.0, 0.0, -9.0]] * 60)
    truth = np.array([0] * 100 + [0, 1] + [0, 1, 1] * 20)
    learned = calibration(
        Guesses(labels=("aa", "bb", "oos"), scores=scores, truth=truth, languages=("en",) * 162)
    )
    powers = np.exp(np.array([2.0, 0.0, -9.0]) / learned.temperature)

    assert learned.answer_at == pytest.approx(learned.confidence(powers[0] / powers.sum()))


def test_a_peak_by_chance_lets_more_answers_be_wrong() -> None:
    # The last nineteen gain one more, but then eleven of the 139 answers are wrong, not five.
    scores = np.array([[4.0, 0.0, -9.0]] * 100 + [[2.0, 0.0, -9.0]] * 20 + [[1.0, 0.0, -9.0]] * 19)
    truth = np.array([0] * 100 + [0] * 15 + [1] * 5 + [0] * 13 + [1] * 6)
    learned = calibration(
        Guesses(labels=("aa", "bb", "oos"), scores=scores, truth=truth, languages=("en",) * 139)
    )
    powers = np.exp(np.array([2.0, 0.0, -9.0]) / learned.temperature)

    assert learned.answer_at == pytest.approx(learned.confidence(powers[0] / powers.sum()))


def test_an_accusation_needs_no_precision() -> None:
    # Answering all forty would pay, but only the first half is right 19 times of 20.
    scores = np.array([[4.0, 0.0]] * 20 + [[2.0, 0.0]] * 20)
    truth = np.array([0] * 20 + [0] * 16 + [1] * 4)
    learned = calibration(
        Guesses(labels=("abuse", "price"), scores=scores, truth=truth, languages=("en",) * 40)
    )

    sure = 1 / (1 + np.exp(-4.0 / learned.temperature))

    assert learned.screen_at == pytest.approx(learned.confidence(sure))


@given(
    scores=arrays(np.float64, (12, 3), elements=st.floats(-3, 3)),
    truth=arrays(np.intp, 12, elements=st.integers(0, 2)),
)
def test_another_temperature_would_be_likelier(
    scores: NDArray[np.float64], truth: NDArray[np.intp]
) -> None:
    told = Guesses(labels=("aa", "bb", "cc"), scores=scores, truth=truth, languages=("en",) * 12)

    def likelihood(temperature: float) -> float:
        own = softmax(scores / temperature)[np.arange(12), truth]
        return float(np.log(np.maximum(own, 1e-300)).sum())

    best = max(map(likelihood, np.geomspace(0.02, 2.0, 60).tolist()))
    assert likelihood(calibration(told).temperature) == pytest.approx(best, abs=1e-6)


def test_confidence_is_not_how_often_we_are_right() -> None:
    # Two kinds of guesses, right 18 and 12 times of 20: far less sure than their scores say.
    scores = np.array([[9.0, 0.0]] * 20 + [[6.0, 0.0]] * 20)
    truth = np.array([0] * 18 + [1] * 2 + [0] * 12 + [1] * 8)
    learned = calibration(
        Guesses(labels=("aa", "bb"), scores=scores, truth=truth, languages=("en",) * 40)
    )

    for score, often in ((9.0, 0.9), (6.0, 0.6)):
        share = 1 / (1 + np.exp(-score / learned.temperature))
        assert learned.confidence(share) == pytest.approx(often, abs=0.06)


def test_serving_needs_scikit_learn(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.npz")
    code = (
        "import sys, pathlib, intents.pipeline as p; from intents.match import Utterance\n"
        "from intents.classifier import Classifier, Thresholds\n"
        "from intents.model import Model\n"
        "stage = Classifier(Model.load(pathlib.Path(sys.argv[1])), "
        "thresholds=Thresholds(answer_at=0, screen_at=0))\n"
        "assert p.Pipeline([stage]).match([Utterance(text='track my order please')])\n"
        "assert not {'sklearn', 'scipy'} & set(sys.modules)\n"
    )

    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model.npz")], check=True)
