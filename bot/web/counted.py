"""The public addresses of counted links: the way to the brand's site, and its word of an order.

https://shop.example gets `antiphon=REFERENCE` with its visitor, and gives it back with an order: by
a picture in the page of thanks, which a browser fetches and anybody may forge, or signed from its
own server.
"""

import json
import logging
import re
from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.counted.address import PARAMETER, allowed, with_parameter
from bot.counted.counting import Counting, counting
from bot.store import counted
from bot.store.counted import Order, Verdict
from bot.store.database import StoreUnavailable
from bot.web.keys import CLOCK, CONFIG, DATABASE, SIGNALS

log = logging.getLogger(__name__)

COUNTING: web.AppKey[Counting] = web.AppKey("COUNTING")
SIGNATURE = "X-Antiphon-Signature"
MAX_BODY = 4096
# More clicks on one link than any customer makes are sent on, and not counted.
CLICKS_PER_MINUTE = 10
REFUSALS_PER_MINUTE = 120
# Programs that look at a link before its reader does: previews, scanners, crawlers.
_PROGRAM = re.compile(
    r"(?<!cu)bot\b|bot/|crawl|spider|preview|externalhit|facebookcatalog|meta-external|^whatsapp/"
    r"|line-poker|embedly|scanner|headless|^(curl|wget|python|go-http|java|okhttp|node|axios)",
    re.IGNORECASE,
)
_ORDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")
_VALUE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_FIELDS = frozenset({PARAMETER, "order", "value", "currency"})
_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_BARE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class Malformed(ValueError):
    """The report of an order says something else than it may."""


def setup(app: web.Application) -> None:
    """Add the addresses, if the brand counts links."""
    chosen = counting(app[CONFIG])
    if chosen is None:
        return
    app[COUNTING] = chosen
    app.router.add_get("/l/{id:[A-Za-z0-9_-]{16}}", follow)
    app.router.add_get("/c.gif", pixel, allow_head=False)
    app.router.add_post("/api/conversions", report)


async def follow(request: web.Request) -> web.Response:
    """Send the reader on to the brand's site, and count it; 410 where the link has ended."""
    id, now, chosen = request.match_info["id"], request.app[CLOCK](), request.app[COUNTING]
    target = await request.app[DATABASE].read(
        lambda connection: counted.target(connection, id, now=now)
    )
    if target is None or not allowed(target, chosen.hosts):
        raise web.HTTPGone
    if await _counts(request, id):
        target = await _clicked(request, id, target)
    return web.Response(status=302, headers=_BARE | {"Location": target})


async def pixel(request: web.Request) -> web.Response:
    """Take an order that a browser tells; whatever it says, it gets its picture."""
    try:
        if len(request.query) != len(set(request.query)):
            raise Malformed
        reference, order = _order(request.query, signed=False)
        verdict = await _converted(request, reference, order)
    except Malformed:
        verdict = Verdict.MALFORMED
    await _noted(request, verdict)
    headers = _BARE | {"Cross-Origin-Resource-Policy": "cross-origin", "X-Result": verdict.value}
    return web.Response(body=_GIF, content_type="image/gif", headers=headers)


async def report(request: web.Request) -> web.Response:
    """Take an order from the brand's server, which signs the body with the brand's key."""
    if (request.content_length or 0) > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY)
    body = await request.read()
    if not request.app[COUNTING].signed(body, request.headers.get(SIGNATURE, "")):
        await _noted(request, Verdict.FOREIGN)
        raise web.HTTPUnauthorized
    try:
        reference, order = _order(_fields(body), signed=True)
        verdict = await _converted(request, reference, order)
    except Malformed:
        verdict = Verdict.MALFORMED
    await _noted(request, verdict)
    status = 422 if verdict is Verdict.MALFORMED else 200
    return web.json_response({"result": verdict.value}, status=status)


async def _counts(request: web.Request, id: str) -> bool:
    """Whether a person follows the link, as far as can be told; an agent at the desk is none."""
    agent = request.headers.get("User-Agent", "")
    purpose = " ".join(
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose")
    )
    if request.method != "GET" or not agent or _PROGRAM.search(agent):
        return False
    if purpose.strip() or "desk" in request.cookies:
        return False
    wait = await request.app[SIGNALS].allow(f"click/{id}", limit=CLICKS_PER_MINUTE, seconds=60)
    return not wait


async def _clicked(request: web.Request, id: str, target: str) -> str:
    """Count a click; returns *target* with its reference. A reader never waits for our database."""
    at, chosen = request.app[CLOCK](), request.app[COUNTING]
    try:
        click = await request.app[DATABASE].write(
            lambda connection: counted.click(connection, id, at=at)
        )
    except StoreUnavailable:
        log.warning("a click could not be counted")
        return target
    tagged = with_parameter(target, chosen.reference(click))
    return tagged if allowed(tagged, chosen.hosts) else target


async def _converted(request: web.Request, reference: str, order: Order) -> Verdict:
    chosen, at = request.app[COUNTING], request.app[CLOCK]()
    click = chosen.click(reference)
    if click is None:
        return Verdict.FOREIGN
    since = at - chosen.within

    def write(connection: Connection) -> Verdict:
        return counted.convert(connection, order, click_id=click, at=at, since=since)

    return await request.app[DATABASE].write(write)


async def _noted(request: web.Request, verdict: Verdict) -> None:
    """Keep how many reports were not counted and why, so that the report can show it."""
    if verdict is Verdict.COUNTED:
        return
    limit = REFUSALS_PER_MINUTE
    if await request.app[SIGNALS].allow("conversions/refused", limit=limit, seconds=60):
        return
    zone = request.app[CONFIG].brand.timezone
    day = request.app[CLOCK]().astimezone(zone).date().toordinal()
    await request.app[DATABASE].write(
        lambda connection: counted.refuse(connection, verdict, day=day)
    )


def _fields(body: bytes) -> Mapping[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Malformed
        return found

    try:
        # Numbers stay as they were written: money is no binary fraction.
        read = json.loads(body, parse_float=str, parse_int=str, object_pairs_hook=once)
    except (ValueError, RecursionError) as exc:
        raise Malformed from exc
    if not isinstance(read, dict):
        raise Malformed
    return read


def _order(given: Mapping[str, Any], *, signed: bool) -> tuple[str, Order]:
    """The click's reference, and the order, of a report. Raises Malformed."""
    reference, number = given.get(PARAMETER), given.get("order")
    value, currency = given.get("value"), given.get("currency")
    if not set(given) <= _FIELDS or (value is None) != (currency is None):
        raise Malformed
    texts = (reference, number) if value is None else (reference, number, value, currency)
    if not all(isinstance(one, str) for one in texts):
        raise Malformed
    forms = (_ORDER.fullmatch(str(number)), value is None or _VALUE.fullmatch(str(value)))
    if not all(forms) or not (currency is None or _CURRENCY.fullmatch(str(currency))):
        raise Malformed
    return str(reference), Order(
        number=str(number),
        value=None if value is None else Decimal(str(value)),
        currency=currency,
        signed=signed,
    )
