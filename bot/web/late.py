"""Pages that are imported when the service listens already: no webhook has to wait for them."""

import asyncio
from collections.abc import Callable, Iterable

from aiohttp import web

# Adds routes to an application.
Setup = Callable[[web.Application], None]


class LatePages(web.PrefixedSubAppResource):
    """All addresses that *app* does not know itself. A request for one waits until `open`.

    *imported* imports the modules of the pages, in a thread, and returns what adds their routes.
    """

    def __init__(self, app: web.Application, imported: Callable[[], Iterable[Setup]]) -> None:
        super().__init__("", web.Application())
        self._parent = app
        self._imported = imported
        self._opened = asyncio.Event()
        app.router.register_resource(self)
        app.on_shutdown.append(self._shut_down)
        app.on_cleanup.append(self._clean_up)

    async def open(self) -> None:
        """Import the pages and let their visitors in."""
        self._app.update(self._parent)
        for setup in await asyncio.to_thread(self._imported):
            setup(self._app)
        self._app.freeze()
        await self._app.startup()
        self._opened.set()

    async def resolve(
        self, request: web.Request
    ) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        await self._opened.wait()
        found, allowed = await super().resolve(request)
        # The application itself refuses: it may know the address under another method.
        return (None if found is None or found.http_exception else found), allowed

    async def _shut_down(self, _: web.Application) -> None:
        if self._opened.is_set():
            await self._app.shutdown()

    async def _clean_up(self, _: web.Application) -> None:
        if self._opened.is_set():
            await self._app.cleanup()
