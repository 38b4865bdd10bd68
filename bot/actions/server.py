"""Actions on a server of the brand's, by Rasa's action server protocol.

https://legacy-docs-oss.rasa.com/docs/rasa/action-server/running-action-server
"""

import asyncio
import hashlib
import hmac
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version

import aiohttp
import orjson
from pydantic import BaseModel, ValidationError

from bot import registry
from bot.actions.breaker import Breaker
from bot.actions.call import ActionFailed, Answered, Call
from bot.config_sections import ActionServer
from channels.http import bounded

log = logging.getLogger(__name__)

MOST_BYTES = 262_144
_CONNECT_WITHIN = 2.0
_FIRST_PAUSE = 0.1
# The server says by these that it did not run the action.
_REFUSED = {429, 503}
# A gateway says by these that it does not know.
_DOUBTFUL = {502, 504}
_TOLD = {
    400: "the action rejected the call",
    401: "the action server does not accept us: 401",
    403: "the action server does not accept us: 403",
    404: "the action server does not know the action",
    449: "the action server wants another domain",
}


class _NotRun(Exception):
    """The action surely did not run; it may be tried again."""


class _InDoubt(Exception):
    """The action may have run."""


class _Broken(Exception):
    """What came back is nothing that an action server should say."""


class RemoteActions:
    """The actions of one server. Without *http* every call opens a client of its own."""

    def __init__(
        self,
        settings: ActionServer,
        *,
        http: aiohttp.ClientSession | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._http = http
        self._timeout = settings.timeout.total_seconds()
        rest = settings.rest.total_seconds()
        self._breaker = Breaker(after=settings.opens_after, rest=rest, clock=clock)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._settings.names)

    async def answer(self, call: Call) -> Answered:
        """Let the server run an action. Raises ActionFailed."""
        body = _body(call)
        if not self._breaker.allows():
            raise ActionFailed("the action server failed too often and is left alone for a while")
        try:
            async with asyncio.timeout(self._timeout), _client(self._http) as http:
                answered = await self._tried(http, call, body)
        except TimeoutError:
            self._breaker.failed()
            raise ActionFailed(f"no answer within {self._timeout:g} s") from None
        except (_NotRun, _InDoubt, _Broken) as exc:
            self._breaker.failed()
            raise ActionFailed(str(exc)) from None
        except ActionFailed:
            # Whatever it says, it is there.
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.broken_off()
            raise
        self._breaker.succeeded()
        return answered

    async def _tried(self, http: aiohttp.ClientSession, call: Call, body: bytes) -> Answered:
        again = (_NotRun, _InDoubt) if self._settings.idempotent else (_NotRun,)
        for pause in range(self._settings.tries - 1):
            try:
                return await self._once(http, call, body)
            except again as exc:
                log.info("trying %s again: %s", call.name, exc)
            await asyncio.sleep(_FIRST_PAUSE * 2**pause * random.uniform(0.5, 1))  # noqa: S311
        return await self._once(http, call, body)

    async def _once(self, http: aiohttp.ClientSession, call: Call, body: bytes) -> Answered:
        try:
            async with http.post(
                f"{self._settings.url}/webhook",
                data=body,
                headers=self._headers(call, body),
                timeout=aiohttp.ClientTimeout(total=self._timeout, connect=_CONNECT_WITHIN),
                allow_redirects=False,
            ) as response:
                return _read(response.status, await bounded(response, MOST_BYTES))
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
        ) as exc:
            raise _NotRun(f"the action server cannot be reached: {type(exc).__name__}") from None
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as exc:
            raise _InDoubt(f"the action server broke off: {type(exc).__name__}") from None

    def _headers(self, call: Call, body: bytes) -> dict[str, str]:
        given = {name: value.get_secret_value() for name, value in self._settings.headers.items()}
        given |= {"Content-Type": "application/json", "Idempotency-Key": call.key}
        secret = self._settings.secret
        return given | (signed(body, secret.get_secret_value()) if secret else {})


def signed(body: bytes, secret: str, *, now: float | None = None) -> dict[str, str]:
    """The headers that prove that we sent *body*, and when: HMAC-SHA256 of "TIMESTAMP.BODY"."""
    timestamp = str(int(time.time() if now is None else now))
    signature = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return {
        "X-Antiphon-Timestamp": timestamp,
        "X-Antiphon-Signature": f"sha256={signature.hexdigest()}",
    }


@asynccontextmanager
async def _client(http: aiohttp.ClientSession | None) -> AsyncIterator[aiohttp.ClientSession]:
    if http is not None:
        yield http
        return
    async with registry.client() as own:
        yield own


def _body(call: Call) -> bytes:
    said = {
        "next_action": call.name,
        "sender_id": call.tracker["sender_id"],
        "tracker": call.tracker,
        "domain": call.domain,
        "version": _version(),
    }
    try:
        return orjson.dumps(said)
    except orjson.JSONEncodeError:
        raise ActionFailed("what is to be told cannot be written as JSON") from None


@cache
def _version() -> str:
    # A server of another version only warns.
    return version("rasa-sdk")


class _Body(BaseModel):
    events: list[object] | None = None
    responses: list[object] | None = None


def _read(status: int, raw: bytes | None) -> Answered:
    """What the server said. Nothing of an error's text is kept: it may quote the customer."""
    if status in _REFUSED:
        raise _NotRun(f"the action server is busy: {status}")
    if status in _DOUBTFUL:
        raise _InDoubt(f"the action server may be gone: {status}")
    if status >= 500:
        raise _Broken(f"the action failed on its server: {status}")
    if status != 200:
        raise ActionFailed(_TOLD.get(status, f"the action server answered {status}"))
    if raw is None:
        raise _Broken(f"the action server answered more than {MOST_BYTES // 1024} KiB")
    try:
        body = _Body.model_validate(orjson.loads(raw))
    except (orjson.JSONDecodeError, ValidationError):
        raise _Broken("the action server's answer cannot be read") from None
    return Answered(events=body.events or (), responses=body.responses or ())
