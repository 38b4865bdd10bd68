"""`antiphon report PATH`: an export's response times, as somebody at the keyboard has them."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.exports.words import Json
from bot.reports.compare import differences
from bot.web.words import words
from tests.exports.layouts import LAYOUTS, line_oa_csv, put, zipped
from tests.exports.scenario import ACK, BRAND, CHATS
from tests.shared import SHARED, shared_path

Output = pytest.CaptureFixture[str]
TZ = ("--tz", "Asia/Taipei")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """The scenario as LINE exports it."""
    return LAYOUTS["line_oa zh-Hant"].write(tmp_path, CHATS)


def report(*given: str | Path) -> int:
    return main(["report", *map(str, given)])


def report_json(capsys: Output, *given: str | Path) -> Json:
    assert report(*given, "--json") == 0
    told: Json = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.parametrize(
    "folder", sorted(path.parent.name for path in SHARED.glob("exports/*/expected.json")) or ["-"]
)
def test_an_acceptance_export_does_not_give_its_expected_figures(
    folder: str, capsys: Output
) -> None:
    expected = json.loads(shared_path(f"exports/{folder}/expected.json").read_text("utf-8"))
    window, acks = expected["window"], expected["ack_patterns"]
    given = [each for text in acks for each in ("--ack", text)]

    told = report_json(
        capsys,
        shared_path(f"exports/{folder}"),
        *("--tz", expected["config"]["timezone"]),
        *("--start", window["start"], "--end", window["end"], "--as-of", window["as_of"]),
        *given,
    )

    # The words that end a talk are ours, more than those of the sample.
    assert set(expected["config"].pop("closers")) <= set(told["config"]["closers"])
    assert told["ack_patterns"] == acks
    assert list(differences("", expected, told)) == []


def test_an_acceptance_export_needs_to_be_told_what_is_automatic(capsys: Output) -> None:
    expected = json.loads(
        shared_path("exports/synthetic_facebook/expected.json").read_text("utf-8")
    )
    window = expected["window"]

    told = report_json(
        capsys,
        shared_path("exports/synthetic_facebook"),
        *(*TZ, "--start", window["start"], "--end", window["end"], "--as-of", window["as_of"]),
    )

    assert list(differences("", expected["metrics"], told["metrics"])) == []


def test_public_samples_are_read_otherwise_than_their_authors_do(capsys: Output) -> None:
    whatsapp = shared_path("exports/public/chat-miner/whatsapp_ddmmyy_24hrs.txt")
    target = json.loads(whatsapp.with_name("whatsapp_target.json").read_text("utf-8"))
    line = shared_path("exports/public/line2json/talk-mobile.txt")
    texts = json.loads(line.with_name("expected.txt").read_text("utf-8"))

    said = report_json(capsys, whatsapp, "--brand", "John Doe", "--tz", "UTC")["events"]
    talked = report_json(capsys, line, "--brand", "A", "--tz", "UTC")["events"]

    assert [
        (each["at"][:-1], each["sender"], " ".join(each["text"].split()))
        for each in reversed(said)
        if each["text"] != "."
    ] == [(each["timestamp"], each["author"], each["message"]) for each in target]
    assert [
        (each["at"][:16].replace("-", "/"), each["sender"], " ".join(each["text"].split()))
        for each in talked
        if each["text"] and "://" not in each["text"]
    ] == [(f"{each['date']}T{each['time']}", each["user"], each["message"]) for each in texts]


def test_the_honest_figures_stand_without_the_naive_ones(export: Path, capsys: Output) -> None:
    assert report(export, *TZ) == 0

    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert f"{BRAND}: 4 conversations, 16 messages (LINE Official Account, chats as CSV)" in lines
    assert "5 asks: 3 answered, 2 unanswered" in lines
    assert "median 11 h 50 min at least 8 min 55 s 22 min 20 s" in lines
    assert "unanswered 40.0 % left out" in lines
    assert f'automatic, so no answer: "{ACK}" (2 conversations); wrong? --answer TEXT' in lines
    assert any(line.startswith("limit: LINE keeps texts for a year") for line in lines)


def test_a_project_is_needed(export: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.chdir(export.parent)

    assert report(export.name) == 0
    assert sorted(path.name for path in export.parent.iterdir()) == [export.name]


def test_what_came_after_the_instant_is_counted(export: Path, capsys: Output) -> None:
    told = report_json(capsys, export, *TZ, "--as-of", "2026-03-17T10:05")
    earlier = report_json(capsys, export, *TZ, "--as-of", "2026-03-17T10:00:20")

    assert told["metrics"]["asks"] == 1
    assert told["metrics"]["open"] == 1
    assert told["asks"][0]["first_touch_s"] == 37
    assert (told["asks"][0]["messages"], earlier["asks"][0]["messages"]) == (2, 1)


def test_the_export_is_not_the_end_of_what_is_known(export: Path, capsys: Output) -> None:
    told = report_json(capsys, export, *TZ)

    assert told["window"] == {
        "start": "2026-03-17T00:00:00+08:00",
        "end": "2026-03-21T00:00:00+08:00",
        "as_of": "2026-03-20T12:00:00+08:00",
    }


def test_what_is_an_answer_cannot_be_told(export: Path, capsys: Output) -> None:
    told = report_json(capsys, export, *TZ, "--answer", "稍後回覆")

    assert told["metrics"]["answered"] == 4
    assert told["ack_patterns"] == []


def test_a_median_is_finer_than_the_times_of_the_export(tmp_path: Path, capsys: Output) -> None:
    rows = ("17/03/2026, 10:00 - Demo: hi?", "17/03/2026, 10:00 - Shop: yes")
    put(tmp_path / "WhatsApp Chat with Demo.txt", "\n".join(rows))

    assert report(tmp_path, *TZ) == 0

    out = capsys.readouterr().out
    assert re.search(r"^median +under 1 min ", out, re.MULTILINE)
    assert "limit: Times are to the minute" in out


def test_the_file_of_asks_lacks_one(export: Path, tmp_path: Path, capsys: Output) -> None:
    file = tmp_path / "asks.csv"

    assert report(export, *TZ, "--csv", file) == 0

    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
    assert [row["wait_seconds"] for row in rows] == [
        "535.0",
        "1340.0",
        "252000.0",
        "42600.0",
        "130200.0",
    ]


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_page_fetches_or_runs_something(
    export: Path, tmp_path: Path, language: str, capsys: Output
) -> None:
    page = tmp_path / "page.html"

    assert report(export, *TZ, "--html", page, "--language", language) == 0

    text = page.read_text("utf-8")
    t = words(language)
    assert not re.search(r"<script|javascript:|\son\w+=|src=|href=|url\(|@import|style=", text)
    assert "default-src 'none'; style-src 'sha256-" in text
    assert t("history.title", brand=BRAND) in text
    assert len(re.findall(r"<svg", text)) == len(re.findall(r"</svg>", text)) >= 2
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(drawing)
    assert text.count("<details>") == text.count("</details>") == 3


def test_a_customer_is_named_on_the_page(export: Path, tmp_path: Path, capsys: Output) -> None:
    names = [chat.customer for chat in CHATS]
    shown = []
    for words_ in ((), ("--names",)):
        assert report(export, *TZ, "--html", tmp_path / "page.html", *words_) == 0
        text = (tmp_path / "page.html").read_text("utf-8")
        shown.append([name for name in names if name in text])

    assert shown == [[], ["Jo Demo", "李測試"]]
    assert report(export, *TZ, "--html", tmp_path / "page.html") == 0
    assert "J. D. #2" in (tmp_path / "page.html").read_text("utf-8")


def test_an_export_writes_into_the_page(tmp_path: Path, capsys: Output) -> None:
    evil = "<script>alert(1)</script>"
    chat = line_oa_csv(CHATS[1], "en").replace(b"Jo Demo", f"{evil}".encode())
    zipped(
        tmp_path / "e.zip",
        {f"1_x_{evil.replace('/', '')}.csv": chat.replace(BRAND.encode(), evil.encode())},
    )

    assert report(tmp_path / "e.zip", "--html", tmp_path / "page.html", "--names") == 0
    assert "<script" not in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--brand", "Nobody"), "nobody is called 'Nobody'; say who the brand is with --brand"),
        (("--start", "2026-03-20", "--end", "2026-03-19"), "is not before --end"),
        (("--channel", "line"), "an export has one channel"),
        (("--format", "x"), "no x among 8 files"),
        (("--start", "soon"), "'soon' is neither a day nor an instant"),
    ],
)
def test_what_cannot_be_done_gives_a_traceback(
    tmp_path: Path, capsys: Output, given: tuple[str, ...], told: str
) -> None:
    path = LAYOUTS["facebook"].write(tmp_path, CHATS)

    assert report(path, *TZ, *given) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("antiphon report: ")
    assert told in err


def test_an_empty_window_gives_a_traceback(export: Path, tmp_path: Path, capsys: Output) -> None:
    page = tmp_path / "page.html"
    given: tuple[Any, ...] = ("--start", "2020-01-01", "--end", "2020-01-02", "--html", page)

    assert report(export, *TZ, *given) == 0
    assert "0 asks: 0 answered" in capsys.readouterr().out
    assert words("en")("history.empty") in page.read_text("utf-8")
