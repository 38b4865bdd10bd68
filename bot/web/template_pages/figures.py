"""What came of each variant of a template, and the conversations behind every figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from babel.numbers import format_decimal
from sqlalchemy import Connection

from bot.reports.estimate import Estimate
from bot.reports.variants import OUTCOMES, Comparison, Line, Outcome, Said, behind
from bot.store.agents import Role
from bot.store.said import words as words_of
from bot.variants import Window, comparisons, template_files
from bot.web.auth import signed_in
from bot.web.keys import CAPABILITIES, CLOCK, CONFIG, DATABASE
from bot.web.pages import language_of, page
from bot.web.reports import query
from bot.web.reports.numbers import Numbers
from bot.web.reports.query import Query, WrongFilter
from bot.web.reports.view import At
from bot.web.template_pages.pages import entry_of, present
from bot.web.words import LOCALES, words

PAGE = 50
_Row = tuple[Said, Line | None]


def setup(app: web.Application) -> None:
    """Add the routes; who may see them has to be a manager."""
    guard = signed_in(Role.MANAGER)
    app.router.add_get("/templates/{name:[^/]{1,100}}/figures", guard(figures))
    app.router.add_get("/templates/{name:[^/]{1,100}}/figures/replies", guard(replies))


async def figures(request: web.Request) -> web.Response:
    """Every file of a template, its variants side by side."""
    chosen = _query(request)
    entry = entry_of(request, await present(request))
    found = await _compared(request, entry.name, chosen)
    return page(
        request,
        "template_pages/figures.html",
        **_common(request, chosen, entry.name),
        entry=entry,
        found=found,
        outcomes=OUTCOMES,
        channels=sorted(name for name in request.app[CAPABILITIES]),
    )


async def replies(request: web.Request) -> web.Response:
    """The replies or conversations that one figure counts."""
    chosen = _query(request)
    entry = entry_of(request, await present(request))
    found = await _compared(request, entry.name, chosen)
    rows = sorted(_rows(request, found), key=lambda row: (row[0].at, row[0].place), reverse=True)
    number, pages = _page(request), max(-(-len(rows) // PAGE), 1)
    if number > pages:
        raise web.HTTPNotFound
    shown = rows[(number - 1) * PAGE : number * PAGE]
    texts = await request.app[DATABASE].read(lambda connection: words_of(connection, shown))
    return page(
        request,
        "template_pages/replies.html",
        **_common(request, chosen, entry.name),
        entry=entry,
        rows=list(zip(shown, texts, strict=True)),
        total=len(rows),
        number=number,
        pages=pages,
        given=request.query,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses of what is behind the figures of one template."""

    name: str
    query: Query

    def figures(self, **changes: object) -> str:
        """The figures with the same filters."""
        return self.query.link(self._path, **changes)

    def replies(
        self,
        one: Comparison,
        group: str,
        *,
        variant: int | None = None,
        hit: bool = False,
    ) -> str:
        """The list behind a figure: *group* is an outcome, or one of sent, met, pending, earlier,
        repeated, unsent.
        """
        return self.query.link(
            f"{self._path}/replies",
            language=one.file.language,
            version=one.file.version,
            group=group,
            variant=None if variant is None else variant + 1,
            hit="yes" if hit else None,
            as_of=self.query.as_of_text,
        )

    def page(self, given: Mapping[str, str], number: int) -> str:
        """Another page of the list at the address that was *given*."""
        kept = {key: value for key, value in given.items() if key != "page"}
        return f"{self._path}/replies?{urlencode({**kept, 'page': number})}"

    @property
    def _path(self) -> str:
        return f"/templates/{quote(self.name, safe='')}/figures"


@dataclass(frozen=True, slots=True)
class Points:
    """Differences of shares, in percentage points."""

    language: str

    def value(self, share: float | None) -> str:
        """With its sign."""
        return format_decimal(
            100 * (share or 0.0), "+0.0;\N{MINUS SIGN}0.0", locale=LOCALES[self.language]
        )

    def interval(self, estimate: Estimate) -> tuple[str, str]:
        """Both ends."""
        return self.value(estimate.low), self.value(estimate.high)


def _common(request: web.Request, chosen: Query, name: str) -> dict[str, Any]:
    language = language_of(request)
    return {
        "query": chosen,
        "links": Links(name=name, query=chosen),
        "numbers": Numbers(words(language)),
        "points": Points(language),
        "at": At(chosen.zone, language),
    }


def _query(request: web.Request) -> Query:
    try:
        return query.read(request.query, request.app[CONFIG], now=request.app[CLOCK]())
    except WrongFilter as exc:
        raise web.HTTPUnprocessableEntity from exc


async def _compared(request: web.Request, name: str, chosen: Query) -> list[Comparison]:
    files = list(template_files((await present(request)).config, name))
    span = chosen.choice(query.clock_of(chosen, request.app[CONFIG])).window
    window = Window(since=span.start_at, until=span.end_at, as_of=span.as_of)

    def work_out(connection: Connection) -> list[Comparison]:
        return comparisons(connection, files, name, window, channel=chosen.channel)

    return await request.app[DATABASE].read(work_out)


def _rows(request: web.Request, found: Sequence[Comparison]) -> list[_Row]:
    """What the address asks for. Raises HTTPUnprocessableEntity."""
    given = request.query
    file = given.get("language"), given.get("version")
    group, variant = given.get("group", ""), given.get("variant", "1")
    one = next((each for each in found if (each.file.language, each.file.version) == file), None)
    if one is None:
        raise web.HTTPNotFound
    if group in {"earlier", "repeated", "unsent"}:
        return [(said, None) for said in getattr(one, group)]
    if variant not in {str(arm.variant + 1) for arm in one.arms}:
        raise web.HTTPUnprocessableEntity
    arm = one.arms[int(variant) - 1]
    if group == "sent":
        return [(said, None) for said in arm.said]
    if group in {"met", "pending"}:
        return [(each.said, None) for each in arm.met if group == "met" or not each.settled]
    outcome = _outcome(group)
    met = behind(arm.met, outcome, hit="hit" in given)
    return [(each.said, each.outcomes.get(outcome)) for each in met]


def _outcome(group: str) -> Outcome:
    found = next((each for each in OUTCOMES if each == group), None)
    if found is None:
        raise web.HTTPUnprocessableEntity
    return found


def _page(request: web.Request) -> int:
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text)):
        raise web.HTTPUnprocessableEntity
    return int(text)
