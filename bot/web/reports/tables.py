"""Pages that are tables: channels, intents, targets, agents. Each names what it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from aiohttp import web

from bot.reports.choice import Choice, Cohort
from bot.web.pages import page
from bot.web.reports import seam
from bot.web.reports.cells import Table
from bot.web.reports.query import Query
from bot.web.reports.seam import Reader

Work = Callable[[Cohort], Any]
Show = Callable[[Any, Reader], Sequence[Table]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage:
    """A page at /reports/NAME: *work* counts, *show* makes it readable.

    Only a page that *compares* looks at the days before.
    """

    name: str
    work: Work
    show: Show
    compares: bool = False

    async def page(self, request: web.Request) -> web.Response:
        """Answer with the page."""
        reader = seam.reader(request, seam.asked(request))
        wanted = self._choice(request, reader.query)
        asked, made = await seam.worked_out(request, wanted, self.work)
        return page(
            request,
            "reports/tables.html",
            **seam.shared(request, reader),
            **seam.counted(asked, reader),
            here=self.name,
            tables=self.show(made, reader),
        )

    async def json(self, request: web.Request) -> web.Response:
        """Answer with the same for programs."""
        wanted = self._choice(request, seam.asked(request))
        return web.json_response(seam.told(*await seam.worked_out(request, wanted, self.work)))

    def _choice(self, request: web.Request, chosen: Query) -> Choice:
        wanted = seam.choice(request, chosen)
        return wanted if self.compares else replace(wanted, compared=None)


def day_of(text: str) -> date:
    """The day of a key."""
    return date.fromisoformat(text)
