"""Customers who withdraw their consent on a platform: forgotten, with a page that says so."""

import logging
import secrets
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, select

from bot.store import contacts
from bot.store.settle import Entry, log_events
from bot.store.tables import events
from bot.web.keys import CLOCK, CONFIG, DATABASE, SIGNALS
from bot.web.pages import page
from bot.web.webhooks import channel_of
from channels.base import Consent
from channels.errors import InvalidSignature, MalformedPayload

log = logging.getLogger(__name__)

LONGEST = 64 * 1024
_CODE = "{code:[A-Za-z0-9_-]{22}}"


def setup(app: web.Application) -> None:
    """Add the addresses that platforms call, and the page that customers are shown."""
    app.router.add_post("/webhooks/{channel}/{account}/deletion", delete)
    app.router.add_post("/webhooks/{channel}/{account}/deauthorisation", deauthorise)
    app.router.add_get(f"/deletions/{_CODE}", show)


async def delete(request: web.Request) -> web.Response:
    """Forget whoever asks for it, and say where it can be looked up."""
    channel, account, who = await _who(request)
    database, code, at = request.app[DATABASE], secrets.token_urlsafe(16), request.app[CLOCK]()

    def forget(connection: Connection) -> int:
        count = contacts.forget(connection, channel=channel, account=account, contact_id=who, at=at)
        data = {"code": code, "channel": channel, "account": account, "messages": count}
        line = Entry(type="deletion", actor="customer", data=data)
        log_events(connection, None, [line], at)
        return count

    count = await database.write(forget)
    await database.scrub()
    request.app[SIGNALS].publish("desk", {"type": "erased"})
    log.info("deletion asked for channel=%s account=%s messages=%s", channel, account, count)
    root = str(request.app[CONFIG].web.public_url or request.url.origin()).rstrip("/")
    return web.json_response({"url": f"{root}/deletions/{code}", "confirmation_code": code})


async def deauthorise(request: web.Request) -> web.Response:
    """Note that somebody no longer allows the app; a deletion is asked for apart."""
    channel, account, _ = await _who(request)
    data, at = {"channel": channel, "account": account}, request.app[CLOCK]()
    line = Entry(type="deauthorised", actor="customer", data=data)
    await request.app[DATABASE].write(lambda connection: log_events(connection, None, [line], at))
    return web.Response(body=b"OK", content_type="text/plain")


async def show(request: web.Request) -> web.Response:
    """What became of one request to be forgotten."""
    code = request.match_info["code"]
    found = await request.app[DATABASE].read(lambda connection: _deletion(connection, code))
    if found is None:
        raise web.HTTPNotFound
    return page(request, "deletion.html", at=found.at, messages=found.data["messages"], code=code)


async def _who(request: web.Request) -> tuple[str, str, str]:
    """Channel, account and the platform's id of who withdrew."""
    channel: object = channel_of(request)
    if not isinstance(channel, Consent):
        raise web.HTTPNotFound
    if (request.content_length or 0) > LONGEST:
        raise web.HTTPRequestEntityTooLarge(LONGEST, request.content_length or 0)
    try:
        who = channel.withdrawn(await request.read())
    except InvalidSignature:
        log.warning("withdrawal with a wrong signature path=%s", request.path)
        raise web.HTTPUnauthorized from None
    except MalformedPayload:
        raise web.HTTPBadRequest from None
    return request.match_info["channel"], request.match_info["account"], who


def _deletion(connection: Connection, code: str) -> Any:
    asked = events.c.data["code"].as_string() == code
    return connection.execute(
        select(events).where(events.c.type == "deletion", asked).limit(1)
    ).one_or_none()
