"""One JSON call to a platform: bounded in time and size, and named for what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import orjson

from channels.errors import ChannelUnavailable, DeliveryUnknown, Rejected, SendError

# Connecting has its own, shorter limit: only before the connection stands do we know that
# nothing was sent.
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=4)
_MAX_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A platform's answer. Header names are lower case; *body* is {} where it was no object."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, object]

    @property
    def accepted(self) -> bool:
        """Whether the status says that the platform took the call."""
        return 200 <= self.status < 300


async def post_json(
    http: aiohttp.ClientSession,
    url: str,
    payload: object,
    *,
    channel: str,
    headers: Mapping[str, str],
    server_errors_raise: bool = True,
) -> Answer:
    """Post *payload* and read the answer of at most 1 MB, within 10 s, following no redirect.

    Raise ChannelUnavailable where the platform surely did not take it, DeliveryUnknown where it may
    have, Rejected for a redirect. With *server_errors_raise* off, a 5xx whose body is a JSON object
    is returned: Meta tells in it what is really wrong.
    """
    try:
        content = orjson.dumps(payload)
    except orjson.JSONEncodeError as exc:
        raise Rejected(channel, "text cannot be written as JSON", code="encoding") from exc
    status, answered, raw = await _exchange(
        http, url, content, channel=channel, headers={**headers, "Content-Type": "application/json"}
    )
    body = _object(raw)
    answer = Answer(status=status, headers=answered, body=body or {})
    if status >= 500 and (server_errors_raise or body is None):
        raise server_error(channel, answer)
    if 300 <= status < 400:
        raise Rejected(channel, "redirect refused", code=str(status))
    if answer.accepted and body is None:
        raise DeliveryUnknown(channel, f"unreadable answer with status {status}")
    return answer


def server_error(channel: str, answer: Answer) -> SendError:
    """The error for a 5xx. Behind a 504 a gateway lost patience, and the message may be through."""
    if answer.status == 504:
        return DeliveryUnknown(channel, "504")
    return ChannelUnavailable(channel, str(answer.status))


async def _exchange(
    http: aiohttp.ClientSession,
    url: str,
    content: bytes,
    *,
    channel: str,
    headers: Mapping[str, str],
) -> tuple[int, dict[str, str], bytes | None]:
    try:
        async with http.post(
            url, data=content, headers=headers, timeout=_TIMEOUT, allow_redirects=False
        ) as response:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return response.status, lowered, await _bounded(response)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
        raise ChannelUnavailable(channel, type(exc).__name__) from exc
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise DeliveryUnknown(channel, type(exc).__name__) from exc


async def _bounded(response: aiohttp.ClientResponse) -> bytes | None:
    chunks = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        chunks += chunk
        if len(chunks) > _MAX_ANSWER:
            response.close()
            return None
    return bytes(chunks)


def _object(raw: bytes | None) -> dict[str, object] | None:
    if raw is None:
        return None
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
