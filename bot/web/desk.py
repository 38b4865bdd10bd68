"""The agent desk: the queue on the left, one conversation on the right."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from aiohttp import web
from sqlalchemy import Connection

from bot import handoff
from bot.conversation import Conversation
from bot.counted import counting
from bot.store import canned, conversations, desk, pauses, thread
from bot.store.agents import Role
from bot.store.canned import CannedReply
from bot.store.desk import Tab
from bot.store.files import TooManyFiles
from bot.web import account, admin, assets, files, live, media, parked, review, taught, webchat, why
from bot.web.auth import PASSWORDS, agent, form, signed_in
from bot.web.keys import CAPABILITIES, CLOCK, CONFIG, DATABASE, SIGNALS
from bot.web.pages import page, wants_fragment
from bot.web.passwords import Passwords
from channels.base import Capabilities
from channels.messages import Action, Surface
from channels.webchat import NAME as WEBCHAT

LONGEST_TEXT = 10_000
LONGEST_LABEL = 64
# What an agent is told, by the words of the templates.
REFUSALS: Mapping[type[Exception], str] = {
    handoff.AlreadyRepliedPrivately: "replied",
    handoff.NoAddress: "no_address",
    handoff.NoComment: "no_comment",
    TooManyFiles: "files_full",
}


def setup(app: web.Application) -> None:
    """Add the desk, log-in and everything they need to *app*."""
    app[PASSWORDS] = Passwords()
    guard = signed_in(Role.AGENT)
    for path, get in (
        ("/desk", show),
        ("/desk/queue", show_queue),
        ("/desk/{id:[0-9]{1,18}}", show),
        ("/desk/{id:[0-9]{1,18}}/canned", show_canned),
    ):
        app.router.add_get(path, guard(get))
    for name, post in (
        ("take", take),
        ("release", release),
        ("close", close),
        ("unneeded", unneeded),
        ("needed", needed),
        ("hide", hide),
        ("label", label),
        ("unlabel", unlabel),
    ):
        app.router.add_post(f"/desk/{{id:[0-9]{{1,18}}}}/{name}", guard(post))
    app.router.add_post("/desk/{id:[0-9]{1,18}}/say", files.roomy(guard(say)))
    for part in (account, admin, parked, live, assets, media, files, review, taught, why):
        part.setup(app)


async def show(request: web.Request) -> web.Response:
    """The desk, with the conversation of the address if it names one."""
    return await _shown(request, _id(request) if "id" in request.match_info else None)


async def show_queue(request: web.Request) -> web.Response:
    """The list alone."""
    return page(request, "_queue.html", **await _queue(request))


async def show_canned(request: web.Request) -> web.Response:
    """The canned replies, filled in for this conversation."""
    open_one = await request.app[DATABASE].read(
        lambda conn: thread.thread(conn, _id(request), window=1)
    )
    if open_one is None:
        raise web.HTTPNotFound
    stored = await request.app[DATABASE].read(canned.everything)
    values = {name: str(value) for name, value in open_one.slots.items() if value is not None}
    values |= {
        "name": open_one.name or "",
        "agent": agent(request).name,
        "brand": request.app[CONFIG].brand.name_in(open_one.language),
    }
    spoken = open_one.language or request.app[CONFIG].brand.languages[0]
    replies = [canned.filled(one, values) for one in [*stored, *_configured(request, spoken)]]
    replies.sort(key=lambda one: (one.language != spoken, one.key))
    return page(request, "_canned.html", replies=replies)


async def take(request: web.Request) -> web.Response:
    """Take the conversation over: the bot falls silent."""
    return await _changed(request, "taken", handoff.take)


async def release(request: web.Request) -> web.Response:
    """Hand the conversation back to the bot."""
    return await _changed(request, "released", handoff.release)


async def close(request: web.Request) -> web.Response:
    """Close the conversation."""
    return await _changed(request, "closed", handoff.close)


async def unneeded(request: web.Request) -> web.Response:
    """Note that no reply is needed."""
    return await _marked(request, "unneeded")


async def needed(request: web.Request) -> web.Response:
    """Note that one is needed after all."""
    return await _marked(request, "needed")


async def say(request: web.Request) -> web.Response:
    """Reply to the customer, or write a note that only agents see."""
    fields = await form(request)
    text = fields.get("text", "").replace("\r\n", "\n").strip()
    attached = await files.chosen(request)
    if not (text or attached) or len(text) > LONGEST_TEXT:
        raise web.HTTPUnprocessableEntity
    if fields.get("mode") == "note":
        if attached or not text:
            raise web.HTTPUnprocessableEntity
        return await _changed(request, "note", desk.add_note, text=text)
    try:
        client_id = UUID(fields.get("client_id", ""))
        seen = int(fields.get("seen", ""))
        action = Action(fields.get("action", Action.REPLY))
    except ValueError as exc:
        raise web.HTTPUnprocessableEntity from exc
    channel, able = await _abilities(request)
    if action is Action.HIDE or (action is Action.PRIVATE_REPLY and not able.private_reply):
        raise web.HTTPUnprocessableEntity
    try:
        to_keep = files.made(request, attached, channel=channel)
    except files.Unfit as exc:
        return await _shown(request, _id(request), alert={"kind": exc.kind}, status=exc.status)
    return await _changed(
        request,
        "reply",
        handoff.reply,
        text=text,
        client_id=client_id,
        seen=seen,
        capabilities=able,
        action=action,
        attached=to_keep,
        links=counting(request.app[CONFIG]),
    )


async def hide(request: web.Request) -> web.Response:
    """Hide the customer's latest comment from everybody else."""
    try:
        client_id = UUID((await form(request)).get("client_id", ""))
    except ValueError as exc:
        raise web.HTTPUnprocessableEntity from exc
    if not (await _abilities(request))[1].hide:
        raise web.HTTPUnprocessableEntity
    return await _changed(request, "hidden", handoff.hide, client_id=client_id)


