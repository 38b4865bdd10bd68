"""The page on which admins make and revoke tokens."""

from datetime import timedelta

from aiohttp import web

from bot.store import tokens
from bot.store.agents import Role
from bot.store.tokens import LONGEST_NAME, Scope
from bot.web.auth import agent, posted, signed_in
from bot.web.keys import CLOCK, DATABASE
from bot.web.pages import page

MOST_DAYS = 3660


def setup(app: web.Application) -> None:
    """Add the routes."""
    admins = signed_in(Role.ADMIN)
    app.router.add_get("/desk/tokens", admins(show))
    app.router.add_post("/desk/tokens", admins(add))
    app.router.add_post("/desk/tokens/{id:[0-9]{1,18}}/revoke", admins(revoke))


async def show(
    request: web.Request, problem: str | None = None, made: str | None = None
) -> web.Response:
    """All tokens; *made* is a new one, which is shown this once."""
    return page(
        request,
        "api/tokens.html",
        status=422 if problem else 200,
        everything=await request.app[DATABASE].read(tokens.everything),
        now=request.app[CLOCK](),
        scopes=list(Scope),
        most_days=MOST_DAYS,
        problem=problem,
        made=made,
    )


async def add(request: web.Request) -> web.Response:
    """Make a token."""
    fields = await posted(request)
    name = str(fields.get("name", "")).strip()
    days = str(fields.get("days", "")).strip()
    chosen = [scope for scope in Scope if scope in fields.getall("scope", [])]
    if not (0 < len(name) <= LONGEST_NAME and chosen and _fits(days)):
        return await show(request, "unfit")
    at = request.app[CLOCK]()
    actor = f"agent:{agent(request).id}"
    secret = await request.app[DATABASE].write(
        lambda connection: tokens.add(
            connection,
            name=name,
            scopes=chosen,
            at=at,
            expires_at=at + timedelta(days=int(days)) if days else None,
            actor=actor,
        )
    )
    return await show(request, made=secret)


async def revoke(request: web.Request) -> web.Response:
    """End a token at once."""
    id, at = int(request.match_info["id"]), request.app[CLOCK]()
    actor = f"agent:{agent(request).id}"
    ended = await request.app[DATABASE].write(
        lambda connection: tokens.revoke(connection, id, at=at, actor=actor)
    )
    if not ended:
        raise web.HTTPNotFound
    raise web.HTTPSeeOther("/desk/tokens")


def _fits(days: str) -> bool:
    return not days or (
        days.isascii() and days.isdigit() and len(days) < 5 and 0 < int(days) <= MOST_DAYS
    )
