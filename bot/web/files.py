"""Files that agents attach: taken at the desk, served to whoever was told the address.

Nothing of what a browser says about a file is believed: its type is read from its bytes, and its
name is a title and no more.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import wraps

from aiohttp import web
from aiohttp.web_request import FileField

from bot.store import files
from bot.store.files import FILES, File
from bot.web import media
from bot.web.auth import POSTED, Handler, posted
from bot.web.keys import CLOCK, CONFIG, DATABASE
from channels.messages import Attachment
from channels.webchat import NAME as WEBCHAT

FIELD = "file"
MOST = 5
MAX_BYTES = 10 * 1024 * 1024
# They are stored in one commit, which others wait for.
MAX_TOGETHER = 25 * 1024 * 1024
MAX_BODY = MAX_TOGETHER + 256 * 1024
LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type of file that agents may send. *name* ends its address: some platforms show it."""

    type: str
    name: str


TYPES: Mapping[str, Kind] = {
    "image/png": Kind(type="image", name="image.png"),
    "image/jpeg": Kind(type="image", name="image.jpg"),
    "image/gif": Kind(type="image", name="image.gif"),
    "image/webp": Kind(type="image", name="image.webp"),
    "video/mp4": Kind(type="video", name="video.mp4"),
    "audio/mpeg": Kind(type="audio", name="audio.mp3"),
    "application/pdf": Kind(type="file", name="document.pdf"),
}
_PUBLIC = media.INERT | {
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Unfit(Exception):
    """Agents may not send that. *kind* is a word of the templates, *status* our answer."""

    def __init__(self, kind: str, status: int) -> None:
        self.kind = kind
        self.status = status
        super().__init__(kind)


def setup(app: web.Application) -> None:
    """Add the public address of files."""
    app.router.add_get(FILES + "{id:[A-Za-z0-9_-]{32}}{name:(/[a-z0-9.]{1,16})?}", serve)


async def serve(request: web.Request) -> web.Response:
    """One file; 404 for a wrong name, and for one that has expired or was erased."""
    id, name = request.match_info["id"], request.match_info["name"]
    now = request.app[CLOCK]()
    kept = await request.app[DATABASE].read(lambda connection: files.find(connection, id, now=now))
    known = TYPES[kept.mime_type] if kept is not None else None
    if kept is None or known is None or name not in {"", f"/{known.name}"}:
        raise web.HTTPNotFound
    shown = "inline" if known.type == "image" else "attachment"
    headers = _PUBLIC | {"Content-Disposition": f'{shown}; filename="{known.name}"'}
    return web.Response(body=kept.content, headers=headers, content_type=kept.mime_type)


def roomy(handler: Handler) -> Handler:
    """Let a request to *handler* be as long as one with files may be."""

    @wraps(handler)
    async def handled(request: web.Request) -> web.StreamResponse:
        if (request.content_length or 0) > MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY)
        roomier = request.clone(client_max_size=MAX_BODY)
        try:
            return await handler(roomier)
        finally:
            # Of the request that came, aiohttp would close them; of a clone it does not.
            for one in roomier[POSTED].values() if POSTED in roomier else ():
                if isinstance(one, FileField):
                    one.file.close()

    return handled


def reachable(request: web.Request, channel: str) -> bool:
    """Whether a platform can fetch what we serve: by https, or in our own chat."""
    public = request.app[CONFIG].web.public_url or ""
    return channel == WEBCHAT or public.startswith("https://")


async def chosen(request: web.Request) -> list[FileField]:
    """The files in a form."""
    fields = (await posted(request)).getall(FIELD, [])
    return [one for one in fields if isinstance(one, FileField)]


def made(request: web.Request, fields: Sequence[FileField], *, channel: str) -> list[File]:
    """What is stored of *fields*, each under a new address. Raises Unfit."""
    if fields and not reachable(request, channel):
        raise Unfit("files_off", 422)
    if len(fields) > MOST:
        raise Unfit("files_many", 413)
    config = request.app[CONFIG]
    base = "" if channel == WEBCHAT else config.web.public_url or ""
    until = request.app[CLOCK]() + config.desk.keep_files
    found = []
    for field in fields:
        content = field.file.read(MAX_BYTES + 1)
        mime_type = _type(content)
        id = secrets.token_urlsafe(24)
        attachment = Attachment(
            type=TYPES[mime_type].type,
            id=id,
            url=f"{base}{FILES}{id}/{TYPES[mime_type].name}",
            title=title(field.filename) or TYPES[mime_type].name,
            mime_type=mime_type,
            size=len(content),
            expires_at=until,
        )
        found.append(File(attachment=attachment, content=content))
    return found


def title(claimed: str) -> str:
    """What may be shown of a file's *claimed* name: one line, no folders, nothing unseen."""
    last = re.split(r"[/\\]", claimed)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:LONGEST_TITLE]


def _type(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise Unfit("file_large", 413)
    found = "application/pdf" if content.startswith(b"%PDF-") else media.kind(content)
    if found is None or found not in TYPES:
        raise Unfit("file_type", 415)
    return found
