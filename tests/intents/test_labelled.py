"""Files of labelled messages: what is wrong is named with file and line."""

import gzip
from pathlib import Path

import pytest

from intents.errors import LabelError
from intents.labelled import Labelled, catalog_of, check_names, read
from intents.training import train

GOOD = '{"text": "多少錢", "intent": "price", "lang": "zh-Hant", "id": 7}'


def refused(folder: Path, content: bytes) -> str:
    file = folder / "test.jsonl"
    file.write_bytes(content)
    with pytest.raises(LabelError) as caught:
        read([file])
    return str(caught.value).replace(str(file), "test.jsonl")


@pytest.mark.parametrize("before", ["", "\ufeff"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_zipped_file_or_one_of_an_editor_is_not_read(
    tmp_path: Path, before: str, *, zipped: bool
) -> None:
    content = f'{before}{GOOD}\r\n\n{{"text": "hi", "intent": "oos"}}\n'.encode()
    file = tmp_path / "any.name"
    file.write_bytes(gzip.compress(content) if zipped else content)

    assert read([file]) == [
        Labelled(text="多少錢", intent="price", language="zh-Hant", place=f"{file}:1"),
        Labelled(text="hi", intent="oos", language=None, place=f"{file}:3"),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nothing", "Invalid JSON"),
        ("[]", "an object"),
        ('{"text": "hi"}', "intent: Field required"),
        ('{"text": 3, "intent": "price"}', "text: Input should be a valid string"),
        ('{"text": "", "intent": "price"}', "text: String should have at least 1 character"),
        ('{"text": "hi", "intent": "price", "lang": ""}', "lang: String should match"),
        ('{"text": "\\ud800", "intent": "price"}', "Invalid JSON"),
        ('{"text": "hi", "intent": "a\\nb"}', "intent: String should match"),
    ],
)
def test_a_bad_line_is_not_named(tmp_path: Path, line: str, why: str) -> None:
    told = refused(tmp_path, f"{GOOD}\n{line}\n".encode())

    assert told.startswith("test.jsonl:2: ")
    assert why in told
    assert told.endswith('; write {"text": "...", "intent": "..."}')


def test_bytes_that_are_no_text_are_not_named(tmp_path: Path) -> None:
    assert refused(tmp_path, b'{"text": "\xff", "intent": "price"}').startswith("test.jsonl:1: ")


def test_a_thousand_bad_lines_fill_the_screen(tmp_path: Path) -> None:
    told = refused(tmp_path, b"bad\n" * 1000).splitlines()

    assert (len(told), told[-1]) == (21, "and 980 more")


def test_an_empty_file_is_content(tmp_path: Path) -> None:
    assert refused(tmp_path, b"\n").startswith("test.jsonl:1: no messages; write one ")


@pytest.mark.parametrize("cut", [3, -4])
def test_half_an_archive_is_read(tmp_path: Path, cut: int) -> None:
    assert "test.jsonl: a damaged gzip file" in refused(tmp_path, gzip.compress(b"{}")[:cut])


def test_a_misspelt_intent_counts_as_a_mistake_of_the_model() -> None:
    messages = [
        Labelled(text="hi", intent=intent, language=None, place=f"a:{line}")
        for line, intent in enumerate(("price", "prise", "oos"), start=1)
    ]

    with pytest.raises(LabelError) as caught:
        check_names(messages, ("price", "stock"))

    assert str(caught.value) == "a:2: no intent 'prise'; did you mean 'price'?"


def test_a_catalogue_of_messages_loses_some() -> None:
    messages = [
        Labelled(text="How much?", intent="Price", language="en", place="a:1"),
        Labelled(text="有貨嗎", intent="Stock", language=None, place="a:2"),
        Labelled(text="how much", intent="Stock", language=None, place="a:3"),
        Labelled(text="コーヒー", intent="Price", language=None, place="a:4"),
    ]

    catalog = catalog_of(messages)

    assert {
        intent.name: [(each.text, each.language, each.place) for each in intent.examples]
        for intent in catalog.intents
    } == {
        "Price": [("How much?", "en", "a:1"), ("コーヒー", "und", "a:4")],
        "Stock": [("有貨嗎", "zh-Hant", "a:2"), ("how much", "en", "a:3")],
    }


def test_a_message_that_stands_alone_stops_the_training() -> None:
    messages = [
        Labelled(text=text, intent=intent, language=None, place="a:1")
        for text, intent in (("how much", "price"), ("price", "price"), ("in stock", "stock"))
    ]

    assert train(catalog_of(messages)).labels == ("price", "stock")


def test_a_message_without_a_word_is_learnt() -> None:
    with pytest.raises(LabelError, match=r"a:1: no word to learn from; remove the line"):
        catalog_of([Labelled(text="...", intent="price", language=None, place="a:1")])
