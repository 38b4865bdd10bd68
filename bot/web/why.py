"""The drawer that explains why a message was answered as it was."""

from collections.abc import Iterator
from datetime import datetime

from aiohttp import web

from bot.store.explained import Explained, explained
from bot.web.auth import agent, signed_in
from bot.web.keys import DATABASE
from bot.web.pages import page, wants_fragment


def setup(app: web.Application) -> None:
    """Add the route."""
    path = "/desk/{id:[0-9]{1,18}}/why/{message:[0-9]{1,18}}"
    app.router.add_get(path, signed_in()(show))


async def show(request: web.Request) -> web.Response:
    """All that the log knows of the decision on one message."""
    id, message = int(request.match_info["id"]), int(request.match_info["message"])
    found = await request.app[DATABASE].read(lambda conn: explained(conn, id, message))
    if found is None:
        raise web.HTTPNotFound
    return page(
        request,
        "_why.html" if wants_fragment(request) else "why.html",
        found=found,
        steps=list(_steps(found)),
        may_teach=agent(request).may_teach and bool(found.text),
    )


def _steps(found: Explained) -> Iterator[tuple[str, datetime, float]]:
    """What happened when, and how many seconds after the step before."""
    before = found.sent_at
    at = [("received", found.received_at), ("decided", found.decided_at)]
    for step, when in [*at, *(("sent", reply.sent_at) for reply in found.replies)]:
        if when is not None:
            # Clocks of platforms run ahead now and then.
            yield step, when, max((when - before).total_seconds(), 0.0)
            before = when
