"""Action servers on loopback: a real one of rasa-sdk, and one of ours that does as it is told."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60.0
SAYS: Mapping[str, Any] = {"events": [], "responses": [{"text": "from afar"}]}


@contextmanager
def rasa_server(module: str) -> Iterator[str]:
    """A real rasa-sdk action server with the actions of *module*; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "rasa_sdk", "--actions", module, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "SANIC_HOST": "127.0.0.1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # It starts workers of its own, which must not outlive it.
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process)
        yield url
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with urlopen(f"{url}/health", timeout=5):
                return
        except (URLError, OSError):
            assert process.poll() is None, "the action server ended at once"
            assert time.monotonic() < deadline, "the action server does not start"
            time.sleep(0.05)


@dataclass(slots=True)
class FarServer:
    """Answers as *then* says call by call, and with the last of them from there on.

    An answer is (status, body), a body that is bytes or JSON; "hang" and "drop" are what they say.
    """

    then: list[Any] = field(default_factory=lambda: [(200, SAYS)])
    names: tuple[str, ...] = ("far",)
    healthy: int = 200
    calls: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.bodies.append(raw)
        self.calls.append(orjson.loads(raw))
        self.headers.append(dict(request.headers))
        answer = self.then.pop(0) if len(self.then) > 1 else self.then[0]
        self.held.set()
        if answer == "hang":
            await asyncio.Event().wait()
        if answer == "drop":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        status, body, *headers = answer
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return web.Response(status=status, body=content, headers=headers[0] if headers else {})

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"}, status=self.healthy)

    async def actions(self, _: web.Request) -> web.Response:
        return web.json_response([{"name": name} for name in self.names])


@asynccontextmanager
async def far_server(*then: Any, **given: Any) -> AsyncIterator[FarServer]:
    """Run a FarServer that answers as *then* says."""
    far = FarServer(list(then) or [(200, SAYS)], **given)
    app = web.Application()
    app.router.add_post("/webhook", far.webhook)
    app.router.add_get("/health", far.health)
    app.router.add_get("/actions", far.actions)
    server = TestServer(app, host="127.0.0.1", shutdown_timeout=0)
    await server.start_server()
    far.url = f"http://127.0.0.1:{server.port}"
    try:
        yield far
    finally:
        await server.close()
