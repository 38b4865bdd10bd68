"""All web addresses in one application: webhooks, health, web chat, desk, reports."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from bot.config import Config
from bot.metrics import Metrics
from bot.signals import Signals
from bot.store.database import Database
from bot.web import desk, health, keys, proxies, reports, security, webchat, webhooks
from channels.base import Capabilities, Channel


def application(
    *,
    config: Config,
    database: Database,
    signals: Signals,
    channels: Mapping[tuple[str, str], Channel],
    capabilities: Mapping[str, Capabilities],
    metrics: Metrics,
    clock: Callable[[], datetime],
    demo: bool = False,
) -> web.Application:
    """The application that the service listens with; *demo* adds a page to try the chat on."""
    app = web.Application(client_max_size=webhooks.BODY_LIMIT)
    app[keys.CONFIG] = config
    app[keys.DATABASE] = database
    app[keys.SIGNALS] = signals
    app[keys.CAPABILITIES] = capabilities
    app[keys.CLOCK] = clock
    app[webhooks.CHANNELS] = channels
    app[webhooks.METRICS] = metrics
    app[health.STOPPING] = []
    if config.web.trusted_proxies:
        app.middlewares.append(proxies.trusting(config.web.trusted_proxies))
    security.setup(app)
    for part in (webhooks, health, webchat, desk, reports):
        part.setup(app)
    app.router.add_get("/", _to_the_desk)
    if demo:
        webchat.add_demo(app)
    return app


async def _to_the_desk(request: web.Request) -> web.Response:
    raise web.HTTPFound("/desk")
