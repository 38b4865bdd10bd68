"""What customers attached, shown at the desk from our own origin and unable to do anything there.

It is fetched when an agent looks, and not kept: platforms delete theirs, and so it is gone.
"""

import logging
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, select

from bot.fetch import Fetcher, NotFetched, origins
from bot.store.agents import Role
from bot.store.tables import conversations, messages
from bot.web.auth import signed_in
from bot.web.keys import CONFIG, DATABASE
from bot.web.webhooks import CHANNELS
from channels.base import MediaAddress, MediaSource
from channels.errors import SendError
from channels.messages import Attachment

log = logging.getLogger(__name__)

FETCHER = web.AppKey("FETCHER", Fetcher)
# By what it is, not by what its server says. Only what cannot hold a script is shown in the page.
_SHOWN = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavif", 4, "image/avif"),
    # A picture of a telephone's, which few browsers show, in the same box as a film.
    (b"ftyphei", 4, None),
    (b"ftypmif1", 4, None),
    (b"ftyp", 4, "video/mp4"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
)
INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    # An agent scrolls back and forth; nobody else may have it.
    "Cache-Control": "private, max-age=600",
}


def setup(app: web.Application) -> None:
    """Add the address of attachments."""
    apis = [getattr(settings, "api", None) for _, settings in app[CONFIG].accounts()]
    app[FETCHER] = Fetcher(trusted=origins(apis))
    path = "/desk/media/{message:[0-9]{1,18}}/{number:[0-9]{1,2}}"
    app.router.add_get(path, signed_in(Role.AGENT)(show))


async def show(request: web.Request) -> web.Response:
    """One attachment of one message; 404 where it is gone or must not be fetched."""
    id, number = int(request.match_info["message"]), int(request.match_info["number"])
    row = await request.app[DATABASE].read(lambda connection: _message(connection, id))
    attached = (row.attachments or []) if row is not None else []
    if row is None or number >= len(attached):
        raise web.HTTPNotFound
    try:
        address = await _address(request, row.channel, row.account, attached[number])
        found = await request.app[FETCHER].fetch(address.url, address.headers)
    except (NotFetched, SendError) as exc:
        log.info("attachment %s of message %s not shown: %s", number, id, type(exc).__name__)
        raise web.HTTPNotFound from exc
    shown = kind(found.content)
    headers = dict(INERT)
    if shown is None:
        headers["Content-Disposition"] = f'attachment; filename="attachment-{id}-{number}"'
    return web.Response(
        body=found.content, headers=headers, content_type=shown or "application/octet-stream"
    )


def kind(content: bytes) -> str | None:
    """The type of what may be shown in a page; None for all that is only to be saved."""
    for mark, at, name in _SHOWN:
        if content[at : at + len(mark)] == mark:
            return name
    return None


def _message(connection: Connection, id: int) -> Any:
    return connection.execute(
        select(messages.c.attachments, conversations.c.channel, conversations.c.account)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id == id)
    ).one_or_none()


async def _address(
    request: web.Request, channel: str, account: str, attached: dict[str, Any]
) -> MediaAddress:
    one = Attachment(
        type=attached.get("type", "file"),
        url=attached.get("url"),
        id=attached.get("id"),
        title=attached.get("title"),
    )
    adapter: object = request.app[CHANNELS].get((channel, account))
    if isinstance(adapter, MediaSource):
        return await adapter.media(one)
    if one.url is None:
        raise NotFetched("no address")
    return MediaAddress(url=one.url)
