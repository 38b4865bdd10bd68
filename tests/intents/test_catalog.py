"""Catalogue files: what is wrong is named with file, line and column."""

import json
from pathlib import Path

import pytest

from intents.catalog import Catalog, load, load_all
from intents.errors import CatalogError
from tests.shared import shared_path

GOOD = "intent: price\nexamples:\n  zh-Hant:\n    - 多少錢\n  en:\n    - how much\n"


def refused(folder: Path, text: str, *, name: str = "price.yml") -> str:
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(CatalogError) as caught:
        load(folder)
    return str(caught.value).removeprefix(f"{folder}/")


def test_words_that_yaml_reads_as_something_else_stay_words(tmp_path: Path) -> None:
    text = "intent: affirm\nexamples:\n  en: [yes, no, 1, 1.50, ~x, on, null, 2026-11-23]\n"
    (tmp_path / "affirm.yml").write_text(text, encoding="utf-8")

    [intent] = load(tmp_path).intents

    assert [example.text for example in intent.examples] == [
        "yes", "no", "1", "1.50", "~x", "on", "null", "2026-11-23",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("intnet", "intent", "price.yml:1:1: unknown key 'intnet'; did you mean 'intent'?"),
        (
            "zh-hant",
            "zh-Hant",
            "price.yml:3:3: unknown language 'zh-hant'; did you mean 'zh-Hant'?",
        ),
        (
            "intent: prise",
            "intent: price",
            "price.yml:1:9: intent 'prise' in a file for 'price'; did you mean 'price'?",
        ),
        ("- a: b", "- 多少錢", "price.yml:4:7: expected text; put it in quotes"),
        ("- ''", "- 多少錢", "price.yml:4:7: an example without a word"),
        ("- '。。'", "- 多少錢", "price.yml:4:7: an example without a word"),
        ("- " + "多" * 501, "- 多少錢", "price.yml:4:7: an example of 501 characters"),
        (
            "zh-Hant:\n    -",
            "en:\n    -",
            "price.yml:5:3: the language 'zh-Hant' stands here twice",
        ),
        ("- &a 多少", "- 多少錢", "price.yml:4:7: aliases are not allowed"),
        ("- *a", "- 多少錢", "price.yml:4:7: aliases are not allowed"),
        ("- !!str 多少", "- 多少錢", "price.yml:4:7: tags are not allowed"),
        ("-\t- [", "- 多少錢", "price.yml:"),
    ],
)
def test_a_mistake_is_not_named(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    assert refused(tmp_path, GOOD.replace(right, wrong)).startswith(message)


def test_a_label_is_lost_or_breaks_the_model(tmp_path: Path) -> None:
    labelled = GOOD.replace("examples:", "label: {zh-Hant: 多少錢, en: 'Yes'}\nexamples:")
    (tmp_path / "price.yml").write_text(GOOD, encoding="utf-8")
    plain = load(tmp_path)
    (tmp_path / "price.yml").write_text(labelled, encoding="utf-8")
    named = load(tmp_path)

    assert named.intents[0].label == {"zh-Hant": "多少錢", "en": "Yes"}
    assert named.intents[0].place == f"{tmp_path / 'price.yml'}:1:9"
    assert named.data_hash == plain.data_hash


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("{zh-hant: 價格}", "2:9: unknown language 'zh-hant'"),
        ("{en: ''}", "2:13: a label of 0 characters"),
        (f"{{en: {'x' * 41}}}", "2:13: a label of 41 characters"),
        ("Price", "2:8: expected zh-Hant, en here"),
    ],
)
def test_a_wrong_label_is_taken(tmp_path: Path, label: str, why: str) -> None:
    text = GOOD.replace("examples:", f"label: {label}\nexamples:")

    assert why in refused(tmp_path, text)


def test_a_missing_key_is_not_named(tmp_path: Path) -> None:
    assert refused(tmp_path, "intent: price\n") == "price.yml:1:1: the key 'examples' is missing"


