"""`antiphon report`: every figure with its interval and its n, from a log that is only read."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.cli import main
from bot.cli.report_table import duration, share
from bot.store import schema
from bot.store.database import engine, sqlite_url
from bot.store.tables import messages
from tests.history import History
from tests.shared import shared_path

Output = pytest.CaptureFixture[str]
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BRAND = """\
brand:
  name: {en: Demo Shop, zh-Hant: 示範店}
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
  HOURS
channels: {webchat: [{account: site}]}
"""
WINDOW = ("--start", "2026-03-02", "--end", "2026-03-03", "--as-of", "2026-03-02T12:00+00:00")


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    """A folder with config.yml and a log: one quick answer, one slow one, one that never came."""
    hours = 'hours: {monday: ["09:00-10:20"]}'
    (tmp_path / "config.yml").write_text(BRAND.replace("HOURS", hours), encoding="utf-8")
    (tmp_path / "data").mkdir()
    made = engine(sqlite_url(tmp_path / "data"))
    schema.prepare(made)
    with made.connect().execution_options(writes=True) as connection:
        history = History(connection, AT)
        mei = history.agent("Mei")
        history.says("a", "有貨嗎？", AT, bot={})
        history.says("b", "我要找真人", AT, channel="messenger", hands_off=True)
        history.says("c", "還在嗎？", AT + 30 * MINUTE)
        history.replies("b", mei, "您好", AT + 60 * MINUTE, "messenger")
        connection.commit()
    made.dispose()
    return tmp_path


def report(folder: Path, *words: str) -> int:
    return main(["report", "--config", str(folder / "config.yml"), *words])


def test_the_table_lacks_an_interval_an_n_or_a_clock(brand: Path, capsys: Output) -> None:
    assert report(brand, *WINDOW) == 0

    calendar, business = capsys.readouterr().out.split("\n\nDemo Shop")
    assert calendar.startswith(
        "Demo Shop: asks opened from 2026-03-02 00:00 until 2026-03-03 00:00, Asia/Taipei\n"
        "as of 2026-03-02 20:00 | calendar clock | channels: all"
    )
    assert "3 asks: 2 answered, 1 open" in calendar
    assert "oldest wait 9 h 30 min: line/c3/m000000000004" in calendar
    lines = [line.split() for line in calendar.splitlines()]
    assert [
        "answered",
        "to",
        "date",
        "bot",
        "33.3",
        "%",
        "6.1",
        "%",
        "to",
        "79.2",
        "%",
        "3",
    ] in lines
    assert ["human", "1", "h", "1", "h", "to", "-", "3"] in lines
    assert "business clock" in business
    assert ["human", "20", "min", "20", "min", "to", "20", "min", "3"] in [
        line.split() for line in business.splitlines()
    ]
    assert not any(line.endswith(" ") for line in calendar.splitlines())


def test_without_opening_hours_there_is_a_business_clock(brand: Path, capsys: Output) -> None:
    (brand / "config.yml").write_text(BRAND.replace("HOURS", "holidays: TW"), encoding="utf-8")

    report(brand, *WINDOW, "--json")

    assert [each["clock"] for each in json.loads(capsys.readouterr().out)["reports"]] == [
        "calendar"
    ]


def test_one_channel_is_mixed_with_the_others(brand: Path, capsys: Output) -> None:
    report(brand, *WINDOW, "--json", "--channel", "messenger")

    told = json.loads(capsys.readouterr().out)
    assert told["channel"] == "messenger"
    assert told["reports"][0]["by_actor"]["either"]["spread"]["n"] == 1


def test_what_came_after_the_instant_is_counted(brand: Path, capsys: Output) -> None:
    report(brand, "--start", "2026-03-02", "--as-of", "2026-03-02T10:45", "--json")

    (first, _) = json.loads(capsys.readouterr().out)["reports"]
    assert first["by_actor"]["either"]["open"] == 2
    assert first["window"]["as_of"] == "2026-03-02T02:45:00Z"


def test_days_are_not_those_of_the_zone_given(brand: Path, capsys: Output) -> None:
    report(brand, *WINDOW, "--tz", "America/New_York", "--json")

    (first, _) = json.loads(capsys.readouterr().out)["reports"]
    assert first["window"]["start_at"] == "2026-03-02T05:00:00Z"
    assert first["by_actor"]["either"]["spread"]["n"] == 0


def test_the_file_of_asks_is_not_one_that_spreadsheets_read(brand: Path, tmp_path: Path) -> None:
    file = tmp_path / "asks.csv"

    report(brand, *WINDOW, "--csv", str(file))

    raw = file.read_bytes()
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 4
    assert [(row["ask"], row["status"], row["wait_seconds"]) for row in rows] == [
        ("line/c1/m000000000001", "answered", "1.0"),
        ("messenger/c2/m000000000003", "answered", "3600.0"),
        ("line/c3/m000000000004", "open", "34200.0"),
    ]


def test_the_log_is_written_to_or_locked_by_a_report(brand: Path) -> None:
    made = engine(sqlite_url(brand / "data"))
    with made.connect().execution_options(writes=True) as connection:
        row = connection.execute(select(messages)).mappings().first()
        assert row is not None
        connection.execute(insert(messages), [dict(row) | {"id": None}])

        assert report(brand, *WINDOW) == 0
        connection.commit()
    made.dispose()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--start", "yesterday"), "'yesterday' is neither a day nor an instant"),
        (("--start", "2026-03-03", "--end", "2026-03-02"), "is not before --end"),
        (("--data", "/nonexistent"), "there is no database in /nonexistent"),
        (("--cases", "/nonexistent.json"), "there is no /nonexistent.json"),
    ],
)
def test_what_cannot_be_reported_gives_a_traceback(
    brand: Path, capsys: Output, words: tuple[str, ...], told: str
) -> None:
    try:
        code = report(brand, *words)
    except SystemExit as left:
        code = int(str(left.code))

    assert code == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.startswith("antiphon report: ")


def test_a_database_of_another_version_is_read(brand: Path, capsys: Output) -> None:
    made = engine(sqlite_url(brand / "data"))
    with made.connect().execution_options(writes=True) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    made.dispose()

    assert report(brand, *WINDOW) == 2
    assert "version 9999" in capsys.readouterr().err


def test_the_arithmetic_differs_from_the_acceptance_cases(capsys: Output) -> None:
    file = shared_path("metrics_cases.json")

    assert main(["report", "--cases", str(file)]) == 0

    lines = capsys.readouterr().out.splitlines()
    cases = json.loads(file.read_text(encoding="utf-8"))["cases"]
    assert lines == [f"passed {case['id']}" for case in cases]


def test_a_case_that_differs_passes_or_is_not_named(tmp_path: Path, capsys: Output) -> None:
    source = json.loads(shared_path("metrics_cases.json").read_text(encoding="utf-8"))
    case = next(each for each in source["cases"] if each["kind"] == "rows")
    case["expected"]["metrics"]["asks"] += 1
    (tmp_path / "cases.json").write_text(json.dumps({"cases": [case]}), encoding="utf-8")

    assert main(["report", "--cases", str(tmp_path / "cases.json")]) == 1

    assert f"failed {case['id']} metrics.asks: expected" in capsys.readouterr().out


def test_a_file_that_holds_no_cases_gives_a_traceback(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "cases.json").write_text('{"cases": [{"id": 1}]}', encoding="utf-8")

    assert main(["report", "--cases", str(tmp_path / "cases.json")]) == 2
    assert "holds no cases" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.5, "1 min"),
        (680, "11 min 20 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (86400 + 59, "1 d"),
        (7 * 86400, "7 d"),
        (None, "-"),
    ],
)
def test_a_duration_reads_wrong(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


def test_a_share_of_nothing_reads_as_zero() -> None:
    assert (share(None), share(0.0), share(0.87654)) == ("-", "0.0 %", "87.7 %")
