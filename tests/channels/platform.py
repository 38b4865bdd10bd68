"""A platform on loopback that answers as told and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that reached the platform."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, object]


@dataclass(slots=True)
class FakePlatform:
    """Answers with *status*, *headers* and *body*, or *hangs* or *drops* after taking a call.

    *then* are answers to the calls after that, one each.
    """

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False
    then: list[tuple[int, object]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    address: str = ""

    def answers(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """Answer with *body*: bytes as they are, anything else as JSON."""
        self.status, self.body, self.headers = status, body, dict(headers or {})

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Remember *request* and answer it."""
        raw = await request.read()
        self.calls.append(
            Call(
                path=request.raw_path,
                headers=dict(request.headers),
                body=orjson.loads(raw) if raw else {},
            )
        )
        if self.drops and request.transport is not None:
            request.transport.abort()
        if self.hangs:
            await asyncio.Event().wait()
        content = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        response = web.Response(status=self.status, headers=self.headers, body=content)
        if self.then:
            self.answers(*self.then.pop(0))
        return response


@asynccontextmanager
async def platform_on_loopback() -> AsyncIterator[FakePlatform]:
    """Run a FakePlatform on a free port."""
    platform = FakePlatform()
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{anything:.*}", platform.take)
    server = TestServer(app, host="127.0.0.1", shutdown_timeout=0)
    await server.start_server()
    platform.address = f"http://127.0.0.1:{server.port}"
    try:
        yield platform
    finally:
        await server.close()
