"""The same messages as other products count them, each figure with the messages behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.config import Config
from bot.reports.events import Event, known
from bot.reports.overview import overview
from bot.reports.peers import Counted, Pair, Scope, View, views
from bot.reports.peers.dialogues import dialogues
from bot.reports.peers.meta import BADGE_SECONDS, SILENCE, WINDOW, Badge, badge
from bot.reports.report import plain
from bot.store.log import report_events
from bot.web.keys import CONFIG, DATABASE
from bot.web.pages import page
from bot.web.reports import seam
from bot.web.reports.cells import Cells, Row, Table
from bot.web.reports.lists import PAGE, page_number
from bot.web.reports.numbers import Numbers
from bot.web.reports.query import Query
from bot.web.reports.seam import Reader

# What a product shows first.
HEADLINES = {
    "meta": "response_time",
    "sprout": "reply_time_median",
    "hootsuite": "first_response_mean",
    "zendesk": "first_reply_median",
    "intercom": "first_response_median",
    "chatwoot": "first_response",
}
FACETS = ("channel", "surface")
_UNSEEN = "unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """All views of one choice, and the forecast of Meta's badge."""

    views: tuple[View, ...]
    badge: Badge


async def show(request: web.Request) -> web.Response:
    """Every product's figures, beside ours."""
    reader = seam.reader(request, seam.asked(request))
    made = await worked_out(request, reader.query)
    wanted = replace(seam.choice(request, reader.query), compared=None)
    asked, ours = await seam.worked_out(request, wanted, overview)
    return page(
        request,
        "reports/peers.html",
        **seam.shared(request, reader),
        **seam.counted(asked, reader),
        here="peers",
        views=made.views,
        headlines=HEADLINES,
        ours=ours.by_actor.either.spread,
        badge=made.badge,
        slow=made.badge.time.value is not None and made.badge.time.value > BADGE_SECONDS,
        waiting_of=_waiting,
        said=lambda figure: _said(figure, reader.numbers),
        dropped=[name for name in reader.query.only.chosen() if name not in FACETS],
    )


async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    return web.json_response(told(await worked_out(request, seam.asked(request))))


def told(made: Peers) -> dict[str, Any]:
    """All figures as JSON values."""
    peers = {
        view.peer: {
            "figures": {
                each.name: {"unit": each.unit, "value": each.value, "n": each.n}
                for each in view.figures
            },
            "left_out": len(view.unseen),
            "left_out_unanswered": _waiting(view),
        }
        for view in made.views
    }
    badge = {
        "earned": made.badge.earned,
        "waiting": len(made.badge.waiting),
        "more_answered": made.badge.more_answered,
        "clears_at": made.badge.clears_at,
    }
    return {name: plain(value) for name, value in (("peers", peers), ("badge", badge))}


async def listed(request: web.Request) -> web.Response:
    """The messages behind one figure, or those that a product counts nowhere."""
    reader = seam.reader(request, seam.asked(request))
    made = await worked_out(request, reader.query)
    peer, figure = request.match_info["peer"], request.match_info["figure"]
    pairs = _pairs(made, peer, figure)
    number, pages = page_number(request), max(-(-len(pairs) // PAGE), 1)
    if number > pages:
        raise web.HTTPNotFound
    shown = pairs[(number - 1) * PAGE : number * PAGE]
    return page(
        request,
        "reports/peer_messages.html",
        **seam.shared(request, reader),
        here="peers",
        peer=peer,
        figure=figure,
        total=len(pairs),
        number=number,
        pages=pages,
        rows=shown,
        said=await seam.words_of(request, [pair.message.id for pair in shown]),
        path=request.path,
    )


async def worked_out(request: web.Request, query: Query) -> Peers:
    """What every product would show of the days, channel and surface of *query*."""
    config = request.app[CONFIG]
    return await request.app[DATABASE].read(lambda connection: peers_of(connection, query, config))


def peers_of(connection: Connection, query: Query, config: Config) -> Peers:
    """The same from a database."""
    years = range(query.first.year - 1, query.as_of.year + 2)
    scope = Scope(
        window=query.choice(seam.CALENDAR).window, hours=config.brand.opening_hours(years)
    )
    # What counts first depends on the day of silence before it.
    since = min(scope.window.start_at, scope.window.as_of - WINDOW) - SILENCE
    events = report_events(connection, since=since, until=query.as_of)
    chosen = _chosen(events, query)
    told = dialogues(known(chosen, query.as_of), as_of=query.as_of)
    return Peers(views=tuple(views(chosen, scope)), badge=badge(told, scope))


def tables(made: Peers, reader: Reader) -> list[Table]:
    """Every product's figures as one table."""
    cells, t = Cells(reader.numbers), reader.numbers.t
    rows = [
        Row(
            name=f"{view.peer}.{each.name}",
            label=t(
                "peers.pairs",
                peer=t(f"peers.{view.peer}.name"),
                figure=t(f"peers.named.{each.name}"),
            ),
            cells=(
                cells.plain("value", _said(each, reader.numbers), each.value),
                cells.plain("messages", reader.numbers.count(each.n), each.n),
                cells.plain("left_out", reader.numbers.count(len(view.unseen)), len(view.unseen)),
            ),
        )
        for view in made.views
        for each in view.figures
    ]
    return [Table(key="peers", first="figure", rows=tuple(rows))]


def _chosen(events: Sequence[Event], query: Query) -> list[Event]:
    channel, surface = query.only.channel, query.only.surface
    return [
        event
        for event in events
        if channel in {None, event.channel} and surface in {None, event.surface}
    ]


def _pairs(made: Peers, peer: str, figure: str) -> Sequence[Pair]:
    view = next((view for view in made.views if view.peer == peer), None)
    if view is None:
        raise web.HTTPNotFound
    if figure == _UNSEEN:
        return view.unseen
    found = next((each for each in view.figures if each.name == figure), None)
    if found is None:
        raise web.HTTPNotFound
    return sorted(found.pairs, key=lambda pair: (pair.asked_at, pair.message.id))


def _waiting(view: View) -> int:
    return sum(pair.answer is None for pair in view.unseen)


def _said(figure: Counted, numbers: Numbers) -> str:
    match figure.unit:
        case "share":
            return numbers.share(figure.value)
        case "seconds":
            return numbers.duration(figure.value)
        case "count":
            return numbers.count(int(figure.value or 0))
