"""Who is asking: cookies, sessions, log-in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDictProxy
from sqlalchemy import Connection

from bot.store import agents
from bot.store.agents import Agent, Role, Session
from bot.web.keys import CLOCK, CONFIG, DATABASE, SIGNALS
from bot.web.origin import SAFE_METHODS, https, own_origin, same
from bot.web.passwords import Passwords

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PASSWORDS = web.AppKey("PASSWORDS", Passwords)
SESSION: Final = web.RequestKey("SESSION", Session)
POSTED: Final = web.RequestKey("POSTED", MultiDictProxy[Any])
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
LIVE_HEADER = "X-Live"
FORM_WITHIN = 10.0
# Bytes per second of an upload.
SLOWEST = 100_000

# A leaky bucket of 5 lets at most 10 through in any 15 minutes.
TRIES = 5
# Only failures count against an address, or an office behind one address could not start its day.
FAILURES = 4
TRIES_SECONDS = 15 * 60.0
REST_SECONDS = TRIES_SECONDS / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """The log-in was right; *cookie* is the new session."""

    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLogin:
    """E-mail or password is wrong; nobody learns which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyTries:
    """Nobody looked at the password. *wait* is in seconds."""

    wait: float


def signed_in(needed: Role = Role.AGENT) -> "_Guard":
    """Let only agents of the role *needed* (or above) reach a handler.

    A change must also come from a page of ours and carry the session's token.
    """
    return _Guard(lambda who: who.role.may(needed))


def teaching() -> "_Guard":
    """Let only those who may teach the bot reach a handler; as strict as `signed_in`."""
    return _Guard(lambda who: who.may_teach)


class _Guard:
    def __init__(self, may: Callable[[Agent], bool]) -> None:
        self._may = may

    def __call__(self, handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            session = await current(request)
            if session is None:
                raise _who_are_you(request)
            if not self._may(session.agent):
                raise web.HTTPForbidden
            if request.method not in SAFE_METHODS:
                await _check_change(request, session)
            request[SESSION] = session
            return await handler(request)

        return guarded


def agent(request: web.Request) -> Agent:
    """Who is asking, in a handler behind `signed_in`."""
    return request[SESSION].agent


async def current(request: web.Request) -> Session | None:
    """The session of a request, if it has a living one; notes that the agent is there."""
    cookie = request.cookies.get(cookie_name(request.app))
    if not cookie:
        return None
    session = await living(request.app, cookie)
    at = request.app[CLOCK]()
    # What the page fetches by itself is no sign of a person.
    if session is None or LIVE_HEADER in request.headers or "Upgrade" in request.headers:
        return session
    if at - session.seen_at >= agents.SEEN_EVERY:
        await request.app[DATABASE].write(lambda conn: agents.touch_session(conn, cookie, at))
    return session


async def living(app: web.Application, cookie: str) -> Session | None:
    """The session of *cookie*, None if it has ended."""
    desk = app[CONFIG].desk
    at = app[CLOCK]()
    return await app[DATABASE].read(
        lambda conn: agents.session(conn, cookie, at=at, idle=desk.idle, longest=desk.longest)
    )


async def log_in(
    app: web.Application, *, email: str, password: str, address: str, old_cookie: str | None
) -> LoggedIn | WrongLogin | TooManyTries:
    """Check a log-in; on success the session behind *old_cookie* ends and a new one begins."""
    wait = await _wait(app, email, address)
    if wait:
        return TooManyTries(wait=wait)
    found = await app[DATABASE].read(lambda conn: agents.credentials(conn, email))
    stored = found[1] if found else None
    if not await app[PASSWORDS].right(password, stored) or found is None:
        await _count_failure(app, address)
        return WrongLogin()
    at = app[CLOCK]()
    who = found[0].id

    def begin(connection: Connection) -> str:
        if old_cookie:
            agents.end_session(connection, old_cookie)
        agents.forget_sessions(connection, before=at - app[CONFIG].desk.longest)
        return agents.new_session(connection, who, at)

    return LoggedIn(cookie=await app[DATABASE].write(begin))


def cookie_name(app: web.Application) -> str:
    """The session cookie's name; browsers bind the __Host- prefix to TLS and this very host."""
    return "__Host-desk" if https(app) else "desk"


def set_cookie(app: web.Application, response: web.StreamResponse, cookie: str) -> None:
    """Hand the browser its session."""
    response.set_cookie(
        cookie_name(app), cookie, path="/", httponly=True, samesite="Lax", secure=https(app)
    )


def drop_cookie(app: web.Application, response: web.StreamResponse) -> None:
    """Make the browser forget its session."""
    response.del_cookie(
        cookie_name(app), path="/", httponly=True, samesite="Lax", secure=https(app)
    )


async def form(request: web.Request) -> Mapping[str, str]:
    """The text fields of a form; anything else in it is left out. Raises HTTPRequestTimeout."""
    fields = await posted(request)
    return {name: value for name, value in fields.items() if isinstance(value, str)}


async def posted(request: web.Request) -> MultiDictProxy[Any]:
    """All fields of a form. What is said to be long may take longer.

    Raises HTTPRequestTimeout, and HTTPBadRequest for what is no form.
    """
    try:
        async with asyncio.timeout(FORM_WITHIN + (request.content_length or 0) / SLOWEST):
            fields = await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, HttpProcessingError) as exc:
        raise web.HTTPBadRequest from exc
    request[POSTED] = fields
    return fields


async def _check_change(request: web.Request, session: Session) -> None:
    if not own_origin(request):
        raise web.HTTPForbidden
    claimed = request.headers.get(CSRF_HEADER)
    if claimed is None:
        claimed = (await form(request)).get(CSRF_FIELD, "")
    if not same(session.csrf, claimed):
        raise web.HTTPForbidden


def _who_are_you(request: web.Request) -> web.HTTPException:
    accepts = "text/html" in request.headers.get("Accept", "")
    by_script = "X-Fragment" in request.headers or "Upgrade" in request.headers
    if request.method == "GET" and accepts and not by_script:
        return web.HTTPSeeOther("/login?" + urlencode({"next": request.path_qs}))
    return web.HTTPUnauthorized()


async def _wait(app: web.Application, email: str, address: str) -> float:
    if await app[SIGNALS].presence(f"log-in rests/{address}"):
        return REST_SECONDS
    key = f"log-in/{agents.folded(email)[:254]}"
    return await app[SIGNALS].allow(key, limit=TRIES, seconds=TRIES_SECONDS)


async def _count_failure(app: web.Application, address: str) -> None:
    key = f"log-in fails/{address}"
    if await app[SIGNALS].allow(key, limit=FAILURES, seconds=TRIES_SECONDS):
        app[SIGNALS].present(f"log-in rests/{address}", "failures", REST_SECONDS)
