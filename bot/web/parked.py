"""Parked events: what could not be handled, with its reason and raw bytes."""

from aiohttp import web

from bot.store import inbox
from bot.store.agents import Role
from bot.web.auth import agent, form, signed_in
from bot.web.keys import DATABASE, SIGNALS
from bot.web.pages import page

SHOWN_BYTES = 4000
MOST = 200


def setup(app: web.Application) -> None:
    """Add the routes."""
    admins = signed_in(Role.ADMIN)
    app.router.add_get("/desk/parked", admins(show))
    app.router.add_post("/desk/parked/{id:[0-9]{1,18}}/replay", admins(replay))
    app.router.add_post("/desk/parked/{id:[0-9]{1,18}}/drop", admins(drop))


async def show(request: web.Request) -> web.Response:
    """The parked events, oldest first."""
    rows = await request.app[DATABASE].read(lambda conn: inbox.parked(conn, limit=MOST))
    for row in rows:
        body = row["body"] or b""
        row["raw"] = body[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
        row["cut"] = len(body) - SHOWN_BYTES
    return page(request, "parked.html", rows=rows, malformed=inbox.MALFORMED)


async def replay(request: web.Request) -> web.Response:
    """Let an event be handled again."""
    id = int(request.match_info["id"])
    if not await request.app[DATABASE].write(lambda conn: inbox.replay(conn, [id])):
        raise web.HTTPNotFound
    request.app[SIGNALS].publish("inbox", {})
    raise web.HTTPSeeOther("/desk/parked")


async def drop(request: web.Request) -> web.Response:
    """Give an event up, with a reason that stays."""
    id, reason = int(request.match_info["id"]), (await form(request)).get("reason", "").strip()
    if not 0 < len(reason) <= 200:
        raise web.HTTPUnprocessableEntity
    why = f"{reason} ({agent(request).email})"
    if not await request.app[DATABASE].write(lambda conn: inbox.drop(conn, id=id, reason=why)):
        raise web.HTTPNotFound
    raise web.HTTPSeeOther("/desk/parked")
