"""One JSON call to a platform: bounded in time and size, and named for what went wrong."""

from collections.abc import Mapping

import aiohttp
import orjson

from channels.base import Answer
from channels.errors import (
    ChannelUnavailable,
    DeliveryUnknown,
    RateLimited,
    Rejected,
    SendError,
    Unauthorized,
)

# Connecting has its own, shorter limit: only before the connection stands do we know that
# nothing was sent.
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=4)
MAX_ANSWER = 1_000_000


async def call_json(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    payload: object = None,
    *,
    channel: str,
    headers: Mapping[str, str],
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    most: int = MAX_ANSWER,
) -> Answer:
    """Call *url* and read the answer of at most *most* bytes, within 10 s, following no redirect.

    *payload* None sends no body, unless it is a *form*. Raise ChannelUnavailable where the platform
    surely did not take it, DeliveryUnknown where it may have. What the answer means is for
    `usual_error` and the adapter to say. No error names *url*, which may hold a token.
    """
    content: bytes | Mapping[str, str] | None = form
    given = dict(headers)
    if payload is not None:
        try:
            content = orjson.dumps(payload)
        except orjson.JSONEncodeError as exc:
            raise Rejected(channel, "text cannot be written as JSON", code="encoding") from exc
        given["Content-Type"] = "application/json"
    try:
        async with http.request(
            method,
            url,
            data=content,
            params=query,
            headers=given,
            timeout=_TIMEOUT,
            allow_redirects=False,
        ) as response:
            return answer_of(response.status, response.headers, await bounded(response, most))
    # From None: some of these quote the whole address, where Telegram's token stands.
    except (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.InvalidURL,
    ) as exc:
        raise ChannelUnavailable(channel, type(exc).__name__) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise DeliveryUnknown(channel, type(exc).__name__) from None


def answer_of(status: int, headers: Mapping[str, str], raw: bytes | None) -> Answer:
    """The answer of these parts; *raw* is None where it was too long to read."""
    body = _object(raw)
    return Answer(
        status=status,
        headers={name.lower(): value for name, value in headers.items()},
        body=body or {},
        readable=body is not None,
    )


def usual_error(
    answer: Answer, *, channel: str, server_errors: bool = True, doubtful_from: int = 504
) -> SendError | None:
    """The error that *answer* means on every platform; None if the adapter must look into it.

    With *server_errors* off, a 5xx whose body is a JSON object is left to the adapter: some
    platforms tell in it what is really wrong. Behind a status of *doubtful_from* or more the
    platform may have taken the message.
    """
    if answer.status >= 500 and (server_errors or not answer.readable):
        return server_error(channel, answer, doubtful_from=doubtful_from)
    if 300 <= answer.status < 400:
        return Rejected(channel, "redirect refused", code=str(answer.status))
    if answer.accepted and not answer.readable:
        return DeliveryUnknown(channel, f"unreadable answer with status {answer.status}")
    return None


def usual_refusal(answer: Answer, told: str, *, channel: str) -> SendError:
    """The error that the status of a refusal says by itself; *told* are the platform's words."""
    match answer.status:
        case 401 | 403:
            return Unauthorized(channel, f"{answer.status} {told}".strip())
        case 429:
            return RateLimited(channel, told, retry_after=retry_after(answer.headers))
        case status:
            return Rejected(channel, told, code=str(status))


def server_error(channel: str, answer: Answer, *, doubtful_from: int = 504) -> SendError:
    """The error for a 5xx. Behind a 504 a gateway lost patience, and the message may be through."""
    if answer.status >= doubtful_from:
        return DeliveryUnknown(channel, str(answer.status))
    return ChannelUnavailable(channel, str(answer.status))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds by the Retry-After header; None where it tells none that we read."""
    told = headers.get("retry-after", "")
    return float(told[:9]) if told.isascii() and told.isdecimal() else None


async def bounded(response: aiohttp.ClientResponse, most: int) -> bytes | None:
    """The body of *response*, decompressed; None if it has more than *most* bytes."""
    chunks = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        chunks += chunk
        if len(chunks) > most:
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
