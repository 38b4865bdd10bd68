"""The page that explains the API to people, from the declarations that it is made of."""

from aiohttp import web

from bot.store.tokens import Scope
from bot.web.api import access
from bot.web.api.parameters import Parameter
from bot.web.api.problems import KINDS
from bot.web.api.resources import RESOURCES, ROOT
from bot.web.keys import CONFIG
from bot.web.pages import page
from bot.web.reports.files import TYPES


def setup(app: web.Application) -> None:
    """Add the page; it shows nothing that is anybody's."""
    app.router.add_get("/api", show)


async def show(request: web.Request) -> web.Response:
    """The page."""
    return page(
        request,
        "api/page.html",
        root=ROOT,
        origin=request.app[CONFIG].web.public_url or str(request.url.origin()),
        resources=RESOURCES,
        formats=list(TYPES),
        parameters=_every_parameter(),
        scopes=list(Scope),
        kinds=KINDS,
        limit=access.LIMIT,
    )


def _every_parameter() -> list[Parameter]:
    found: dict[str, Parameter] = {}
    for each in RESOURCES:
        for parameter in (*each.parameters, *(each.of_file if each.file else ())):
            found.setdefault(parameter.name, parameter)
    return list(found.values())
