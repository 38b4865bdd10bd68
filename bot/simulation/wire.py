"""A minimal HTTP/1.1 client over keep-alive connections, for load.

An aiohttp client costs four times as much. One request at a time per connection, no TLS, no
redirects: it only talks to loopback.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

NO_ANSWER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer. *status* 0: the connection broke or could not be made."""

    status: int
    body: bytes = b""
    keep: bool = False


BROKEN = Answer(status=NO_ANSWER)


def request_bytes(url: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> bytes:
    """The whole request as it goes over the wire."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def answer(buffer: bytes) -> Answer | None:
    """The answer that *buffer* holds; None while incomplete. Raises ValueError on garbage."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[:end].lower()
    status = int(head[9:12])
    keep = b"\r\nconnection: close" not in head
    if b"\r\ntransfer-encoding: chunked" in head:
        body = _chunks(buffer, end + 4)
        return None if body is None else Answer(status=status, body=body, keep=keep)
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if len(buffer) < end + 4 + length:
        return None
    return Answer(status=status, body=buffer[end + 4 : end + 4 + length], keep=keep)


class Wire(asyncio.Protocol):
    """One connection. *free* is told whenever it can take the next request."""

    def __init__(self, free: Callable[["Wire"], None]) -> None:
        self._free = free
        self._buffer = b""
        self._done: Callable[[Answer], None] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def open(self) -> bool:
        """Whether requests can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, request: bytes, done: Callable[[Answer], None]) -> None:
        """Send *request*; *done* gets its answer, BROKEN if the connection ends before."""
        self._done = done
        self._buffer = b""
        if self._transport is None or self._transport.is_closing():
            self._finish(BROKEN)
        else:
            self._transport.write(request)

    def close(self) -> None:
        """Cut the connection; a request under way ends BROKEN."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._buffer = self._buffer + data if self._buffer else data
        try:
            complete = answer(self._buffer)
        except ValueError:
            self.close()
            return
        if complete is not None:
            self._finish(complete)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        self._finish(BROKEN)

    def _finish(self, complete: Answer) -> None:
        done, self._done = self._done, None
        if not complete.keep and self._transport is not None:
            self._transport.abort()
        if done is None:
            return
        done(complete)
        if complete.keep:
            self._free(self)


class Wires:
    """Connections to one address, made when needed and kept."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"not an http:// address: {url}")
        self._host, self._port = parts.hostname, parts.port or 80
        self._idle: deque[Wire] = deque()
        self._all: set[Wire] = set()

    async def connect(self, free: Callable[[Wire], None] | None = None) -> Wire:
        """A new connection, which tells *free* (else this pool) when it is idle. Raises OSError."""
        loop = asyncio.get_running_loop()
        free = free or self._idle.append
        _, wire = await loop.create_connection(lambda: Wire(free), self._host, self._port)
        self._all = {known for known in self._all if known.open} | {wire}
        return wire

    async def ask(self, request: bytes, *, seconds: float) -> Answer:
        """Send *request* and wait at most *seconds*; BROKEN if no answer came."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(complete: Answer) -> None:
            if not future.done():
                future.set_result(complete)

        try:
            async with asyncio.timeout(seconds):
                wire = self._take() or await self.connect()
                wire.ask(request, done)
                try:
                    return await future
                except asyncio.CancelledError:
                    wire.close()
                    raise
        except (OSError, TimeoutError):
            return BROKEN

    def close(self) -> None:
        """Cut all connections."""
        for wire in self._all:
            wire.close()
        self._all.clear()
        self._idle.clear()

    def _take(self) -> Wire | None:
        while self._idle:
            wire = self._idle.pop()
            if wire.open:
                return wire
        return None


def _chunks(buffer: bytes, at: int) -> bytes | None:
    body = b""
    with contextlib.suppress(IndexError):
        while True:
            line_end = buffer.find(b"\r\n", at)
            if line_end < 0:
                return None
            size = int(buffer[at:line_end].split(b";")[0], 16)
            at = line_end + 2 + size + 2
            if len(buffer) < at:
                return None
            if size == 0:
                return body
            body += buffer[line_end + 2 : at - 2]
    return None
