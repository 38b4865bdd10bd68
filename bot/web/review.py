"""The review queue: what the bot was unsure of, and what a person makes of it."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from bot.masking import masked
from bot.review import Reason, Verdict
from bot.store import lessons, queue, reviews, teaching
from bot.store.queue import Card, Chosen, Order
from bot.web import teaching as forms
from bot.web.auth import agent, form
from bot.web.auth import teaching as teachers
from bot.web.keys import CLOCK, CONFIG, DATABASE, SIGNALS
from bot.web.pages import page, wants_fragment
from intents.labelled import UNDETERMINED
from intents.match import OUT_OF_SCOPE

MOST_SUGGESTED = 3
DONE = frozenset({"taught", "started", *Verdict})


def setup(app: web.Application) -> None:
    """Add the routes."""
    guard = teachers()
    here = "/review/{id:[0-9]{1,18}}"
    app.router.add_get("/review", guard(show))
    app.router.add_get(here, guard(show_one))
    app.router.add_post(f"{here}/teach", guard(teach))
    app.router.add_post(f"{here}/intent", guard(start_intent))
    app.router.add_post(f"{here}/verdict", guard(judge))


async def show(request: web.Request) -> web.Response:
    """What waits, as chosen."""
    return await _shown(request)


async def show_one(request: web.Request) -> web.Response:
    """One message of a customer, to be taught from wherever it was seen."""
    return page(request, "review.html", **await _values(request, [await _card(request)], "", None))


async def teach(request: web.Request) -> web.Response:
    """Add the text as an example of an intent that there is."""
    fields, card = await form(request), await _card(request)
    started = await request.app[DATABASE].read(teaching.intents)
    try:
        intent = forms.chosen(fields, forms.intents(request, started))
        text = forms.example(fields)
    except forms.Unfit as exc:
        return await _refused(request, card, exc)
    return await _taught(request, card, intent, text, lambda connection: None, "taught")


async def start_intent(request: web.Request) -> web.Response:
    """Start an intent with the text as its first example."""
    fields, card, config = await form(request), await _card(request), request.app[CONFIG]
    started = await request.app[DATABASE].read(teaching.intents)
    try:
        new = forms.new_intent(fields, forms.intents(request, started), config)
        text = forms.example(fields)
    except forms.Unfit as exc:
        return await _refused(request, card, exc)
    who, at = agent(request).id, request.app[CLOCK]()

    def start(connection: Connection) -> None:
        teaching.start_intent(
            connection,
            name=new.name,
            handoff=new.handoff,
            answers=new.answers,
            label=new.label,
            agent_id=who,
            at=at,
        )

    return await _taught(request, card, new.name, text, start, "started")


async def judge(request: web.Request) -> web.Response:
    """Dismiss the message, or say that the bot was right."""
    claimed = (await form(request)).get("verdict")
    if claimed not in {Verdict.DISMISSED, Verdict.RIGHT}:
        raise web.HTTPUnprocessableEntity
    card, verdict = await _card(request), Verdict(claimed)
    who, at = agent(request).id, request.app[CLOCK]()
    await request.app[DATABASE].write(
        lambda conn: reviews.judge(conn, card.message_id, verdict=verdict, agent_id=who, at=at)
    )
    return await _done(request, verdict)


async def _taught(
    request: web.Request,
    card: Card,
    intent: str,
    text: str,
    first: Callable[[Connection], None],
    done: str,
) -> web.Response:
    who, at = agent(request).id, request.app[CLOCK]()
    language = forms.language_of(text, said=card.language, config=request.app[CONFIG])

    def write(connection: Connection) -> None:
        first(connection)
        id = teaching.teach(
            connection,
            intent=intent,
            language=language,
            text=text,
            message_id=card.message_id,
            agent_id=who,
            at=at,
        )
        reviews.judge(
            connection,
            card.message_id,
            verdict=Verdict.TAUGHT,
            agent_id=who,
            at=at,
            taught_id=id,
        )

    await request.app[DATABASE].write(write)
    request.app[SIGNALS].publish("taught", {})
    return await _done(request, done)


async def _done(request: web.Request, done: str) -> web.Response:
    if not wants_fragment(request):
        raise web.HTTPSeeOther(f"/review?{_place(request, done=done)}")
    return await _shown(request, done=done)


async def _refused(request: web.Request, card: Card, why: forms.Unfit) -> web.Response:
    """The card again, with what the agent wrote and what is wrong with it."""
    values = await _values(request, [card], "", why.kind)
    fields = await form(request)
    values["written"] = {card.message_id: fields}
    name = "_review.html" if wants_fragment(request) else "review.html"
    return page(request, name, status=422, **values)


async def _shown(request: web.Request, *, done: str = "") -> web.Response:
    chosen = _chosen(request)
    cards = await request.app[DATABASE].read(lambda conn: queue.cards(conn, chosen))
    done = done or request.query.get("done", "")
    values = await _values(request, cards, done if done in DONE else "", None)
    return page(request, "_review.html" if wants_fragment(request) else "review.html", **values)


async def _values(
    request: web.Request, cards: Sequence[Card], done: str, problem: str | None
) -> dict[str, Any]:
    waiting, started, lesson = await request.app[DATABASE].read(
        lambda conn: (queue.waiting(conn), teaching.intents(conn), lessons.last(conn))
    )
    known = forms.intents(request, started)
    return {
        "cards": cards,
        "masked": {card.message_id: masked(card.text)[: forms.LONGEST] for card in cards},
        "suggested": {card.message_id: _suggested(card, known) for card in cards},
        "written": {},
        "waiting": waiting,
        "lesson": lesson,
        "intents": known,
        "spoken": request.app[CONFIG].brand.languages,
        "chosen": _chosen(request),
        "reasons": list(Reason),
        "orders": list(Order),
        "undetermined": UNDETERMINED,
        "place": _place(request),
        "done": done,
        "problem": problem,
    }


def _suggested(card: Card, known: Sequence[str]) -> list[tuple[str, float]]:
    """The likeliest intents that there still are."""
    ranking = card.said.get("ranking") or ()
    found = [(str(name), float(score)) for name, score in ranking if name in known]
    return found[:MOST_SUGGESTED] or [(OUT_OF_SCOPE, 0.0)][: OUT_OF_SCOPE in known]


async def _card(request: web.Request) -> Card:
    id = int(request.match_info["id"])
    found = await request.app[DATABASE].read(lambda conn: queue.said_of(conn, id))
    if found is None:
        raise web.HTTPNotFound
    return found


def _chosen(request: web.Request) -> Chosen:
    asked = request.query
    language = asked.get("language") or None
    return Chosen(
        reason=_one_of(Reason, asked.get("reason")),
        language="" if language == UNDETERMINED else language,
        channel=asked.get("channel") or None,
        order=_one_of(Order, asked.get("order")) or Order.NEWEST,
    )


def _one_of(kind: Any, word: str | None) -> Any:
    try:
        return kind(word) if word else None
    except ValueError:
        return None


def _place(request: web.Request, **more: str) -> str:
    """Which part of the queue the agent is looking at, as a query string."""
    chosen = _chosen(request)
    language = UNDETERMINED if chosen.language == "" else chosen.language
    told = {"reason": chosen.reason, "channel": chosen.channel, "language": language}
    kept = {name: value for name, value in told.items() if value is not None}
    return urlencode({**kept, "order": chosen.order} | more)
