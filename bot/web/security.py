"""What every answer of ours carries, and what every change must prove."""

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.store.database import StoreUnavailable
from bot.web.origin import https

log = logging.getLogger(__name__)

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# An answer that sets one of these itself keeps its own: the chat frame names who may embed it.
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def setup(app: web.Application) -> None:
    """Give every answer of *app*, errors too, the headers above."""
    app.on_response_prepare.append(_add_headers)
    app.middlewares.append(plain_errors)


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into pages that people can read, and log them in one line."""
    try:
        return await handler(request)
    except StoreUnavailable as exc:
        log.error("store unavailable path=%s error=%s", request.path, type(exc).__name__)
        return await _refusal(request, web.HTTPServiceUnavailable())
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        log.info("refused status=%s method=%s path=%r", exc.status, request.method, request.path)
        return await _refusal(request, exc)


async def _refusal(request: web.Request, refused: web.HTTPException) -> web.StreamResponse:
    if "text/html" in request.headers.get("Accept", ""):
        from bot.web.pages import page

        answer = page(request, "error.html", status=refused.status, code=refused.status)
    else:
        answer = web.Response(text=f"{refused.status} {refused.reason}\n", status=refused.status)
    for name in ("Allow", "Retry-After"):
        if name in refused.headers:
            answer.headers[name] = refused.headers[name]
    return answer


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if https(request.app):
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    response.headers.pop("Server", None)
