"""Replies with counted links: the list behind every figure of them, and the same as a file."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from aiohttp import web
from babel.numbers import format_currency
from sqlalchemy import Connection

from bot.reports.csv import to_csv
from bot.reports.only import NOTHING
from bot.reports.topics import topic
from bot.store import counted
from bot.store.counted import Reply
from bot.web.keys import DATABASE
from bot.web.pages import page
from bot.web.reports import seam
from bot.web.reports.lists import page_number
from bot.web.reports.query import LONGEST_WORD, Query
from bot.web.reports.seam import Reader
from bot.web.words import LOCALES

PAGE = 50
# Filters that only these lists know.
OWN = ("template", "author")
_FACETS = ("channel", "account", "surface", "intent", "language")
FIGURES: Mapping[str, Callable[[Reply], bool]] = {
    "linked": lambda reply: True,
    "clicked": lambda reply: reply.clicks > 0,
    "led": lambda reply: bool(reply.values),
}


def listed_at(query: Query, figure: str, **more: object) -> str:
    """The address of the replies that *figure* counts."""
    given = {"figure": figure, "as_of": query.as_of_text, **more}
    return query.link("/reports/replies", **given)


async def listed(request: web.Request) -> web.Response:
    """The replies that one figure counts, the latest first."""
    reader = seam.reader(request, seam.asked(request))
    figure, replies = await _behind(request)
    number, pages = page_number(request), max(-(-len(replies) // PAGE), 1)
    if number > pages:
        raise web.HTTPNotFound
    own = {name: request.query[name] for name in OWN if request.query.get(name)}
    return page(
        request,
        "reports/replies.html",
        **seam.shared(request, reader),
        figure=figure,
        rows=replies[(number - 1) * PAGE : number * PAGE],
        total=len(replies),
        number=number,
        pages=pages,
        own=own,
        filters={"figure": figure, "as_of": reader.query.as_of_text} | own,
        worth=lambda reply: worth(summed(reply), reader),
    )


async def as_csv(request: web.Request) -> web.Response:
    """The same as a file for spreadsheets: one line for each reply."""
    chosen_days = seam.asked(request)
    _, replies = await _behind(request)
    name = f"replies-{chosen_days.first}-{chosen_days.last}.csv"
    return web.Response(
        body=to_csv([_line(reply) for reply in replies], columns=list(_line(_BLANK))).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def chosen(connection: Connection, request: web.Request) -> list[Reply]:
    """The replies with counted links that the filters of an address leave."""
    query = seam.asked(request)
    window = seam.choice(request, query).window
    found = counted.replies(
        connection, since=window.start_at, until=window.end_at, as_of=window.as_of
    )
    only = {name: getattr(query.only, name) for name in _FACETS} | _own(request)
    wanted = {name: value for name, value in only.items() if value is not None}
    return [
        reply
        for reply in found
        if all((getattr(reply, name) or NOTHING) == value for name, value in wanted.items())
        and query.only.topic in {None, topic(reply.intent)}
    ]


def summed(reply: Reply) -> list[tuple[str, Decimal]]:
    """What the orders of a reply are worth, by currency."""
    values: dict[str, Decimal] = {}
    for value, currency, _ in reply.values:
        if value is not None and currency is not None:
            values[currency] = values.get(currency, Decimal()) + value
    return sorted(values.items())


def worth(values: Iterable[tuple[str, Decimal]], reader: Reader) -> str:
    """Sums of money, each in its currency: they are never added up."""
    locale = LOCALES[reader.numbers.t.language]
    told = [
        format_currency(value, currency, "¤¤ #,##0.00", locale=locale, currency_digits=False)
        for currency, value in values
    ]
    return " · ".join(told) or reader.numbers.t("reports.none")


def _own(request: web.Request) -> dict[str, str]:
    found = {name: request.query[name] for name in OWN if request.query.get(name)}
    if any(len(value) > LONGEST_WORD for value in found.values()):
        raise web.HTTPUnprocessableEntity
    return found


async def _behind(request: web.Request) -> tuple[str, list[Reply]]:
    figure = request.query.get("figure", "linked")
    if figure not in FIGURES:
        raise web.HTTPUnprocessableEntity
    found = await request.app[DATABASE].read(lambda connection: chosen(connection, request))
    return figure, [reply for reply in found if FIGURES[figure](reply)]


def _line(reply: Reply) -> dict[str, str | int]:
    return {
        "reply": reply.outbox_id,
        "at": reply.at.isoformat().replace("+00:00", "Z"),
        "channel": reply.channel,
        "account": reply.account,
        "surface": reply.surface,
        "author": reply.author,
        "template": reply.template or "",
        "intent": reply.intent or "",
        "language": reply.language or "",
        "links": reply.links,
        "clicks": reply.clicks,
        "orders": len(reply.values),
        "orders_signed": sum(signed for *_, signed in reply.values),
        "value": " ".join(f"{currency} {value}" for currency, value in summed(reply)),
    }


# Tells the columns where there is no reply.
_BLANK = Reply(
    outbox_id="",
    conversation_id=0,
    at=datetime.min.replace(tzinfo=UTC),
    channel="",
    account="",
    surface="",
    author="",
    template=None,
    intent=None,
    language=None,
    text=None,
    links=0,
    clicks=0,
    values=(),
)
