"""`antiphon evaluate`, as somebody at the keyboard has it."""

import gzip
import json
import re
import xml.etree.ElementTree as ElementTree
from html import unescape
from pathlib import Path

import pytest

from bot.cli import main
from tests.house import MODELS

Output = pytest.CaptureFixture[str]
CONFIG = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
understanding: {keywords: {price: {en: [gift]}}}
"""
ODD = "refund status now"
LESSON = {
    "Order": (
        "where is my order",
        "track my order",
        "order status",
        "我的訂單到哪了",
        "查訂單",
        ODD,
    ),
    "Refund": ("where is my refund", "refund status", "refund not here", "退款好了嗎", "退款進度"),
    "<b>": ("are you open on sunday", "when do you open", "opening hours", "幾點開門", "有開嗎"),
}


def lines(*messages: tuple[str, str]) -> str:
    return "\n".join(json.dumps({"text": text, "intent": intent}) for text, intent in messages)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    file = tmp_path / "train.jsonl.gz"
    messages = [(text, intent) for intent, texts in LESSON.items() for text in texts]
    file.write_bytes(gzip.compress(lines(*messages).encode()))
    return file


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    file = tmp_path / "test.jsonl"
    file.write_text(
        lines(
            ("Where is my order?", "Order"),
            ("我的退款進度", "Refund"),
            ("open sunday gift", "<b>"),
            ("track my order", "Refund"),
            ("xqzzk vvrrw", "oos"),
        )
    )
    return file


def evaluate(config: Path, *words: str | Path) -> int:
    return main(["evaluate", "--config", str(config), *map(str, words)])


def test_the_figures_are_not_those_of_the_messages(
    config: Path, lesson: Path, exam: Path, capsys: Output
) -> None:
    assert evaluate(config, "--train", lesson, "--test", exam, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert told["messages"] == 5
    assert told["in_scope_accuracy"] == 0.75
    assert told["reject_recall"] == 1.0
    assert 0 <= told["ece"] <= 1
    assert set(told["per_language"]) == {"en", "zh-Hant"}
    assert told["per_language"]["zh-Hant"]["messages"] == 1
    assert told["accuracy"] + told["wrong_rate"] == pytest.approx(
        1 - 4 / 5 * (told["false_reject_rate"])
    )
    assert {"intent": "Refund", "answer": "Order", "messages": 1} in told["confusions"]
    assert sum(each["messages"] for each in told["reliability"]) == 5


def test_a_table_lacks_a_language_or_the_worst_confusion(
    config: Path, lesson: Path, exam: Path, capsys: Output
) -> None:
    assert evaluate(config, "--train", lesson, "--test", exam, exam) == 0

    out, err = capsys.readouterr()
    assert re.search(r"^all +10 ", out, re.MULTILINE)
    assert re.search(r"^zh-Hant +2 ", out, re.MULTILINE)
    assert re.search(r"^Refund +Order +2$", out, re.MULTILINE)
    assert re.search(r"^0\.93 to 1\.00 +\d+ +\d", out, re.MULTILINE)
    assert "judged 10 of 10 messages" in err


def test_without_a_test_nothing_is_validated(config: Path, lesson: Path, capsys: Output) -> None:
    assert evaluate(config, "--train", lesson, "--json") == 0

    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["messages"] == 16
    # Learnt by heart, the odd one would be right, too.
    assert 0 < told["in_scope_accuracy"] < 1
    assert "fold 5 of 5" in err


def test_an_encoder_that_was_asked_for_is_not_used(
    config: Path, lesson: Path, tmp_path: Path, capsys: Output
) -> None:
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text(lines(("quiero mi dinero de vuelta", "Refund"), ("rimborso", "Refund")))
    told: dict[str, float] = {}
    for encoder in ("use", "none"):
        evaluate(config, "--train", lesson, "--test", foreign, "--encoder", encoder, "--json")
        told[encoder] = json.loads(capsys.readouterr().out)["in_scope_accuracy"]

    config.write_text(CONFIG.replace("understanding: {", "understanding: {encoder: use, "))
    evaluate(config, "--train", lesson, "--test", foreign, "--json")

    assert told["use"] == 1.0
    assert told["none"] == 0.0
    assert json.loads(capsys.readouterr().out)["in_scope_accuracy"] == 1.0


def test_the_page_needs_something_else_or_runs_something(
    config: Path, lesson: Path, exam: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert evaluate(config, "--train", lesson, "--test", exam, exam, "--html", page) == 0

    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<script|<b>|javascript:|\bon\w+=|src=|href=|url\(|@import", text)
    calibration, confusion = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert "→" in calibration
    cells = {
        unescape(title.text or "") for title in ElementTree.fromstring(confusion).iter("title")
    }
    assert "Refund → Order: 2 / 4" in cells
    assert any(cell.startswith("<b> → ") for cell in cells)
    assert all(0 < float(one) <= 1 for one in re.findall(r'fill-opacity="([^"]*)"', confusion))


def test_a_bad_line_is_passed_over(
    config: Path, lesson: Path, exam: Path, tmp_path: Path, capsys: Output
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "hi"}\n')
    other = tmp_path / "other.jsonl"
    other.write_text(lines(("hi", "Oder")))

    for file, why in ((bad, "intent: Field required; write"), (other, "no intent 'Oder'; did you")):
        with pytest.raises(SystemExit) as left:
            evaluate(config, "--train", lesson, "--test", exam, file)
        assert left.value.code == 2
        assert f"antiphon evaluate: {file}:1: {why}" in capsys.readouterr().err


def test_a_file_that_is_not_there_ends_in_a_traceback(config: Path, capsys: Output) -> None:
    with pytest.raises(SystemExit):
        evaluate(config, "--train", "nowhere.jsonl")

    assert capsys.readouterr().err == "antiphon evaluate: there is no nowhere.jsonl\n"


def test_what_would_be_done_is_told_wrongly(config: Path, tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(MODELS)
    exam = tmp_path / "asked.jsonl"
    labelled = [
        {"text": "how much is a gift", "intent": "price", "lang": "en"},
        {"text": "how much is a gift", "intent": "stock", "lang": "en"},
        {"text": "qzzk vvrrw xx", "intent": "price", "lang": "en"},
        {"text": "多少錢", "intent": "price", "lang": "zh-Hant"},
    ]
    exam.write_text("\n".join(map(json.dumps, labelled)), encoding="utf-8")

    code = evaluate(config, "--data", tmp_path / "data", "--decisions", "--test", exam)

    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    told = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert code == 0
    assert told == [
        ["language", "messages", "right", "offered", "asked", "wrong"],
        ["en", "3", "33.3 %", "0.0 %", "33.3 %", "33.3 %"],
        ["zh-Hant", "1", "100.0 %", "0.0 %", "0.0 %", "0.0 %"],
    ]


def test_decisions_are_told_without_messages(config: Path, capsys: Output) -> None:
    assert evaluate(config, "--decisions") == 2
    assert "--decisions wants --test" in capsys.readouterr().err
