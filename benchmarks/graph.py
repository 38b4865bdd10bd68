"""A platform for load: Graph's Send API over a bare protocol, at an eighth of the full one's cost.

It checks page, token and JSON and keeps a ledger. Everything else is `bot.simulation`'s.
"""

import asyncio
import itertools
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

import orjson

from bot.simulation.accounts import PlatformAccount
from bot.simulation.ledger import Entry, Ledger
from bot.simulation.refusals import Refused, graph_refused

_BACKLOG = 1024
# As Graph sends them, so that our client has as much to read.
_HEADERS = (
    b"content-type: application/json; charset=UTF-8\r\n"
    b"facebook-api-version: v25.0\r\n"
    b"x-fb-trace-id: AsimulatedTrace\r\n"
    b"x-fb-rev: 1000000000\r\n"
    b"cache-control: private, no-cache, no-store, must-revalidate\r\n"
    b"date: Mon, 23 Nov 2026 00:00:00 GMT\r\n"
    b"connection: keep-alive\r\n"
    b"content-length: "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, and what came behind it."""

    line: bytes
    token: bytes
    body: bytes
    rest: bytes


class Platform:
    """Takes the messages of *accounts*' Pages at `url` while entered.

    `delays` are seconds by page: its answers come that much later, though the ledger has the
    message at once. `refused` counts calls that got no yes.
    """

    def __init__(self, accounts: Iterable[PlatformAccount]) -> None:
        self.ledger = Ledger()
        self.delays: dict[str, float] = {}
        self.refused = 0
        self._accounts = {account.page: account for account in accounts}
        self._routes: dict[bytes, PlatformAccount | None] = {}
        self._numbers = itertools.count(1)
        self._connections: set[asyncio.Transport] = set()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: _Connection(self, self._connections), sock=listening, backlog=_BACKLOG
        )
        return self

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.close()
        for connection in list(self._connections):
            connection.abort()

    def answer(self, request: Request) -> tuple[bytes, float]:
        """The bytes to answer with, and how many seconds late."""
        try:
            account = self._account(request)
            return _answer(200, self._take(account, request.body)), self.delays.get(
                account.page, 0.0
            )
        except Refused as refused:
            self.refused += 1
            return _answer(refused.status, refused.body), 0.0

    def _account(self, request: Request) -> PlatformAccount:
        if request.line not in self._routes:
            self._routes[request.line] = self._route(request.line)
        account = self._routes[request.line]
        if account is None:
            raise graph_refused(2500, f"Unknown path components: {request.line!r}")
        if request.token != account.token.encode():
            raise graph_refused(190, "Invalid OAuth access token", status=401)
        return account

    def _route(self, line: bytes) -> PlatformAccount | None:
        method, target, _ = line.decode("latin-1").split(" ", 2)
        match method, target.strip("/").split("/"):
            case "POST", [_, page, "messages"]:
                return self._accounts.get(page)
        return None

    def _take(self, account: PlatformAccount, body: bytes) -> dict[str, object]:
        try:
            said = orjson.loads(body)
            thread, message = said["recipient"]["id"], said["message"]
            text, outbound_id = message["text"], message.get("metadata")
        except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError) as exc:
            raise graph_refused(100, f"(#100) {type(exc).__name__}") from exc
        id_ = f"m_{next(self._numbers)}"
        self.ledger.add(
            Entry(
                at=time.monotonic(),
                wall=time.time(),
                channel="messenger",
                account=account.account,
                thread=thread,
                kind="reply",
                status="accepted",
                text=text,
                outbound_id=outbound_id,
                ids=(id_,),
            )
        )
        return {"recipient_id": thread, "message_id": id_}


class _Connection(asyncio.Protocol):
    def __init__(self, platform: Platform, connections: set[asyncio.Transport]) -> None:
        self._platform = platform
        self._connections = connections
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        while (request := read_request(self._buffer)) is not None:
            self._buffer = request.rest
            answer, late = self._platform.answer(request)
            if late:
                loop = asyncio.get_running_loop()
                loop.call_later(late, self._transport.write, answer)
            else:
                self._transport.write(answer)


def read_request(buffer: bytes) -> Request | None:
    """The first request in *buffer*; None while incomplete. Only bodies of a told length."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[:end]
    names = head.lower()
    start, stop = end + 4, end + 4 + int(_value(head, names, b"content-length") or b"0")
    if len(buffer) < stop:
        return None
    return Request(
        line=head[: head.find(b"\r\n")],
        token=_value(head, names, b"authorization").removeprefix(b"Bearer "),
        body=buffer[start:stop],
        rest=buffer[stop:],
    )


def _value(head: bytes, names: bytes, name: bytes) -> bytes:
    at = names.find(b"\r\n" + name + b":")
    if at < 0:
        return b""
    end = head.find(b"\r\n", at + 2)
    return head[at + len(name) + 3 : None if end < 0 else end].strip()


def _answer(status: int, body: dict[str, object]) -> bytes:
    content = orjson.dumps(body)
    reason = b"OK" if status == 200 else b"Refused"
    return b"HTTP/1.1 %d %b\r\n%b%d\r\n\r\n%b" % (status, reason, _HEADERS, len(content), content)
