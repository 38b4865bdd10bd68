"""Rows -> a workbook: real dates and numbers, and texts that are nothing but texts."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from bot.reports.csv import Cell

LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_575
_WIDEST, _NARROWEST, _LOOKED_AT = 60, 8, 200
_OPTIONS = {
    # Rows go to disk as they are written: a year of asks fits into little memory.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_INSTANT, _DAY, _DECIMAL = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "0.0##"


class TooManyRows(Exception):
    """A sheet holds 1,048,575 rows; choose fewer days, or take the CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet's *name*, its *headings* by column, and its *rows*."""

    name: str
    headings: Mapping[str, str]
    rows: Sequence[Mapping[str, Cell]]


def to_xlsx(
    sheet: Sheet, *, about: Sequence[tuple[str, Cell]], about_name: str, zone: ZoneInfo
) -> bytes:
    """Write *sheet*, and a second one that says what it is *about*.

    Spreadsheets know no zones: instants are those of *zone*, which *about* should name.
    Raises TooManyRows.
    """
    if len(sheet.rows) > MOST_ROWS:
        raise TooManyRows
    out = io.BytesIO()
    with Workbook(out, _OPTIONS) as book:
        formats = {name: book.add_format({"num_format": name}) for name in (_INSTANT, _DAY)}
        formats[_DECIMAL] = book.add_format({"num_format": _DECIMAL})
        bold = book.add_format({"bold": True})
        pen = _Pen(book.add_worksheet(sheet.name), formats, zone)
        pen.table(sheet, bold)
        _Pen(book.add_worksheet(about_name), formats, zone).facts(about, bold)
    return out.getvalue()


class _Pen:
    """Writes cells of one sheet, from top to bottom."""

    def __init__(self, sheet: Any, formats: Mapping[str, Any], zone: ZoneInfo) -> None:
        self._sheet = sheet
        self._formats = formats
        self._zone = zone

    def table(self, sheet: Sheet, bold: Any) -> None:
        columns = list(sheet.headings)
        for place, column in enumerate(columns):
            shown = [sheet.headings[column], *(row[column] for row in sheet.rows[:_LOOKED_AT])]
            self._sheet.set_column(place, place, _width(shown))
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, len(sheet.rows), max(len(columns) - 1, 0))
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, sheet.headings[column], bold)
        for number, row in enumerate(sheet.rows, 1):
            for place, column in enumerate(columns):
                self._write(number, place, row[column])

    def facts(self, about: Sequence[tuple[str, Cell]], bold: Any) -> None:
        self._sheet.set_column(0, 0, _width([name for name, _ in about]))
        self._sheet.set_column(1, 1, _width([cell for _, cell in about]))
        for number, (name, cell) in enumerate(about):
            self._sheet.write_string(number, 0, name, bold)
            self._write(number, 1, cell)

    def _write(self, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None | "":
                pass
            case str():
                self._sheet.write_string(row, column, cell[:LONGEST_TEXT])
            case bool():
                self._sheet.write_boolean(row, column, cell)
            case datetime():
                there = cell.astimezone(self._zone).replace(tzinfo=None)
                self._sheet.write_datetime(row, column, there, self._formats[_INSTANT])
            case date():
                self._sheet.write_datetime(row, column, cell, self._formats[_DAY])
            case float():
                self._sheet.write_number(row, column, cell, self._formats[_DECIMAL])
            case _:
                self._sheet.write_number(row, column, cell)


def _width(cells: Sequence[Cell]) -> int:
    return min(max([_NARROWEST, *(_letters(cell) + 2 for cell in cells)]), _WIDEST)


def _letters(cell: Cell) -> int:
    match cell:
        case datetime():
            return len("2026-01-01 00:00:00")
        case str():
            return sum(2 if east_asian_width(letter) in "FW" else 1 for letter in cell[:_WIDEST])
        case _:
            return len(str(cell or ""))
