"""The addresses of the API: each reads a token, its filters, and answers or tells the problem."""

import json
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from aiohttp import web

from bot.store.database import StoreUnavailable
from bot.web.api import access, asking, lists, pages, tokens
from bot.web.api.openapi import document
from bot.web.api.parameters import given
from bot.web.api.problems import Problem
from bot.web.api.resources import RESOURCES, ROOT, Resource
from bot.web.auth import Handler
from bot.web.reports.files import TYPES, File

log = logging.getLogger(__name__)

# A token's answer is nobody else's, and is asked for again by its ETag.
_KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


def setup(app: web.Application) -> None:
    """Add the API, the page that explains it, and the page of its tokens."""
    for each in RESOURCES:
        app.router.add_get(each.path, _told(_answers(each)))
        if each.file is not None:
            for format in TYPES:
                file = File(kind=each.file, format=format)
                app.router.add_get(f"{each.path}.{format}", _told(_gives(each, file)))
    app.router.add_get(f"{ROOT}/openapi.json", _document)
    app.router.add_route("*", f"{ROOT}/{{rest:.*}}", _told(_nothing))
    pages.setup(app)
    tokens.setup(app)


def _answers(resource: Resource) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        token = await access.reader(request, resource.scope)
        asked = asking.understood(request, given(request, resource.parameters), token)
        body = await resource.answer(asked)
        log.info("api read token=%s path=%s", token.id, request.path)
        return _tagged(request, body)

    return answer


def _gives(resource: Resource, file: File) -> Handler:
    async def give(request: web.Request) -> web.StreamResponse:
        token = await access.reader(request, resource.scope)
        asked = asking.understood(request, given(request, resource.of_file), token)
        answer = await lists.whole(asked, file)
        log.info("api export token=%s path=%s", token.id, request.path)
        return answer

    return give


async def _nothing(request: web.Request) -> web.StreamResponse:
    known = {name for each in RESOURCES for name in (each.path, *_files(each))}
    if request.path in {*known, f"{ROOT}/openapi.json"}:
        raise Problem("wrong-method", "Ask with GET.", {"Allow": "GET, HEAD"})
    raise Problem("not-found", "There is nothing at this address; /api lists all that there are.")


def _files(resource: Resource) -> list[str]:
    return [] if resource.file is None else [f"{resource.path}.{format}" for format in TYPES]


async def _document(request: web.Request) -> web.Response:
    return web.json_response(document())


def _told(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """Answer with what *handler* does, or with its problem as programs read it."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            log.info("api refused kind=%s path=%r", problem.kind, request.path)
            return problem.response()
        except StoreUnavailable as exc:
            log.error("store unavailable path=%s error=%s", request.path, type(exc).__name__)
            detail = "The database does not answer; ask again in a minute."
            return Problem("unavailable", detail, {"Retry-After": "60"}).response()

    return answered


def _tagged(request: web.Request, body: dict[str, Any]) -> web.Response:
    tag = f'W/"{_digest(body)}"'
    headers = {"ETag": tag, **_KEPT}
    claimed = {each.strip() for each in request.headers.get("If-None-Match", "").split(",")}
    if claimed & {tag, tag.removeprefix("W/"), "*"}:
        return web.Response(status=304, headers=headers)
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, content_type="application/json", headers=headers)


def _digest(body: dict[str, Any]) -> str:
    """Tell answers apart, but for the instant at which they were asked for."""
    return sha256(json.dumps(_lasting(body), sort_keys=True).encode()).hexdigest()[:32]


def _lasting(value: object) -> object:
    match value:
        case dict():
            return {
                key: _lasting(each) for key, each in value.items() if key not in {"as_of", "next"}
            }
        case list():
            return [_lasting(each) for each in value]
        case _:
            return value
