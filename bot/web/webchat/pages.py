"""What a browser loads: the launcher, the chat's frame, and a demo page to try both on."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web import assets
from bot.web.keys import CONFIG
from bot.web.webchat import access
from channels.webchat import Settings

LANGUAGES = ("zh-Hant", "en")
LAUNCHER = "webchat/widget.js"
DEFAULT_ACCENT = b"#0b6b5d"

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def launcher(request: web.Request) -> web.Response:
    """Answer with the one script that a web site embeds, in the account's colour."""
    plain, packed, tag = _launcher(access.account(request).accent)
    headers = {
        "Cache-Control": "public, max-age=300",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": f'"{tag}"',
        "Vary": "Accept-Encoding",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        plain = packed
    return web.Response(
        body=plain, headers=headers, content_type="text/javascript", charset="utf-8"
    )


async def frame(request: web.Request) -> web.Response:
    """Answer with the chat itself, which only the account's web sites and we may embed."""
    settings = access.account(request)
    language = _language(request)
    page = _templates.get_template("frame.html").render(
        language=language,
        brand=request.app[CONFIG].brand.name_in(language),
        base=f"/webchat/{settings.account}",
        accent=settings.accent,
        max_text=settings.max_text,
        url=assets.url,
    )
    headers = {
        "Content-Security-Policy": _frame_policy(settings),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=page, headers=headers, content_type="text/html")


async def demo(request: web.Request) -> web.Response:
    """Answer with a page of an invented shop that embeds the widget."""
    settings = access.account(request)
    page = _templates.get_template("demo.html").render(
        language=_language(request),
        brand=request.app[CONFIG].brand.name_in(_language(request)),
        base=f"/webchat/{settings.account}",
        url=assets.url,
    )
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return web.Response(
        text=page, headers={"Content-Security-Policy": policy}, content_type="text/html"
    )


def _frame_policy(settings: Settings) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
            " ".join(("frame-ancestors 'self'", *settings.origins)),
        )
    )


@cache
def _launcher(accent: str) -> tuple[bytes, bytes, str]:
    plain = assets.assets()[LAUNCHER].plain.replace(DEFAULT_ACCENT, accent.encode())
    return plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:16]


def _language(request: web.Request) -> str:
    wanted = request.query.get("lang")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
