"""Whether the brand's action server is there and has the actions that it should."""

import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import aiohttp
import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot import registry
from bot.config_sections import ActionServer
from channels.http import bounded

_TIMEOUT = aiohttp.ClientTimeout(total=5, connect=3)
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look found."""

    state: Literal["ok", "note", "wrong"]
    told: str


class _Named(BaseModel):
    name: str


_NAMES = TypeAdapter(list[_Named])


async def looked_at(server: ActionServer) -> Look:
    """Ask *server* whether it is well, and which actions it has; runs none."""
    began = time.monotonic()
    try:
        async with registry.client() as http:
            await _got(http, server, "/health")
            took = 1000 * (time.monotonic() - began)
            listed = await _got(http, server, "/actions")
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        return Look(state="wrong", told=f"{server.url} does not answer: {_said(exc)}")
    return _judged(server, listed, f"{server.url} answers in {took:.0f} ms")


def _judged(server: ActionServer, listed: bytes | None, answers: str) -> Look:
    try:
        names = {each.name for each in _NAMES.validate_python(orjson.loads(listed or b""))}
    except (orjson.JSONDecodeError, ValidationError):
        return Look(state="note", told=f"{answers}, but does not list its actions")
    if missing := sorted({*server.names} - names):
        has = f"it has {', '.join(sorted(names)) or 'none'}"
        return Look(state="wrong", told=f"{answers}, but lacks {', '.join(missing)}; {has}")
    if server.url.startswith("http://") and not _is_here(server.url):
        told = f"{answers} and has all {len(server.names)} actions; customers' words go there in "
        return Look(state="note", told=f"{told}the clear, use https:// or a private network")
    return Look(state="ok", told=f"{answers} and has all {len(server.names)} actions")


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


async def _got(http: aiohttp.ClientSession, server: ActionServer, path: str) -> bytes | None:
    headers = {name: value.get_secret_value() for name, value in server.headers.items()}
    async with http.get(
        f"{server.url}{path}", headers=headers, timeout=_TIMEOUT, allow_redirects=False
    ) as response:
        if response.status != 200:
            raise aiohttp.ClientResponseError(
                response.request_info, (), status=response.status, message=path
            )
        return await bounded(response, _MOST_BYTES)


def _said(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.message} with status {error.status}"
    return type(error).__name__
