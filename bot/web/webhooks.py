"""Where platforms deliver: verify, parse, store, and only then say 200."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from aiohttp import web
from sqlalchemy.exc import DataError, IntegrityError

from bot.metrics import Metrics
from bot.store import inbox
from bot.store.database import StoreUnavailable
from bot.store.inbox import Arrival
from bot.web.keys import CLOCK, DATABASE, SIGNALS
from channels.base import Acknowledger, Channel, WebhookRequest
from channels.errors import InvalidSignature, MalformedPayload

log = logging.getLogger(__name__)

BODY_LIMIT = 4 * 1024 * 1024
BODY_WITHIN = 10.0
# What is late for a platform that is up, when our clock and its own are right.
LATE = timedelta(minutes=1)

CHANNELS: web.AppKey[Mapping[tuple[str, str], Channel]] = web.AppKey("CHANNELS")
METRICS = web.AppKey("METRICS", Metrics)
ACKNOWLEDGERS: web.AppKey[dict[tuple[str, str], Acknowledger]] = web.AppKey("ACKNOWLEDGERS")
# The adapters that read the bodies of one webhook of one account.
SHARING: web.AppKey[dict[tuple[str, str], list[Channel]]] = web.AppKey("SHARING")


def setup(app: web.Application) -> None:
    """Add the addresses that platforms are told."""
    sharing = app[SHARING] = {}
    for channel in app[CHANNELS].values():
        sharing.setdefault((channel.webhook, channel.account), []).append(channel)
    thanked: dict[tuple[str, str], Acknowledger] = {}
    for key, each in app[CHANNELS].items():
        if isinstance(each, Acknowledger):
            thanked[key] = each
    app[ACKNOWLEDGERS] = thanked
    app.router.add_post("/webhooks/{channel}/{account}", receive)
    app.router.add_get("/webhooks/{channel}/{account}", shake_hands)


async def shake_hands(request: web.Request) -> web.Response:
    """Answer a platform that checks whether the address is ours."""
    channel = channel_of(request)
    answer = channel.handshake(_request(request, b""))
    return web.Response(status=answer.status, text=answer.body, content_type=answer.content_type)


async def receive(request: web.Request) -> web.Response:
    """Store every event of a webhook; 200 after the commit was synced, 503 if it cannot be."""
    started = time.perf_counter()
    channel, metrics = channel_of(request), request.app[METRICS]
    try:
        async with asyncio.timeout(BODY_WITHIN):
            webhook = _request(request, await request.read())
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    try:
        channel.verify(webhook)
    except InvalidSignature:
        metrics.count("antiphon_signature_failures_total", {"channel": channel.name})
        log.warning("signature refused channel=%s account=%s", channel.name, channel.account)
        raise web.HTTPUnauthorized from None
    readers = request.app[SHARING][channel.webhook, channel.account]
    arrivals = [_arrival(each, webhook) for each in readers]
    try:
        await _store(request, [each for each in arrivals if each.events or each.reason])
    except StoreUnavailable:
        log.exception("inbox cannot be written channel=%s", channel.name)
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
    metrics.observe("antiphon_ack_seconds", time.perf_counter() - started)
    acknowledger = request.app[ACKNOWLEDGERS].get((channel.name, channel.account))
    events = [event for each in arrivals for event in each.events]
    told = None if acknowledger is None else acknowledger.acknowledgement(events)
    if told is not None:
        return web.json_response(told)
    return web.Response(body=b"OK", content_type="text/plain")


async def _store(request: web.Request, arrivals: Sequence[Arrival]) -> None:
    metrics, database = request.app[METRICS], request.app[DATABASE]
    for arrival in arrivals:
        try:
            duplicates = await database.submit(inbox.add, arrival)
        except (DataError, IntegrityError) as exc:
            # The database refuses a value in it: a bad event is kept as it came, never refused.
            reason = f"cannot be stored: {type(exc).__name__}"
            duplicates = await database.submit(inbox.add, replace(arrival, reason=reason))
        labels = {"channel": arrival.channel, "result": "malformed" if arrival.reason else "ok"}
        metrics.count("antiphon_events_total", labels, by=max(len(arrival.events), 1))
        if arrival.reason:
            metrics.count("antiphon_parked_total", {"channel": arrival.channel})
        if duplicates:
            metrics.count("antiphon_duplicates_total", by=duplicates)
        if late := sum(event.received_at - event.sent_at > LATE for event in arrival.events):
            metrics.count("antiphon_late_events_total", {"channel": arrival.channel}, by=late)
    if arrivals:
        request.app[SIGNALS].publish("inbox", {})


def _arrival(channel: Channel, webhook: WebhookRequest) -> Arrival:
    try:
        events, reason = channel.parse(webhook), None
    except MalformedPayload as exc:
        events, reason = [], str(exc)[:500]
        log.warning("malformed body parked channel=%s account=%s", channel.name, channel.account)
    return Arrival(
        channel=channel.name,
        account=channel.account,
        body=webhook.body,
        events=events,
        received_at=webhook.received_at,
        reason=reason,
    )


def channel_of(request: web.Request) -> Channel:
    """The adapter that the address names. Raises HTTPNotFound."""
    info = request.match_info
    channel = request.app[CHANNELS].get((info["channel"], info["account"]))
    if channel is None:
        raise web.HTTPNotFound
    return channel


def _request(request: web.Request, body: bytes) -> WebhookRequest:
    return WebhookRequest(
        method=request.method,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query),
        body=body,
        received_at=request.app[CLOCK](),
    )