async def label(request: web.Request) -> web.Response:
    """Put a label on the conversation."""
    return await _changed(request, "labelled", desk.add_label, label=await _label(request))


async def unlabel(request: web.Request) -> web.Response:
    """Take a label off."""
    return await _changed(request, "unlabelled", desk.remove_label, label=await _label(request))


async def _marked(request: web.Request, type: str) -> web.Response:
    to_list = (await form(request)).get("back") == "unanswered"
    try:
        return await _changed(request, type, desk.mark, needed=type == "needed")
    except web.HTTPSeeOther as exc:
        raise web.HTTPSeeOther("/reports/unanswered") if to_list else exc from None


async def _changed(
    request: web.Request, type: str, change: Callable[..., object], **values: Any
) -> web.Response:
    """Commit one change of a conversation, tell everybody, show it as it is now."""
    id = _id(request)
    signals = request.app[SIGNALS]
    changed = await _committed(request, id, partial(change, **values))
    if not isinstance(changed, Conversation):
        return await _shown(request, id, alert=changed)
    signals.publish("desk", {"conversation": id, "type": type})
    if type in {"reply", "hidden"}:
        signals.publish("outbox", {"conversation": id})
    if changed.channel == WEBCHAT:
        webchat.tell_state(signals, thread=changed.thread, state=changed.state)
    if not wants_fragment(request):
        raise web.HTTPSeeOther(f"/desk/{id}?{_place(request)}")
    return await _shown(request, id)


async def _committed(
    request: web.Request, id: int, change: Callable[..., object]
) -> Conversation | dict[str, Any]:
    """Write *change*; returns what it led to, or what the agent must be told of a refusal."""
    who, at = agent(request).id, request.app[CLOCK]()

    def write(connection: Connection) -> Conversation:
        if not thread.exists(connection, id):
            raise handoff.UnknownConversation(id)
        change(connection, conversation_id=id, agent_id=who, at=at)
        after = conversations.by_id(connection, id)
        assert after is not None  # noqa: S101 - nothing deletes conversations
        return after

    try:
        return await request.app[DATABASE].write(write)
    except handoff.UnknownConversation as exc:
        raise web.HTTPNotFound from exc
    except handoff.AlreadyTaken as exc:
        return {"kind": "taken", "by": exc.by}
    except handoff.Overtaken as exc:
        return {"kind": "overtaken", "newer": exc.newer}
    except tuple(REFUSALS) as exc:
        return {"kind": REFUSALS[type(exc)]}


