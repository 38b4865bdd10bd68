"""What the Graph API's errors mean.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from collections.abc import Callable, Mapping

import orjson

from channels.base import Answer
from channels.errors import (
    ChannelUnavailable,
    DeliveryUnknown,
    RateLimited,
    RecipientGone,
    Rejected,
    ReplyWindowClosed,
    SendError,
    Unauthorized,
)
from channels.http import retry_after, server_error
from channels.meta.nodes import mapping

# Makes the error of a channel and a detail.
Kind = Callable[[str, str], SendError]


def refusal(answer: Answer, *, channel: str, kinds: Mapping[int, Kind] | None = None) -> SendError:
    """The error that *answer* means, by (code, subcode): Meta's status and message tell too little.

    Codes as listed at https://developers.facebook.com/docs/messenger-platform/error-codes
    """
    error = mapping(answer.body.get("error"))
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    label = f"{code}/{subcode}" if subcode else str(code or answer.status)
    detail = f"{label} {_explanation(error, code)}".strip()
    kind = (kinds or {}).get(-1 if code is None else code)
    kind = kind or _KINDS.get((code, subcode)) or _KINDS.get((code, None))
    if kind is not None:
        return kind(channel, detail)
    if code in _RATE_CODES or answer.status == 429:
        return RateLimited(channel, detail, retry_after=_retry_after(answer.headers))
    if code in _TRANSIENT_CODES or error.get("is_transient") is True:
        return ChannelUnavailable(channel, detail)
    if _is_permission(code, subcode, answer.status):
        return Unauthorized(channel, detail)
    if answer.status >= 500:
        return server_error(channel, answer)
    if answer.accepted:
        return DeliveryUnknown(channel, detail)
    return Rejected(channel, _explanation(error, code), code=label)


# 1545041 is a closed window on one page of Meta's and a blocked person on all others.
_KINDS: Mapping[tuple[int | None, int | None], Kind] = {
    (10, 2018278): ReplyWindowClosed,
    (10, 2018065): ReplyWindowClosed,
    (10, 2018108): RecipientGone,
    (200, 1545041): RecipientGone,
    (551, None): RecipientGone,
    (102, None): Unauthorized,
    (190, None): Unauthorized,
}
_RATE_CODES = frozenset({4, 17, 32, 613, 80001, 80002, 80006, 80008})
_TRANSIENT_CODES = frozenset({1, 2, 1200})


def _is_permission(code: int | None, subcode: int | None, status: int) -> bool:
    if code is None:
        return status in {401, 403}
    return 200 <= code <= 299 or (code == 10 and subcode is None)


def _explanation(error: Mapping[str, object], code: int | None) -> str:
    # Meta quotes a bad token in the message of error 190.
    return "" if code in {102, 190} else str(error.get("message") or "")[:300]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait. The usage header counts in minutes, per business and kind of call."""
    try:
        usage = mapping(orjson.loads(headers.get("x-business-use-case-usage", "{}")))
    except orjson.JSONDecodeError:
        usage = {}
    minutes = [
        _number(mapping(kind).get("estimated_time_to_regain_access")) or 0
        for kinds in usage.values()
        for kind in (kinds if isinstance(kinds, list) else [])
    ]
    wait = max([60.0 * most for most in minutes], default=0.0)
    return max(wait, retry_after(headers) or 0.0) or None


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
