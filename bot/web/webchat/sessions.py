"""A visitor's session: begun, found again, deleted."""

import logging
import secrets
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from bot.store import chat, inbox
from bot.store.erase import erase
from bot.web.keys import CLOCK, DATABASE, SIGNALS
from bot.web.webchat import access
from bot.web.webchat.access import Refused
from bot.web.webchat.live import GONE, topic
from channels.webchat import NAME, Settings

log = logging.getLogger(__name__)

NEW_PER_MINUTE = 20


class Identity(BaseModel):
    """Who the brand says that the visitor is."""

    user_id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
    hmac: Annotated[str, Field(max_length=64)]


class Wanted(BaseModel):
    """What a browser asks for; *token* is that of its earlier visit."""

    locale: Literal["zh-Hant", "en"] | None = None
    identity: Identity | None = None
    token: Annotated[str, Field(max_length=128)] | None = None


@access.api
async def start(request: web.Request, settings: Settings) -> web.Response:
    """Answer with the session of the visitor's token, or with a new one."""
    try:
        wanted = Wanted.model_validate_json(await access.body(request))
    except ValidationError as exc:
        raise Refused(400, "malformed") from exc
    user_id = _proven(settings, wanted.identity)
    if wanted.token and (known := await _resumed(request, settings, wanted.token, user_id)):
        seq = await request.app[DATABASE].read(
            lambda connection: chat.last_seq(connection, known.thread)
        )
        return web.json_response({"token": wanted.token, "thread": known.thread, "seq": seq})
    wait = await request.app[SIGNALS].allow(
        f"webchat:sessions:{request.remote}", limit=NEW_PER_MINUTE, seconds=60
    )
    if wait:
        raise Refused(429, "rate", retry_after=wait)
    token, thread = secrets.token_urlsafe(32), secrets.token_hex(16)
    opened = chat.Session(
        account=settings.account, thread=thread, language=wanted.locale, user_id=user_id
    )
    digest, now = access.token_digest(token), request.app[CLOCK]()
    await request.app[DATABASE].write(
        lambda connection: chat.open_session(connection, opened, digest=digest, at=now)
    )
    return web.json_response({"token": token, "thread": thread, "seq": 0})


@access.api
async def forget(request: web.Request, settings: Settings) -> web.Response:
    """Delete the visitor's chat, what we remember of it, and wipe it in every tab that shows it."""
    session = await access.session(request, settings)
    key = inbox.conversation_key(NAME, session.account, session.thread)
    database, now = request.app[DATABASE], request.app[CLOCK]()
    found = await database.read(lambda connection: chat.conversation(connection, session))
    await database.write(lambda connection: erase(connection, key, at=now))
    request.app[SIGNALS].publish(topic(session.thread), GONE)
    if found is not None:
        request.app[SIGNALS].publish("desk", {"conversation": found[0], "type": "erased"})
    if not await database.scrub():
        log.warning("the log of the database is held: erased words stay in it for now")
    return web.Response(status=204)


@access.api
async def preflight(request: web.Request, settings: Settings) -> web.Response:
    """Tell a browser what pages of the account's sites may ask for."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        },
    )


def _proven(settings: Settings, identity: Identity | None) -> str | None:
    if identity is None:
        return None
    if not access.signed(settings, user_id=identity.user_id, claimed=identity.hmac):
        raise Refused(403, "identity")
    return identity.user_id


async def _resumed(
    request: web.Request, settings: Settings, token: str, user_id: str | None
) -> chat.Session | None:
    """The session of *token*, unless somebody else uses this browser now."""
    known = await access.find(request.app, settings, token)
    if known is None or user_id is None or known.user_id == user_id:
        return known
    if known.user_id is not None:
        return None
    await request.app[DATABASE].write(
        lambda connection: chat.identify(connection, thread=known.thread, user_id=user_id)
    )
    return known
