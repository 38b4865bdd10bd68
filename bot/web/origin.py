"""Where a request comes from, and where an answer may lead: our own pages only."""

import hmac
from urllib.parse import urlsplit

from aiohttp import web

from bot.web.keys import CONFIG

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def https(app: web.Application) -> bool:
    """Whether browsers reach us over TLS, so that cookies can be bound to it."""
    chosen = app[CONFIG].web
    if chosen.secure_cookies == "auto":
        return (chosen.public_url or "").startswith("https://")
    return chosen.secure_cookies


def own_origin(request: web.Request) -> bool:
    """Whether the browser says that the request comes from a page of ours."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None:
        return site is not None
    return urlsplit(origin).netloc in _own_hosts(request)


def same(expected: str, claimed: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(expected.encode(), claimed.encode(errors="replace"))


def own_path(claimed: str | None, *, default: str) -> str:
    """*claimed* if it is a plain path on our own host, else *default*."""
    if not claimed or not claimed.startswith("/") or claimed.startswith(("//", "/\\")):
        return default
    if not claimed.isascii() or not claimed.isprintable() or "\\" in claimed:
        return default
    # What a browser or a proxy might decode into another address is no path of ours.
    path = urlsplit(claimed).path
    if "//" in path or "%" in path:
        return default
    return claimed


def _own_hosts(request: web.Request) -> set[str]:
    public = request.app[CONFIG].web.public_url
    return {request.host} | ({urlsplit(public).netloc} if public else set())
