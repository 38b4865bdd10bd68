"""What counts of our own intents, beside the brand's."""

from pathlib import Path

import pytest
import yaml

from bot.catalogs import catalog, names, with_taught
from bot.config import BUILT_IN_CATALOG, ConfigError
from bot.taught import Taught, TaughtExample, TaughtIntent
from tests.house import brand


def test_an_intent_that_was_not_chosen_counts(tmp_path: Path) -> None:
    (tmp_path / "wrap.yml").write_text("intent: wrap\nexamples:\n  en:\n    - wrap it\n", "utf-8")

    chosen = catalog([BUILT_IN_CATALOG, tmp_path], ["oos", "abuse"])

    assert chosen.names == ("abuse", "oos", "wrap")


def test_an_intent_that_we_do_not_have_is_chosen(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"understanding.built_in.0: .*did you mean 'abuse'"):
        brand(tmp_path, "http://127.0.0.1", understanding={"built_in": ["abuze"]})


def folder(path: Path, **intents: list[str]) -> Path:
    path.mkdir()
    for name, texts in intents.items():
        told = {"intent": name, "examples": {"en": texts}}
        (path / f"{name}.yml").write_text(yaml.safe_dump(told), "utf-8")
    return path


def merged(
    path: Path, *said: tuple[str, str], started: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    taught = Taught(
        examples=tuple(TaughtExample(intent=name, language="en", text=text) for name, text in said),
        intents=tuple(TaughtIntent(name=name, handoff=True) for name in started),
    )
    found = with_taught(catalog([path]), taught).intents
    return {intent.name: [example.text for example in intent.examples] for intent in found}


def test_what_was_taught_replaces_what_the_brand_wrote(tmp_path: Path) -> None:
    shop = folder(tmp_path / "shop", wrap=["wrap it", "gift wrap"], price=["how much", "price?"])

    found = merged(shop, ("wrap", "a bow please"), ("wrap", "Wrap it."), ("price", "gift wrap"))

    assert found == {
        "wrap": ["wrap it", "a bow please"],
        "price": ["how much", "price?", "gift wrap"],
    }


def test_an_intent_of_the_agents_cannot_be_learnt_from_its_one_example(tmp_path: Path) -> None:
    shop = folder(tmp_path / "shop", wrap=["wrap it", "gift wrap"])

    found = merged(
        shop, ("seal", "a seal"), ("gone", "of an intent that is gone"), started=("seal",)
    )

    assert found == {"wrap": ["wrap it", "gift wrap"], "seal": ["a seal", "a seal"]}


def test_the_first_word_on_a_message_counts(tmp_path: Path) -> None:
    shop = folder(tmp_path / "shop", wrap=["wrap it", "gift wrap"], price=["how much", "price?"])

    found = merged(shop, ("wrap", "red ribbon"), ("price", "red ribbon"))

    assert found["price"][-1] == "red ribbon"
    assert "red ribbon" not in found["wrap"]


def test_names_cost_the_examples(tmp_path: Path) -> None:
    (tmp_path / "wrap.yml").write_text("not even an intent", "utf-8")

    assert names([BUILT_IN_CATALOG, tmp_path], ["oos", "abuse"]) == ["abuse", "oos", "wrap"]
