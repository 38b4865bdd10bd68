"""The shipped catalogue against messages that were written apart from its examples.

Each line of ``heldback.jsonl`` is a message, the intent that its writer meant, and its language.
Never copy one into the catalogue, nor change one because it fails: then it tells nothing.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from bot.catalogs import catalog as brand_catalog
from bot.config import Config, load
from bot.judging import VERDICTS, verdicts
from bot.understanding import rules as brand_rules
from bot.understanding import understanding
from intents.labelled import read
from intents.match import LANGUAGES, Utterance
from intents.prepared import prepared

ROOT = Path(__file__).resolve().parents[2]
# Of 100 messages: at least so many right, less than so many wrong.
AIM = (92, 2)

Shares = dict[str, dict[str, float]]


FILE = Path(__file__).with_name("heldback.jsonl")
HELDBACK = read([FILE])


@pytest.fixture(scope="module")
def demo() -> Config:
    return load(ROOT / "config.yml", os.environ)


@pytest.fixture(scope="module")
def shares(demo: Config, tmp_path_factory: pytest.TempPathFactory) -> Shares:
    return told(demo, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def shares_with_encoder(demo: Config, tmp_path_factory: pytest.TempPathFactory) -> Shares:
    chosen = demo.understanding.model_copy(update={"encoder": "use"})
    config = demo.model_copy(update={"understanding": chosen})
    return told(config, tmp_path_factory.mktemp("models"))


def told(config: Config, models: Path) -> Shares:
    """Verdicts of 100 messages, by language. The model is trained as at the first start."""
    counts = verdicts(HELDBACK, understanding(config, models=models), brand_rules(config))
    return {
        lang: {name: 100 * counted[name] / counted.total() for name in VERDICTS}
        for lang, counted in counts.items()
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_catalogue_misleads_customers(shares: Shares, lang: str) -> None:
    reached(shares[lang])


# An encoder reads every example first.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_encoder_misleads_customers(shares_with_encoder: Shares, lang: str) -> None:
    reached(shares_with_encoder[lang])


def reached(share: dict[str, float]) -> None:
    right, wrong = AIM

    assert share["right"] >= right, share
    assert share["wrong"] < wrong, share


def test_a_message_was_learned_by_heart(demo: Config) -> None:
    learned = {
        example.tokens
        for intent in brand_catalog(demo.catalog_folders).intents
        for example in intent.examples
    }

    told = {each.text: tuple(prepared(Utterance(text=each.text)).tokens) for each in HELDBACK}

    assert [text for text, tokens in told.items() if tokens in learned] == []
    assert len(set(told.values())) == len(HELDBACK)


def test_an_intent_is_hardly_tested(demo: Config) -> None:
    names = brand_catalog(demo.catalog_folders).names
    counts = Counter((each.intent, each.language) for each in HELDBACK)

    assert set(counts) == {(name, lang) for name in names for lang in LANGUAGES}
    assert min(counts.values()) >= 11
    assert min(counts["oos", lang] for lang in LANGUAGES) >= 80
