"""Who may use a chat: the account's web sites, and browsers that hold a session's token."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.store import chat
from bot.store.database import StoreUnavailable
from bot.web.keys import CONFIG, DATABASE
from channels.webchat import NAME, Settings

MAX_FRAME = 16 * 1024
BODY_WITHIN = 10.0
Answer = Callable[[web.Request, Settings], Awaitable[web.Response]]


class Refused(Exception):
    """The chat does not do that. *code* is for the widget; *retry_after* in seconds."""

    def __init__(self, status: int, code: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def frame(self) -> dict[str, Any]:
        """The refusal as the widget reads it."""
        told: dict[str, Any] = {"t": "err", "code": self.code}
        if self.retry_after is not None:
            told["retry_after"] = round(self.retry_after, 2)
        return told


def api(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Let *answer* speak to the account's web sites only, and put its refusals into JSON."""

    @wraps(answer)
    async def answered(request: web.Request) -> web.Response:
        settings = account(request)
        headers = {"Cache-Control": "no-store", "Vary": "Origin"}
        try:
            if origin := allowed_origin(request, settings):
                headers["Access-Control-Allow-Origin"] = origin
            response = await answer(request, settings)
        except StoreUnavailable:
            response = _refusal(Refused(503, "unavailable", retry_after=2))
        except Refused as refused:
            response = _refusal(refused)
        response.headers.update(headers)
        return response

    return answered


def account(request: web.Request) -> Settings:
    """The account in the address. Raises HTTPNotFound."""
    wanted = request.match_info["account"]
    for settings in request.app[CONFIG].channels.get(NAME, ()):
        if isinstance(settings, Settings) and settings.account == wanted:
            return settings
    raise web.HTTPNotFound


def allowed_origin(request: web.Request, settings: Settings) -> str | None:
    """The page that asks. Raises Refused for a foreign one.

    None is a plain GET of our own page or of no browser at all, for which the token speaks. A
    page may name any host that leads to us: it holds no token of another site's visitors.
    """
    origin = request.headers.get("Origin")
    upgrade = "upgrade" in request.headers.get("Connection", "").lower()
    if origin is None and request.method == "GET" and not upgrade:
        return None
    public = request.app[CONFIG].web.public_url
    own = {request.host, urlsplit(public).netloc if public else request.host}
    if origin in settings.origins or urlsplit(origin or "").netloc in own:
        return origin
    raise Refused(403, "origin")


async def session(request: web.Request, settings: Settings) -> chat.Session:
    """The session of the bearer token. Raises Refused."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found = await find(request.app, settings, token) if kind.lower() == "bearer" else None
    if found is None:
        raise Refused(401, "session")
    return found


async def find(app: web.Application, settings: Settings, token: str) -> chat.Session | None:
    """The session of *token* in this account, None if there is none."""
    digest = token_digest(token)
    return await app[DATABASE].read(
        lambda connection: chat.session(connection, account=settings.account, digest=digest)
    )


async def body(request: web.Request) -> bytes:
    """The request's body. Raises Refused if it is longer than a frame may be, or takes too long."""
    try:
        async with asyncio.timeout(BODY_WITHIN):
            content = await request.read() if (request.content_length or 0) <= MAX_FRAME else None
    except TimeoutError:
        raise Refused(408, "slow") from None
    if content is None or len(content) > MAX_FRAME:
        raise Refused(413, "too_large")
    return content


def token_digest(token: str) -> bytes:
    """What is stored of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def signed(settings: Settings, *, user_id: str, claimed: str) -> bool:
    """Whether the brand signed *user_id*: hex HMAC-SHA256 with the account's identity secret."""
    if settings.identity_secret is None:
        return False
    key = settings.identity_secret.get_secret_value().encode()
    expected = hmac.digest(key, user_id.encode(), "sha256").hex()
    return hmac.compare_digest(expected.encode(), claimed.lower().encode(errors="replace"))


def _refusal(refused: Refused) -> web.Response:
    response = web.json_response(refused.frame, status=refused.status)
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(refused.retry_after)))
    return response
