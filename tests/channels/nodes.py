"""Meta's Graph on loopback: nodes and edges to read, and what was posted to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Json = dict[str, Any]
MISSING = {"error": {"message": "gone", "type": "OAuthException", "code": 100, "error_subcode": 33}}


@dataclass(slots=True)
class Nodes:
    """*told* is what each path tells; a list is told page by page. *posted* is what it was told."""

    told: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str], str]] = field(default_factory=list)
    posted: list[tuple[str, Json, str]] = field(default_factory=list)
    address: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Tell the node, or take what is posted."""
        path = request.path.removeprefix("/v25.0/")
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if request.method == "POST":
            self.posted.append((path, await request.json(), token))
            return web.json_response({"success": True})
        self.asked.append((path, dict(request.query), token))
        if path not in self.told:
            return web.json_response(MISSING, status=400)
        return web.json_response(self._page(self.told[path], int(request.query.get("after", "0"))))

    def _page(self, told: Any, number: int) -> Any:
        if not isinstance(told, list):
            return told
        more: Json = {"cursors": {"after": str(number + 1)}}
        if number + 1 < len(told):
            more["next"] = "https://graph.example/next?access_token=secret"
        return {"data": told[number], "paging": more}


@asynccontextmanager
async def graph() -> AsyncIterator[Nodes]:
    """A Graph on a free port."""
    nodes = Nodes()
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", nodes.answer)
    server = TestServer(app, host="127.0.0.1", shutdown_timeout=0)
    await server.start_server()
    nodes.address = f"http://127.0.0.1:{server.port}"
    try:
        yield nodes
    finally:
        await server.close()