def test_an_intent_without_examples_is_taken(tmp_path: Path) -> None:
    assert refused(tmp_path, "intent: price\nexamples: {en: []}\n") == "price.yml:2:11: no examples"


def test_a_file_that_is_not_utf8_is_taken(tmp_path: Path) -> None:
    (tmp_path / "price.yml").write_bytes("intent: price\n# 錢".encode("big5"))

    with pytest.raises(CatalogError, match=r"price\.yml:2:1: not UTF-8"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("[" * 100_000, "nested too deeply"),
        ("x" * 1_000_001, "larger than 1000000 bytes"),
    ],
)
def test_an_absurd_file_is_taken(tmp_path: Path, text: str, why: str) -> None:
    assert why in refused(tmp_path, text)


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no intents"):
        load(tmp_path)


def test_a_yaml_trick_is_taken(tmp_path: Path) -> None:
    items = json.loads(shared_path("badinput/own/yaml_imports.json").read_text("utf-8"))["items"]

    for item in items:
        assert refused(tmp_path, item).startswith("price.yml:")


def test_one_example_means_two_intents(tmp_path: Path) -> None:
    stock = GOOD.replace("price", "stock").replace("how much", "how many")
    (tmp_path / "stock.yml").write_text(stock.replace("錢", "钱？").replace("？", "！"), "utf-8")

    message = refused(tmp_path, GOOD)

    assert message == (f"stock.yml:4:7: '多少钱！' is also in price, at {tmp_path}/price.yml:4:7")


def test_the_hash_forgets_what_changes_the_model(tmp_path: Path) -> None:
    def hash_of(text: str) -> str:
        (tmp_path / "price.yml").write_text(text, "utf-8")
        return load(tmp_path).data_hash

    assert hash_of(GOOD) == hash_of("# a comment\n" + GOOD)
    assert hash_of(GOOD) != hash_of(GOOD.replace("how much", "how much?"))


def test_a_misspelt_name_is_not_suggested(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="buttons: no intent 'thank'; did you mean 'thanks'"):
        catalog.check_names(["abuse", "thank"], where="buttons")


def folder_of(root: Path, **files: str) -> Path:
    root.mkdir()
    for name, text in files.items():
        (root / f"{name}.yml").write_text(text, "utf-8")
    return root


def test_a_brand_cannot_replace_one_intent_and_keep_the_rest(tmp_path: Path) -> None:
    stock = GOOD.replace("price", "stock").replace("多少錢", "有貨嗎").replace("much", "many")
    ours = folder_of(tmp_path / "ours", price=GOOD, stock=stock)
    brands = folder_of(
        tmp_path / "brand",
        price="intent: price\nexamples: {en: [what does it cost]}\n",
        alteration="intent: alteration\nexamples: {en: [shorten my trousers]}\n",
    )

    merged = load_all([ours, brands])

    assert merged.names == ("alteration", "price", "stock")
    assert [example.text for example in merged.intents[1].examples] == ["what does it cost"]
    assert load_all([ours]).data_hash == load(ours).data_hash != merged.data_hash


def test_a_brands_example_clashes_only_with_what_it_replaced(tmp_path: Path) -> None:
    ours = folder_of(tmp_path / "ours", price=GOOD)
    moved = GOOD.replace("price", "stock")
    clashing = folder_of(tmp_path / "clashing", stock=moved)
    replaced = "intent: price\nexamples: {en: [what does it cost]}\n"
    agreeing = folder_of(tmp_path / "agreeing", stock=moved, price=replaced)

    assert load_all([ours, agreeing]).names == ("price", "stock")
    with pytest.raises(CatalogError, match="is also in price"):
        load_all([ours, clashing])


def test_no_folder_is_an_empty_catalogue() -> None:
    with pytest.raises(CatalogError, match="no folder"):
        load_all([])


def test_our_own_catalogue_is_wrong() -> None:
    folder = Path(__file__).resolve().parents[2] / "intents" / "catalog"

    assert {"abuse", "spam", "oos", "order_status", "human_request"} <= set(load(folder).names)
