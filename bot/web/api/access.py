"""Who may read: a token in the header Authorization, and nothing else."""

import math

from aiohttp import web

from bot.store import tokens
from bot.store.tokens import Scope, Token
from bot.web.api.problems import Problem
from bot.web.keys import CLOCK, DATABASE, SIGNALS

LIMIT, LIMIT_SECONDS = 120, 60.0
# RFC 6750 names both.
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="antiphon"'}
_INVALID = {"WWW-Authenticate": 'Bearer realm="antiphon", error="invalid_token"'}


async def reader(request: web.Request, needed: Scope) -> Token:
    """The living token of a request that may read what is *needed*. Raises Problem."""
    token = await _token(request)
    wait = await request.app[SIGNALS].allow(f"api/{token.id}", limit=LIMIT, seconds=LIMIT_SECONDS)
    if wait:
        seconds = math.ceil(wait)
        raise Problem(
            "too-many-requests",
            f"A token may ask {LIMIT} times a minute; ask again in {seconds} s.",
            {"Retry-After": str(seconds)},
        )
    if not token.may(needed):
        raise Problem(
            "missing-scope", f"Ask an admin for a token with the scope {needed}; /desk/tokens."
        )
    return token


async def _token(request: web.Request) -> Token:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise Problem(
            "no-token",
            "Send the header Authorization: Bearer antiphon_... with a token that an admin made.",
            _CHALLENGE,
        )
    database, at = request.app[DATABASE], request.app[CLOCK]()
    found = await database.read(lambda connection: tokens.known(connection, secret.strip()))
    if found is None or not found.lives(at):
        raise Problem("wrong-token", _why(found), _INVALID)
    if found.used_at is None or at - found.used_at >= tokens.USED_EVERY:
        await database.write(lambda connection: tokens.used(connection, found.id, at))
    return found


def _why(found: Token | None) -> str:
    if found is None:
        return "No such token was ever made here; copy it whole, or ask an admin for a new one."
    if found.revoked_at is not None:
        return "The token was revoked; ask an admin for a new one."
    return "The token has expired; ask an admin for a new one."
