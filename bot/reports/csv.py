"""Rows -> CSV that spreadsheets read as it is, and never as a formula.

Guarding: https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias
from unicodedata import category, normalize

Cell: TypeAlias = str | int | float | date | None

# Without it Excel reads UTF-8 as the local code page.
_MARK = "\ufeff"
_GUARD = "'"
_FORMULA = frozenset("=+-@|%\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}")
_CONTROLS = ("\t", "\r", "\n", "\0")
# A reader with other delimiters than ours may take these away before it looks for a formula.
_SKIPPED = frozenset("\"';,")
# Numbers and dates as a spreadsheet guesses them: it would cut zeros, digits or the year.
_GUESSED = re.compile(
    r"\s*(?:[\d.,:/\s-]+(?:E[+-]?\d+)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"[\s.-]*\d+)\s*",
    re.IGNORECASE,
)


def to_csv(rows: Sequence[Mapping[str, Cell]], *, columns: Sequence[str] = ()) -> str:
    """Write *rows* by RFC 4180, with a byte order mark.

    The first row names the columns; where there is none, the headings are those of *columns*.
    Texts are guarded (`guarded`); numbers and instants (ISO 8601, UTC) are not texts.
    """
    out = io.StringIO(newline="")
    out.write(_MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    names = list(rows[0]) if rows else list(columns)
    if names:
        writer.writerow([guarded(name) for name in names])
        writer.writerows([_written(row[name]) for name in names] for row in rows)
    return out.getvalue()


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would change or run."""
    return _GUARD + text if _is_risky(text) else text


def unguarded(cell: str) -> str:
    """Give back the text that `guarded` was given."""
    return cell.removeprefix(_GUARD)


def _is_risky(text: str) -> bool:
    if text.startswith((_GUARD, *_CONTROLS)) or _GUESSED.fullmatch(text):
        return True
    for char in text:
        if char in _SKIPPED or char.isspace() or category(char) in {"Cc", "Cf"}:
            continue
        return char in _FORMULA or normalize("NFKC", char) in _FORMULA
    return False


def _written(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case str():
            return guarded(cell)
        case datetime():
            return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case _:
            return cell
