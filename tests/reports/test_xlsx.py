"""Workbooks: numbers are numbers, instants are dates, and a text is never anything else."""

import io
import json
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from bot.reports import xlsx
from bot.reports.csv import Cell
from bot.reports.xlsx import Sheet, TooManyRows, to_xlsx
from tests.shared import shared_path

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 3, 2, 3, 4, 5, tzinfo=UTC)


def written(*cells: Cell, heading: str = "x") -> bytes:
    sheet = Sheet(name="Asks", headings={"x": heading}, rows=[{"x": cell} for cell in cells])
    return to_xlsx(sheet, about=[("zone", "Asia/Taipei")], about_name="About", zone=TAIPEI)


def read(content: bytes) -> list[object]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    values = [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)]
    # A reader of workbooks has to undo how they write control characters.
    return [unescape(value) if isinstance(value, str) else value for value in values]


def kinds(content: bytes) -> set[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {row[0].data_type for row in book.worksheets[0].iter_rows(min_row=2)}


def test_a_value_changes_its_kind() -> None:
    cells = (3, 1.25, True, "0912345678", "2026-03-01", NOW, date(2026, 3, 1), None, "end")

    assert read(written(*cells)) == [
        *(3, 1.25, True, "0912345678", "2026-03-01"),
        datetime(2026, 3, 2, 11, 4, 5),  # noqa: DTZ001
        datetime(2026, 3, 1),  # noqa: DTZ001
        *(None, "end"),
    ]


def test_a_hostile_text_becomes_a_formula_a_link_or_another_text() -> None:
    items = json.loads(shared_path("badinput/own/csv_cells.json").read_text(encoding="utf-8"))
    texts = [each for each in items["items"] if each.isprintable()]
    texts += [
        "=1+1",
        "{=1}",
        "https://example.com",
        "mailto:a@example.com",
        "internal:A1",
        "_x0041_",
    ]

    content = written(*texts)

    assert read(content) == texts
    assert kinds(content) == {"s"}
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=8))
def test_a_text_comes_back_changed(texts: list[str]) -> None:
    assert read(written(*texts, "end"))[:-1] == texts


def test_a_long_text_breaks_the_workbook() -> None:
    (cut,) = read(written("長" * 40_000))

    assert cut == "長" * 32_767


def test_the_heading_scrolls_away_or_columns_are_too_narrow() -> None:
    content = written("很長的一句話" * 3, heading="標題")

    first, second = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert (first.freeze_panes, first["A1"].value) == ("A2", "標題")
    assert first.column_dimensions["A"].width >= 36
    assert [cell.value for cell in second[1]] == ["zone", "Asia/Taipei"]


def test_more_rows_than_a_sheet_holds_are_cut_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)

    assert read(written(1, 2)) == [1, 2]
    with pytest.raises(TooManyRows):
        written(1, 2, 3)
