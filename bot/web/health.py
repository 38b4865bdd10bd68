"""What machines ask: alive, ready, and how it goes."""

from ipaddress import ip_address

from aiohttp import web
from sqlalchemy import text

from bot.store import inbox, pauses
from bot.store.database import StoreUnavailable
from bot.web.keys import DATABASE
from bot.web.webhooks import METRICS

# It changes nothing, but it is written: only then does a full disk show.
_TRIAL = text("UPDATE alembic_version SET version_num = version_num")

STOPPING: web.AppKey[list[bool]] = web.AppKey("STOPPING")


def setup(app: web.Application) -> None:
    """Add the health pages."""
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)


async def alive(request: web.Request) -> web.Response:
    """The process runs; nothing else is looked at."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """200 if a webhook would be stored now: the database writes and we are not stopping."""
    if request.app[STOPPING]:
        return web.Response(status=503, text="stopping\n")
    try:
        await request.app[DATABASE].write(lambda connection: connection.execute(_TRIAL))
    except StoreUnavailable:
        return web.Response(status=503, text="the inbox cannot be written\n")
    return web.Response(text="ready\n")


async def metrics(request: web.Request) -> web.Response:
    """Prometheus metrics, for this machine only."""
    if request.remote is None or not ip_address(request.remote).is_loopback:
        raise web.HTTPNotFound
    if "X-Forwarded-For" in request.headers:
        raise web.HTTPNotFound
    from bot.store import outbox

    page = request.app[METRICS]
    database = request.app[DATABASE]
    waiting = await database.read(inbox.depth)
    for state in ("pending", "parked"):
        page.gauge("antiphon_inbox_depth", waiting.get(state, 0), {"state": state})
    leaving = await database.read(outbox.open_counts)
    for state in ("queued", "sending", "unknown"):
        page.gauge("antiphon_outbox_depth", leaving.get(state, 0), {"state": state})
    for (channel, account), is_paused in (await database.read(pauses.paused)).items():
        labels = {"channel": channel, "account": account}
        page.gauge("antiphon_account_paused", is_paused, labels)
    return web.Response(text=page.page(), content_type="text/plain", charset="utf-8")
