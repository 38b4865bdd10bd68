"""The rows that pages' files and programs get: asks, and conversations."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from aiohttp import web
from sqlalchemy import Connection

from bot.reports import conversations as by_conversation
from bot.reports.report import facts
from bot.reports.waits import BLANK, Measured
from bot.store.closings import closings
from bot.store.log import Opening, openings
from bot.web.keys import DATABASE

Row = dict[str, Any]
# How much of the customers is shown: nothing, the platform's ids, or their names and words.
People = Literal["nobody", "ids", "words"]
_AT_ONCE = 500


async def asks(request: web.Request, group: Sequence[Measured], *, people: People) -> list[Row]:
    """A row per ask; what is several is a tuple."""
    rows = await asyncio.to_thread(lambda: [facts(each) for each in group])
    if people == "nobody":
        for row in rows:
            del row["author"]
    return await _with_words(request, rows, group, people)


async def conversations(
    request: web.Request, group: Sequence[Measured], *, as_of: datetime, people: People
) -> list[Row]:
    """A row per conversation that an ask of *group* belongs to, oldest conversation first."""
    ids = sorted({number_of(each.ask.conversation) for each in group})
    closed = await request.app[DATABASE].read(
        lambda connection: closings(connection, ids, until=as_of)
    )
    names = {f"c{id}": at for id, at in closed.items()}
    rows = await asyncio.to_thread(by_conversation.conversations, group, names)
    rows.sort(key=lambda row: number_of(row["conversation"]))
    firsts = {each.ask.conversation: each for each in reversed(group)}
    return await _with_words(request, rows, [firsts[row["conversation"]] for row in rows], people)


def columns(kind: str, people: People) -> list[str]:
    """The columns of asks, or of conversations, for files without rows."""
    blank = facts(BLANK) if kind == "asks" else by_conversation.conversations([BLANK], {})[0]
    hidden = {"author"} if people == "nobody" else set()
    words = ("customer", "text") if people == "words" else ()
    return [*(name for name in blank if name not in hidden), *words]


def number_of(conversation: str) -> int:
    """The row id in a conversation's name."""
    return int(conversation.removeprefix("c"))


async def _with_words(
    request: web.Request, rows: list[Row], group: Sequence[Measured], people: People
) -> list[Row]:
    if people != "words":
        return rows
    ids = [each.ask.message_ids[0] for each in group]

    def read(connection: Connection) -> dict[str, Opening]:
        found: dict[str, Opening] = {}
        for start in range(0, len(ids), _AT_ONCE):
            found |= openings(connection, ids[start : start + _AT_ONCE])
        return found

    said = await request.app[DATABASE].read(read)
    for row, id in zip(rows, ids, strict=True):
        opening = said.get(id)
        row["customer"] = None if opening is None else opening.name
        row["text"] = None if opening is None else opening.text
    return rows
