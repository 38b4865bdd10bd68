"""Log in, log out, choose a language, change the password."""

import logging
import math

from aiohttp import web
from sqlalchemy import Connection

from bot.store import agents
from bot.web.auth import (
    PASSWORDS,
    TooManyTries,
    WrongLogin,
    agent,
    cookie_name,
    current,
    drop_cookie,
    form,
    log_in,
    set_cookie,
    signed_in,
)
from bot.web.keys import CLOCK, DATABASE, SIGNALS
from bot.web.origin import own_origin, own_path
from bot.web.pages import page
from bot.web.passwords import SHORTEST, UnfitPassword
from bot.web.words import LANGUAGES

log = logging.getLogger(__name__)
HOME = "/desk"


def setup(app: web.Application) -> None:
    """Add the routes."""
    guard = signed_in()
    app.router.add_get("/login", show_login)
    app.router.add_post("/login", enter)
    app.router.add_post("/logout", guard(leave))
    app.router.add_get("/account", guard(show_account))
    app.router.add_post("/account/password", guard(change_password))
    app.router.add_post("/account/language", guard(change_language))


async def show_login(request: web.Request) -> web.Response:
    """The log-in form, or the desk for those who are in."""
    target = own_path(request.query.get("next"), default=HOME)
    if await current(request) is not None:
        raise web.HTTPSeeOther(target)
    return page(request, "login.html", next=target, email="", problem=None, minutes=0)


async def enter(request: web.Request) -> web.Response:
    """Log in."""
    if not own_origin(request):
        raise web.HTTPForbidden
    fields = await form(request)
    email = fields.get("email", "")
    target = own_path(fields.get("next"), default=HOME)
    outcome = await log_in(
        request.app,
        email=email,
        password=fields.get("password", ""),
        address=request.remote or "",
        old_cookie=request.cookies.get(cookie_name(request.app)),
    )
    shown = {"next": target, "email": email[:254], "minutes": 0}
    match outcome:
        case TooManyTries(wait=wait):
            log.warning("log-in refused: too many tries address=%s", request.remote)
            shown["minutes"] = math.ceil(wait / 60)
            answer = page(request, "login.html", status=429, problem="wait", **shown)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        case WrongLogin():
            log.info("log-in failed address=%s", request.remote)
            return page(request, "login.html", status=401, problem="wrong", **shown)
    entered = web.HTTPSeeOther(target)
    set_cookie(request.app, entered, outcome.cookie)
    raise entered


async def leave(request: web.Request) -> web.Response:
    """Log out."""
    cookie = request.cookies[cookie_name(request.app)]
    await request.app[DATABASE].write(lambda conn: agents.end_session(conn, cookie))
    left = web.HTTPSeeOther("/login")
    drop_cookie(request.app, left)
    left.headers["Clear-Site-Data"] = '"cache", "storage"'
    raise left


async def show_account(request: web.Request) -> web.Response:
    """The agent's own settings."""
    return page(request, "account.html", problem=None, changed="changed" in request.query)


async def change_password(request: web.Request) -> web.Response:
    """Store a new password; every other session of the agent ends."""
    app, me, fields = request.app, agent(request), await form(request)
    wait = await app[SIGNALS].allow(f"password/{me.id}", limit=5, seconds=900)
    found = await app[DATABASE].read(lambda conn: agents.credentials(conn, me.email))
    old = fields.get("old", "")
    if wait or not await app[PASSWORDS].right(old, found[1] if found else None):
        problem = "wait" if wait else "wrong"
        return page(request, "account.html", status=422, problem=problem, changed=False)
    try:
        hashed = await app[PASSWORDS].hashed(fields.get("new", ""))
    except UnfitPassword:
        return page(
            request, "account.html", status=422, problem="unfit", changed=False, least=SHORTEST
        )
    at = app[CLOCK]()

    def store(connection: Connection) -> str:
        agents.set_password(connection, me.id, hashed)
        return agents.new_session(connection, me.id, at)

    done = web.HTTPSeeOther("/account?changed")
    set_cookie(app, done, await app[DATABASE].write(store))
    raise done


async def change_language(request: web.Request) -> web.Response:
    """Store the language of the desk and go back to where the agent was."""
    me, fields = agent(request), await form(request)
    chosen = fields.get("language", "")
    if chosen not in LANGUAGES:
        raise web.HTTPUnprocessableEntity
    await request.app[DATABASE].write(lambda conn: agents.set_language(conn, me.id, chosen))
    raise web.HTTPSeeOther(own_path(fields.get("next"), default=HOME))
