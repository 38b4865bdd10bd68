"""All web addresses in one application: webhooks and health at once, the pages soon after."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aiohttp import web

from bot.config import Config
from bot.keeper import Keeper
from bot.metrics import Metrics
from bot.signals import Signals
from bot.store.database import Database
from bot.web import health, keys, proxies, security, webhooks
from bot.web.late import LatePages, Setup
from channels.base import Capabilities, Channel

PAGES = web.AppKey("PAGES", LatePages)


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
    """The application that the service listens with; *demo* adds a page to try the chat on.

    Desk, reports and web chat are there once `app[PAGES].open()` was awaited.
    """
    app = web.Application(client_max_size=webhooks.BODY_LIMIT)
    app[keys.CONFIG] = config
    app[keys.DATABASE] = database
    app[keys.SIGNALS] = signals
    app[keys.CAPABILITIES] = capabilities
    app[keys.CLOCK] = clock
    app[keys.KEEPER] = Keeper(database=database, zone=config.brand.timezone, clock=clock)
    app[webhooks.CHANNELS] = channels
    app[webhooks.METRICS] = metrics
    app[health.STOPPING] = []
    if config.web.trusted_proxies:
        app.middlewares.append(proxies.trusting(config.web.trusted_proxies))
    security.setup(app)
    webhooks.setup(app)
    health.setup(app)
    app.router.add_get("/", _to_the_desk)
    app[PAGES] = LatePages(app, _pages_with_demo if demo else _pages)
    return app


def _pages() -> Sequence[Setup]:
    from bot.web import api, consent, counted, desk, reports, template_pages
    from bot.web.webchat import routes

    added = (template_pages.setup, api.setup, consent.setup, counted.setup)
    return routes.setup, desk.setup, reports.setup, *added


def _pages_with_demo() -> Sequence[Setup]:
    from bot.web.webchat import routes

    return *_pages(), routes.add_demo


async def _to_the_desk(request: web.Request) -> web.Response:
    raise web.HTTPFound("/desk")
