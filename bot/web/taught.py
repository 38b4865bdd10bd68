"""What agents taught: what became of it, and the way to withdraw it."""

from aiohttp import web
from sqlalchemy import Connection

from bot.store import lessons, teaching
from bot.store.teaching import State
from bot.web.auth import agent
from bot.web.auth import teaching as teachers
from bot.web.keys import CLOCK, DATABASE, SIGNALS
from bot.web.pages import page


def setup(app: web.Application) -> None:
    """Add the routes."""
    guard = teachers()
    app.router.add_get("/review/taught", guard(show))
    app.router.add_post("/review/taught/{id:[0-9]{1,18}}/withdraw", guard(withdraw))
    app.router.add_post("/review/taught/{id:[0-9]{1,18}}/retry", guard(retry))


async def show(request: web.Request) -> web.Response:
    """The newest of what was taught, and the last lesson."""
    examples, lesson = await request.app[DATABASE].read(
        lambda conn: (teaching.everything(conn), lessons.last(conn))
    )
    return page(request, "taught.html", examples=examples, lesson=lesson, State=State)


async def withdraw(request: web.Request) -> web.Response:
    """Use an example no more."""
    who, at, id = agent(request).id, request.app[CLOCK](), _id(request)

    def write(connection: Connection) -> bool:
        return teaching.withdraw(connection, id, agent_id=who, at=at)

    return await _changed(request, await request.app[DATABASE].write(write))


async def retry(request: web.Request) -> web.Response:
    """Let the next lesson judge a refused example again."""
    id = _id(request)
    return await _changed(
        request, await request.app[DATABASE].write(lambda conn: teaching.retry(conn, id))
    )


async def _changed(request: web.Request, found: bool) -> web.Response:
    if not found:
        raise web.HTTPNotFound
    request.app[SIGNALS].publish("taught", {})
    raise web.HTTPSeeOther("/review/taught")


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])
