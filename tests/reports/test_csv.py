"""CSV cells: no formula runs, no digit is lost, and every text comes back."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.csv import Cell, guarded, to_csv, unguarded
from tests.shared import SHARED

_DANGEROUS = tuple("=+-@\t\r\n\0") + tuple(chr(ord(sign) + 0xFEE0) for sign in "=+-@")
_FILES = ("badinput/own/csv_cells.json", "badinput/fetched/csv.json")
_CELLS: list[str] = [
    cell
    for name in _FILES
    if (SHARED / name).exists()
    for cell in json.loads((SHARED / name).read_text())["items"]
]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("text", [*_CELLS, "-5 件", "=w= 好可愛", "0912345678", "+886 912 345 678"])
def test_a_cell_is_inert_and_comes_back(text: str) -> None:
    ((_, written),) = cells(to_csv([{"a": 1, "b": text}]))[1:]

    assert not written.startswith(_DANGEROUS)
    assert unguarded(written) == text


@given(st.text())
def test_any_text_is_inert_and_comes_back(text: str) -> None:
    ((_, written),) = cells(to_csv([{"a": 1, "b": text}]))[1:]

    assert not written.startswith(_DANGEROUS)
    assert unguarded(written) == text


@pytest.mark.parametrize(
    "text",
    ["=1+1", " =1+1", "\u200b=1", "\u3000=1", "\t嗨", '"=1+1', ";=1+1", "'好", "\u22121", "|cmd"],
)
def test_what_a_spreadsheet_might_run_is_guarded(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    ["0912345678", "24012345678901234", "1E5", "2026/11/22", "MARCH1", "3-4", "02-2345 6789"],
)
def test_what_a_spreadsheet_would_reckon_with_stays_text(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["", "你好", "多少錢？", "A-1", "m_8x", "line/U1/m1", "好=好", "3 件"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert guarded(text) == text


def test_a_file_opens_with_its_mark_and_columns_and_keeps_numbers_numbers() -> None:
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    row: dict[str, Cell] = {
        "=name": 'a,"b"\r\nc',
        "n": -1.5,
        "none": None,
        "at": at,
        "day": date(2026, 3, 2),
    }

    assert to_csv([row]) == (
        '\ufeff\'=name,n,none,at,day\r\n"a,""b""\r\nc",-1.5,,2026-03-02T02:00:00Z,2026-03-02\r\n'
    )


def test_no_rows_are_an_empty_file() -> None:
    assert to_csv([]) == "\ufeff"


def test_no_rows_lose_their_headings() -> None:
    assert to_csv([], columns=["ask", "=n"]) == "\ufeffask,'=n\r\n"
