"""The platform's answers on the wire: good ones, and those that a misbehaviour spoils."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Mapping

import orjson
from aiohttp import web

from bot.simulation.call import Attempt, Taken
from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.platforms import platform_of

_SPACES = b" " * 65536
_HUGE = 64 * 1024 * 1024
_HTML = b"<!DOCTYPE html><html><head><title>502</title></head><body>Bad Gateway</body></html>"
_GARBAGE = b'\x1f\x8b\x00{"recipient_id": "73'
_RESET = struct.pack("ii", 1, 0)


def failed(request: web.BaseRequest, attempt: Attempt, failure: Misbehaviour) -> web.Response:
    """The answer of a platform that did not take the message."""
    if failure.kind in ("reset", "down"):
        return cut(request)
    if failure.kind == "html":
        return web.Response(status=502, body=_HTML, content_type="text/html")
    return _refusal(failure.kind, attempt, retry_after=failure.retry_after)


async def lose(
    request: web.BaseRequest, attempt: Attempt, taken: Taken, failure: Misbehaviour
) -> web.StreamResponse:
    """Spoil the answer of a platform that took the message."""
    match failure.kind:
        case "garbage":
            return web.Response(body=_GARBAGE, content_type="application/json")
        case "huge":
            return await huge(request, taken)
        case "reset_after_accept":
            return cut(request)
        case "500_after_accept":
            return _refusal("500", attempt)
    await asyncio.sleep(failure.wait)
    if failure.kind == "slow":
        return json_answer(200, taken.body, taken.headers)
    return cut(request)


def _refusal(kind: str, attempt: Attempt, *, retry_after: float | None = None) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    refused = platform_of(attempt.account.channel).misbehaved(kind, headers)
    return json_answer(refused.status, refused.body, refused.headers)


def json_answer(
    status: int, body: object, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer as the platforms give it."""
    if status == 204:
        return web.Response(status=status, headers=headers)
    return web.Response(
        status=status, body=orjson.dumps(body), headers=headers, content_type="application/json"
    )


def cut(request: web.BaseRequest) -> web.Response:
    """Reset the connection: the client sees no answer at all."""
    transport = request.transport
    if transport is not None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET
            )
        transport.abort()
    return web.Response()


async def huge(request: web.BaseRequest, taken: Taken) -> web.StreamResponse:
    """A valid answer with 64 MiB of spaces behind it."""
    first = orjson.dumps(taken.body)
    response = web.StreamResponse(headers={"content-type": "application/json"})
    response.content_length = len(first) + _HUGE
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        await response.write(first)
        for _ in range(_HUGE // len(_SPACES)):
            await response.write(_SPACES)
    return response
