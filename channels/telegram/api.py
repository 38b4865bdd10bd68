"""Calls to the Bot API, and what its answers mean.

https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Mapping
from typing import cast

from aiohttp import ClientSession
from pydantic import SecretStr

from channels.base import Answer
from channels.errors import (
    DeliveryUnknown,
    RateLimited,
    RecipientGone,
    Rejected,
    SendError,
    Unauthorized,
)
from channels.http import call_json, retry_after, usual_error

_CHANNEL = "telegram"
_MASK = "[token]"


class Api:
    """The Bot API for one bot. The token stands in every address: no address leaves this class."""

    def __init__(self, root: str, token: SecretStr, http: ClientSession) -> None:
        self._root = root.rstrip("/")
        self._token = token
        self._http = http

    @property
    def bot(self) -> str:
        """The bot's own user id."""
        return self._secret.partition(":")[0]

    async def call(self, method: str, payload: Mapping[str, object] | None = None) -> Answer:
        """Call *method* and return what Telegram answers."""
        return await call_json(
            self._http,
            "POST",
            f"{self._root}/bot{self._secret}/{method}",
            payload or {},
            channel=_CHANNEL,
            headers={},
        )

    async def ask(self, method: str, **payload: object) -> Mapping[str, object]:
        """The result of *method*. Raises a SendError."""
        return self.result(await self.call(method, payload))

    def file(self, path: str) -> str:
        """Where a file lies. The address holds the token: it is for our own eyes."""
        return f"{self._root}/file/bot{self._secret}/{path}"

    def result(self, answer: Answer) -> Mapping[str, object]:
        """The result in an *answer* that says yes; else raise the SendError that it means."""
        if (error := usual_error(answer, channel=_CHANNEL)) is not None:
            raise error
        if answer.accepted and answer.body.get("ok") is True:
            return _mapping(answer.body.get("result"))
        told = str(answer.body.get("description") or "")[:300]
        raise _refusal(answer, told.replace(self._secret, _MASK))

    @property
    def _secret(self) -> str:
        return self._token.get_secret_value()


def moved_to(answer: Answer) -> str | None:
    """The new id of a group that became a supergroup, where that is why *answer* says no."""
    moved = _mapping(answer.body.get("parameters")).get("migrate_to_chat_id")
    return None if moved is None or answer.accepted else str(moved)


def _refusal(answer: Answer, told: str) -> SendError:
    match answer.status:
        case 401 | 404:
            # A token of the wrong form names an address that is not there.
            return Unauthorized(_CHANNEL, f"{answer.status} {told}".strip())
        case 403 if told:
            return RecipientGone(_CHANNEL, told)
        case 403:
            return Unauthorized(_CHANNEL, "403")
        case 429:
            return RateLimited(_CHANNEL, told, retry_after=_wait(answer))
        case _ if answer.accepted:
            return DeliveryUnknown(_CHANNEL, "answer says neither yes nor no")
        case status:
            return Rejected(_CHANNEL, told, code=str(status))


def _wait(answer: Answer) -> float | None:
    told = _mapping(answer.body.get("parameters")).get("retry_after")
    if isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**6:
        return float(told)
    return retry_after(answer.headers)


def _mapping(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}