async def _shown(
    request: web.Request,
    id: int | None,
    *,
    alert: dict[str, Any] | None = None,
    status: int = 409,
) -> web.Response:
    values: dict[str, Any] = {"open": None, "open_id": id, "place": _place(request)}
    if id is not None:
        values |= await _open(request, id)
    values |= {"alert": alert, "draft": (await form(request)).get("text", "") if alert else ""}
    status = status if alert else 200
    if id is not None and wants_fragment(request):
        return page(request, "_conversation.html", status=status, **values)
    values |= await _queue(request)
    return page(request, "desk.html", status=status, **values)


async def _open(request: web.Request, id: int) -> dict[str, Any]:
    found = await request.app[DATABASE].read(lambda conn: thread.thread(conn, id))
    if found is None:
        raise web.HTTPNotFound
    able = request.app[CAPABILITIES].get(found.channel)
    comment = found.surface == Surface.COMMENT
    return {
        "open": found,
        "can_reply": able is not None and found.reachable,
        "can_attach": files.reachable(request, found.channel),
        "attachable": ",".join(files.TYPES),
        "can_hide": able is not None and able.hide and comment,
        "private_reply": able is not None and able.private_reply and comment,
        "private_left": comment
        and await request.app[DATABASE].read(lambda conn: handoff.may_reply_privately(conn, id)),
        "client_id": uuid4(),
        "known_labels": await request.app[DATABASE].read(desk.known_labels),
    }


async def _abilities(request: web.Request) -> tuple[str, Capabilities]:
    """The platform and what it can do. Raises HTTPNotFound, HTTPUnprocessableEntity."""
    found = await request.app[DATABASE].read(lambda conn: conversations.by_id(conn, _id(request)))
    if found is None:
        raise web.HTTPNotFound
    able = request.app[CAPABILITIES].get(found.channel)
    if able is None:
        raise web.HTTPUnprocessableEntity
    return found.channel, able


async def _queue(request: web.Request) -> dict[str, Any]:
    who = agent(request).id
    tab = _tab(request)
    search = request.query.get("q", "").strip()[:100]
    limit = desk.PAGE
    with suppress(ValueError):
        limit = min(max(int(request.query.get("limit", "")), desk.PAGE), desk.MOST)
    rows, counts, paused = await request.app[DATABASE].read(
        lambda conn: (
            desk.queue(conn, tab=tab, agent_id=who, search=search, limit=limit + 1),
            desk.counts(conn, who),
            pauses.paused(conn),
        )
    )
    return {
        "tab": tab,
        "tabs": list(Tab),
        "counts": counts,
        "rows": rows[:limit],
        "more": limit + desk.PAGE if len(rows) > limit and limit < desk.MOST else None,
        "search": search,
        "place": _place(request),
        "paused": sorted(key for key, is_paused in paused.items() if is_paused),
    }


def _configured(request: web.Request, language: str) -> list[CannedReply]:
    return [
        CannedReply(key=key, language=tag or language, text=text)
        for key, texts in request.app[CONFIG].canned.items()
        for tag, text in texts.items()
    ]


def _place(request: web.Request) -> str:
    """Which list the agent is looking at, as a query string."""
    search = request.query.get("q", "").strip()[:100]
    return urlencode({"tab": _tab(request)} | ({"q": search} if search else {}))


def _tab(request: web.Request) -> Tab:
    try:
        return Tab(request.query.get("tab", Tab.WAITING))
    except ValueError:
        return Tab.WAITING


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


async def _label(request: web.Request) -> str:
    text = " ".join((await form(request)).get("label", "").split())
    if not text or len(text) > LONGEST_LABEL:
        raise web.HTTPUnprocessableEntity
    return text
