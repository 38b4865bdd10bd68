"""Style sheets and scripts: read once, compressed once, under an address that changes with them."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served. *kind* is its media type."""

    kind: str
    plain: bytes
    compressed: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """Every file below `FOLDER` by its relative path."""
    return {
        path.relative_to(FOLDER).as_posix(): _asset(path)
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }


@cache
def digest() -> str:
    """Names the whole set, so that modules may import each other by relative paths."""
    summed = hashlib.sha256()
    for name, asset in assets().items():
        summed.update(f"{name}\0{len(asset.plain)}\0".encode() + asset.plain)
    return summed.hexdigest()[:16]


def url(name: str) -> str:
    """The address of a static file. Raises KeyError for one that does not exist."""
    if name not in assets():
        raise KeyError(name)
    return f"/static/{digest()}/{name}"


async def serve(request: web.Request) -> web.Response:
    """Answer with a static file."""
    asset = assets().get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    current = request.match_info["digest"] == digest()
    headers = {"Cache-Control": FOR_EVER if current else "no-cache", "Vary": "Accept-Encoding"}
    body = asset.plain
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = asset.compressed
    return web.Response(body=body, headers=headers, content_type=asset.kind, charset="utf-8")


async def favicon(request: web.Request) -> web.Response:
    """Browsers ask for it unasked."""
    return web.Response(body=assets()["icon.svg"].plain, content_type="image/svg+xml")


def setup(app: web.Application) -> None:
    """Add the routes of static files."""
    app.router.add_get("/static/{digest}/{name:.+}", serve)
    app.router.add_get("/favicon.ico", favicon)


def _asset(path: Path) -> Asset:
    plain = path.read_bytes()
    kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return Asset(
        kind=kind or "application/octet-stream",
        plain=plain,
        compressed=gzip.compress(plain, 9, mtime=0),
    )
