"""The parts of the grammar, one by one."""

from pathlib import Path

import pytest

from bot.rasa.merging import Branch, Check, Token, Undecided, merged
from bot.rasa.names import Names
from bot.rasa.nlu import Nlu, NluReader
from bot.rasa.report import Report
from bot.rasa.responses import ResponseWriter
from bot.rasa.source import Part, files


def part(folder: Path, text: str) -> Part:
    (folder / "part.yml").write_text(text, encoding="utf-8")
    [file] = files(folder / "part.yml")
    return file.root


@pytest.mark.parametrize(
    ("written", "plain", "entities"),
    [
        ("to [Taipei](city)", "to Taipei", [("city", "Taipei")]),
        ("to [TPE](city:Taipei)", "to TPE", [("city", "Taipei")]),
        ('[TPE]{"entity": "city", "value": "Taipei"}', "TPE", [("city", "Taipei")]),
        ('[a][{"entity": "x"}, {"entity": "y", "value": "b"}]', "a", [("x", "a"), ("y", "b")]),
        ("[a] and (b)", "[a] and (b)", []),
        ("去【台北】（城市）", "去【台北】（城市）", []),
        ("[台北](城市)怎麼走", "台北怎麼走", [("城市", "台北")]),
    ],
)
def test_an_annotation_is_read_otherwise(
    tmp_path: Path, written: str, plain: str, entities: list[tuple[str, str]]
) -> None:
    [line] = part(tmp_path, f"- '{written}'").each()

    text, found = NluReader(Nlu(), Report()).plain(line)

    assert text == plain
    assert [(each["entity"], each["value"]) for each in found] == entities


OPEN, SHUT = Check("open", True), Check("open", False)


@pytest.mark.parametrize(
    ("turns", "answer"),
    [
        ([("a",), ("a",)], ("a",)),
        (
            [("a", OPEN, "b"), ("a", SHUT, "c")],
            ("a", Branch(OPEN, ("b",), (Branch(SHUT, ("c",)),))),
        ),
        ([(OPEN, "b"), ("c",)], (Branch(OPEN, ("b",), ("c",)),)),
        ([()], ()),
    ],
)
def test_turns_that_agree_make_another_answer(
    turns: list[tuple[Token, ...]], answer: tuple[object, ...]
) -> None:
    assert merged(turns) == answer


@pytest.mark.parametrize(
    "turns", [[("a",), ("b",)], [("a",), ("a", "b")], [("a", "b"), ("a", "c")]]
)
def test_a_guess_is_made_where_only_history_tells(turns: list[tuple[Token, ...]]) -> None:
    with pytest.raises(Undecided):
        merged(turns)


@pytest.mark.parametrize(
    ("response", "template"),
    [
        ("- text: Hi {name}", "Hi {{ name }}\n"),
        ("- text: 您好 {姓名}", "您好 {{ 姓名 }}\n"),
        ("- text: a\n- text: b", "a\n--- variant\nb\n"),
        ("- text: 'a {{b}} {% c %}'", 'a {{ "{" }}{{ b }}} {{ "{" }}% c %}\n'),
        ("- text: '--- variant'", " --- variant\n"),
        (
            "- text: a\n  condition: [{type: slot, name: vip, value: true}]\n- text: b",
            "{% if vip is defined and vip == true %}\na\n{% else %}\nb\n{% endif %}\n",
        ),
        (
            "- text: a\n  condition: [{type: slot, name: size, value: Large}]",
            '{% if size is defined and size | lower == "large" %}\na\n{% endif %}\n',
        ),
        (
            "- text: a\n  buttons:\n"
            "    - {title: A, payload: '/Do-It{\"x\": 1}'}\n    - {title: B, payload: /no}",
            '---\nquick_replies: [{"title": "A", "payload": "do_it{\\"x\\": 1}"}]\n---\na\n',
        ),
    ],
)
def test_a_response_says_something_else(tmp_path: Path, response: str, template: str) -> None:
    writer = ResponseWriter(Report(), {"Do-It": "do_it"}.get, {})

    written = writer.write("x", part(tmp_path, response))

    assert written.files == {"x.j2": template}


def test_a_channel_of_another_name_is_mixed_up(tmp_path: Path) -> None:
    text = "- {text: a, channel: facebook}\n- {text: b}\n- {text: c, channel: smoke}"
    report = Report()

    written = ResponseWriter(report, lambda _: None, {}).write("x", part(tmp_path, text))

    assert written.files == {"x.messenger.j2": "a\n", "x.j2": "b\n"}
    [left] = report
    assert (left.line, left.outcome) == (3, "not taken")


def test_two_names_become_one() -> None:
    names = Names("intent")

    assert [names(each) for each in ("Ask-It", "ask it", "問候", "問候", "1st")] == [
        *("ask_it", "ask_it_2", "intent", "intent", "intent_1st")
    ]
