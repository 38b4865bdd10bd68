"""A question of a program: its filters as the pages read them, and whose token asks."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.reports.choice import Choice
from bot.store.tokens import Scope, Token
from bot.web.api import cursor
from bot.web.api.cursor import Cursor
from bot.web.api.problems import Problem
from bot.web.keys import CLOCK, CONFIG
from bot.web.reports import query, seam
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.rows import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked; *given* are the filters as written, *cursor* is where a list goes on."""

    request: web.Request
    given: Mapping[str, str]
    query: Query
    token: Token
    cursor: Cursor | None

    @property
    def choice(self) -> Choice:
        """The asks that are looked at."""
        return seam.choice(self.request, self.query)

    @property
    def people(self) -> People:
        """How much of the customers the token shows."""
        return "words" if self.token.may(Scope.WORDS) else "nobody"


def understood(request: web.Request, given: Mapping[str, str], token: Token) -> Asking:
    """Read the filters *given*. Raises Problem."""
    where = None
    if text := given.get("cursor"):
        where = cursor.read(text, request.path, given)
    pinned = {} if where is None else {"as_of": where.as_of.isoformat()}
    try:
        chosen = query.read({**given, **pinned}, request.app[CONFIG], now=request.app[CLOCK]())
    except WrongFilter as exc:
        raise Problem("wrong-filter", f"{exc}; /api lists what each filter takes.") from exc
    return Asking(request=request, given=given, query=chosen, token=token, cursor=where)
