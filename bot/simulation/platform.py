"""The fake platform: a loopback server that plays every platform, and fails on command."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.simulation.accounts import PlatformAccount
from bot.simulation.afterwards import WORKERS, Afterwards
from bot.simulation.answers import failed, json_answer, lose
from bot.simulation.call import Api, Attempt, Call, query
from bot.simulation.control import controlled
from bot.simulation.courier import Courier, Delivery
from bot.simulation.ledger import KINDS, Entry, Ledger, Status, Violation
from bot.simulation.misbehaviour import AFTER_ACCEPT, Misbehaviour, Mischief
from bot.simulation.platforms import claiming, platforms, rates
from bot.simulation.refusals import Refused
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

_CONTROL_PATH = "/_"
_BACKLOG = 1024


class FakePlatform:
    """Every platform for *accounts*, at `url` while entered.

    *strangers* welcomes recipients that it has not been told of with `note`. *echo* posts echoes,
    receipts and own comments back to the accounts' webhooks. *clock* is Unix time in seconds.
    """

    def __init__(
        self,
        accounts: Iterable[PlatformAccount] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        strangers: bool = False,
        echo: bool = False,
        ledger_path: Path | None = None,
        ledger_sync: bool = False,
        clock: Callable[[], float] = time.time,
        courier: Courier | None = None,
    ) -> None:
        self.world = World(accounts=accounts, strangers=strangers, rates=rates())
        self.ledger = Ledger(ledger_path, sync=ledger_sync)
        self.violations: list[Violation] = []
        self.calls = 0
        self.clock = clock
        self._host, self._port = host, port
        self._apis = {one.name: one.api(self.world) for one in platforms()}
        self._echo = echo
        self._mischief: Mischief | None = None
        self._afterwards = Afterwards(self.world, courier or Courier())

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def strikes(self) -> int:
        """How many calls the present misbehaviour has struck."""
        return 0 if self._mischief is None else self._mischief.strikes

    @property
    def undelivered(self) -> list[Delivery]:
        """Echoes and receipts that the service never took."""
        return self._afterwards.failed

    def misbehave(self, misbehaviour: Misbehaviour) -> None:
        """Fail like this from now on, instead of any way before."""
        self.behave()
        self._mischief = Mischief(misbehaviour)
        if misbehaviour.kind == "down":
            loop = asyncio.get_running_loop()
            self._listener.close()
            # Not at once: the control call that asks for it gets its answer first.
            loop.call_soon(self._cut_all)
            if misbehaviour.seconds is not None:
                loop.call_later(misbehaviour.seconds, self._up_again)

    def behave(self) -> None:
        """Work as documented again."""
        down = self._mischief is not None and self._mischief.misbehaviour.kind == "down"
        self._mischief = None
        if down:
            self._tasks.create_task(self._listen())

    def note(self, webhook: Webhook) -> None:
        """Learn what a webhook on its way to the service says of people, comments and tokens."""
        self.world.note(webhook, self.clock())

    def block(self, channel: str, customer: str) -> None:
        """*customer* blocks us: Messenger will refuse, LINE will swallow."""
        self.world.block(channel, customer)

    @property
    def now(self) -> float:
        """Its Unix time in seconds."""
        return self.clock()

    async def settle(self) -> None:
        """Wait until every echo and receipt so far was posted."""
        await self._afterwards.drained()

    async def __aenter__(self) -> Self:
        self._server = web.Server(self._answer, access_log=None)
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._workers = [
            self._tasks.create_task(self._afterwards.work())
            for _ in range(WORKERS if self._echo else 0)
        ]
        await self._listen()
        return self

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._mischief = None
        self._listener.close()
        self._cut_all()
        for worker in self._workers:
            worker.cancel()
        await self._tasks.__aexit__(None, None, None)
        self._afterwards.close()
        await self._server.shutdown(0)
        self.ledger.close()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        listening = socket.create_server((self._host, self._port), backlog=_BACKLOG)
        self._port = listening.getsockname()[1]
        self._listener = await loop.create_server(self._server, sock=listening, backlog=_BACKLOG)

    def _cut_all(self) -> None:
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def _up_again(self) -> None:
        if self._mischief is not None and self._mischief.misbehaviour.kind == "down":
            self.behave()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, tail = request.raw_path.partition("?")
        body = await request.read()
        if path.startswith(_CONTROL_PATH):
            status, answer = controlled(self, request.method, request.raw_path, body)
            return json_answer(status, answer)
        self.calls += 1
        call = Call(
            method=request.method,
            path=path,
            query=query(tail),
            headers=request.headers,
            body=body,
            at=self.clock(),
        )
        name = claiming(call, self.world).name
        api = self._apis[name]
        try:
            attempt = api.attempt(call)
        except Refused as refused:
            return self._refuse(refused, call, name)
        return await self._judge(request, api, attempt)

    async def _judge(
        self, request: web.BaseRequest, api: Api, attempt: Attempt
    ) -> web.StreamResponse:
        failure = self._failure(attempt)
        if failure is not None and failure.kind not in AFTER_ACCEPT:
            self._record(attempt, "refused", reason=failure.kind)
            return failed(request, attempt, failure)
        try:
            taken = api.take(attempt)
        except Refused as refused:
            return self._refuse(refused, attempt.call, attempt.account.channel, attempt)
        status: Status = "swallowed" if taken.swallowed else "accepted"
        lost = None if failure is None or failure.kind == "slow" else failure.kind
        self._record(attempt, status, ids=taken.ids, lost=lost)
        if self._echo:
            self._afterwards.put(attempt, taken)
        if failure is not None:
            return await lose(request, attempt, taken, failure)
        return json_answer(taken.status, taken.body, taken.headers)

    def _failure(self, attempt: Attempt) -> Misbehaviour | None:
        mischief = self._mischief
        if mischief is None or not mischief.strikes_now(attempt.account.channel):
            return None
        return mischief.misbehaviour

    def _refuse(
        self, refused: Refused, call: Call, channel: str, attempt: Attempt | None = None
    ) -> web.Response:
        account = ""
        if attempt is not None:
            account = attempt.account.account
            self._record(attempt, "refused", reason=refused.detail or refused.rule)
        if refused.rule is not None:
            violation = Violation(
                wall=call.at,
                channel=channel,
                account=account,
                rule=refused.rule,
                detail=refused.detail,
            )
            self.violations.append(violation)
        return json_answer(refused.status, refused.body, refused.headers)

    def _record(
        self,
        attempt: Attempt,
        status: Status,
        *,
        ids: tuple[str, ...] = (),
        lost: str | None = None,
        reason: str | None = None,
    ) -> None:
        if attempt.kind not in KINDS:
            return
        entry = Entry(
            at=time.monotonic(),
            wall=attempt.call.at,
            channel=attempt.account.channel,
            account=attempt.account.account,
            thread=attempt.thread,
            kind=attempt.kind,
            status=status,
            text=attempt.text,
            outbound_id=attempt.outbound_id,
            ids=ids,
            tag=attempt.tag,
            lost=lost,
            reason=reason,
        )
        self.ledger.add(entry)
