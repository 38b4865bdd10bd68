"""Lists of asks and conversations, page by page, and whole as files."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.reports.behind import UnknownFigure, behind
from bot.reports.choice import Cohort
from bot.reports.report import plain
from bot.reports.waits import Measured
from bot.reports.xlsx import TooManyRows
from bot.store.logged import row_of
from bot.web.api.asking import Asking
from bot.web.api.cursor import Cursor
from bot.web.api.parameters import MOST_ROWS, USUAL_ROWS
from bot.web.api.problems import Problem
from bot.web.reports import files, query, seam
from bot.web.reports import lists as pages
from bot.web.reports.files import File, Kind
from bot.web.reports.query import WrongFilter
from bot.web.reports.rows import number_of

EVERYTHING = "all"


async def asks(asking: Asking) -> dict[str, Any]:
    """A page of asks."""
    asked = await seam.cohort(asking.request, asking.choice)
    return await _page(asking, asked, asking.given.get("figure") or EVERYTHING, "asks")


async def conversations(asking: Asking) -> dict[str, Any]:
    """A page of conversations."""
    asked = await seam.cohort(asking.request, asking.choice)
    return await _page(asking, asked, asking.given.get("figure") or EVERYTHING, "conversations")


async def unanswered(asking: Asking) -> dict[str, Any]:
    """A page of the asks that wait now."""
    asked = await seam.cohort(asking.request, pages.still(asking.request, asking.query))
    return await _page(asking, asked, "to-answer", "asks")


async def whole(asking: Asking, file: File) -> web.Response:
    """All rows as a file. Raises Problem."""
    figure = asking.given.get("figure") or EVERYTHING
    request, asked = asking.request, await seam.cohort(asking.request, asking.choice)
    group = _group(asked, figure)
    found = await files.found_rows(request, file.kind, group, asked, asking.people)
    reader = seam.reader(request, asking.query)
    try:
        return await files.written(request, file, found, asking.people, asked, reader, figure)
    except TooManyRows as exc:
        raise Problem("too-many-rows", "Choose fewer days, or take the CSV.") from exc


async def _page(asking: Asking, asked: Cohort, figure: str, kind: Kind) -> dict[str, Any]:
    group, key = _group(asked, figure), _KEYS[kind]
    numbers = sorted({key(each) for each in group})
    after = -1 if asking.cursor is None else asking.cursor.after
    left = [number for number in numbers if number > after]
    shown = left[: _limit(asking)]
    chosen = set(shown)
    part = sorted((each for each in group if key(each) in chosen), key=key)
    found = await files.found_rows(asking.request, kind, part, asked, asking.people)
    return {
        **seam.head(asked),
        "figure": figure,
        "total": len(numbers),
        "next": _next(asking, shown[-1]) if len(left) > len(shown) else None,
        "items": [_item(row, kind) for row in found],
    }


def _item(row: dict[str, Any], kind: Kind) -> dict[str, Any]:
    unknown = {"customer": None, "text": None} | ({"author": None} if kind == "asks" else {})
    return {name: plain(value) for name, value in (unknown | row).items()}


def _first_message(each: Measured) -> int:
    # The order of coming, which nothing that comes later changes; opening times may be told late.
    return row_of(min(each.ask.message_ids)) or 0


def _conversation(each: Measured) -> int:
    return number_of(each.ask.conversation)


_KEYS: dict[Kind, Callable[[Measured], int]] = {
    "asks": _first_message,
    "conversations": _conversation,
}


def _group(asked: Cohort, figure: str) -> Sequence[Measured]:
    choice = asked.choice
    try:
        return behind(asked.asks, figure, actor=choice.actor, measure=choice.measure)
    except UnknownFigure as exc:
        raise Problem(
            "wrong-filter", f"There is no figure {figure[:40]!r}; take one that /api lists."
        ) from exc


def _limit(asking: Asking) -> int:
    try:
        return query.number(asking.given.get("limit"), most=MOST_ROWS) or USUAL_ROWS
    except WrongFilter as exc:
        raise Problem("wrong-filter", f"limit: {exc}.") from exc


def _next(asking: Asking, after: int) -> str:
    path = asking.request.path
    where = Cursor(as_of=asking.query.as_of, after=after).text(path, asking.given)
    kept = {name: value for name, value in asking.given.items() if name != "cursor"}
    return f"{path}?{urlencode({**kept, 'cursor': where})}"
