"""Calls to the Graph API, and what its errors mean.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from collections.abc import Callable, Mapping
from typing import cast

import orjson

from channels.base import Answer, Context
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
from channels.http import call_json, retry_after, server_error, usual_error
from channels.messages import Accepted, Button, Card, OutboundMessage
from channels.meta.settings import AppSettings

Kind = Callable[[str, str], SendError]


class Graph:
    """The Graph API for one account."""

    def __init__(self, settings: AppSettings, context: Context, *, channel: str) -> None:
        self._root = f"{settings.api.rstrip('/')}/{settings.version}"
        self._token = settings.token
        self._http = context.http
        self._channel = channel

    async def post(self, path: str, payload: Mapping[str, object]) -> Answer:
        """Post *payload*; return what Meta answers.

        The token travels in a header: Meta also takes it in the address, where logs would keep it.
        """
        return await self._call("POST", path, payload)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask for *path*; return what Meta answers."""
        return await self._call("GET", path, query=query)

    @property
    def signed(self) -> dict[str, str]:
        """The header that signs us in."""
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}

    async def _call(
        self,
        method: str,
        path: str,
        payload: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        return await call_json(
            self._http,
            method,
            f"{self._root}/{path}",
            payload,
            channel=self._channel,
            headers=self.signed,
            query=query,
        )


def taken(
    answer: Answer, *, channel: str, kinds: Mapping[int, Kind] | None = None
) -> Mapping[str, object]:
    """The body of an *answer* that says yes; else raise the SendError that it means.

    *kinds* are the codes that only one platform has, or means in a way of its own.
    """
    if (error := usual_error(answer, channel=channel, server_errors=False)) is not None:
        raise error
    if answer.accepted and "error" not in answer.body:
        return answer.body
    raise refusal(answer, channel=channel, kinds=kinds)


def written_to(answer: Answer, *, channel: str) -> Accepted:
    """What the Send API's *answer* names: the message, and the person it went to."""
    body = taken(answer, channel=channel)
    if "message_id" not in body and "recipient_id" not in body:
        raise DeliveryUnknown(channel, "answer names no message")
    recipient = body.get("recipient_id")
    return Accepted(
        ids=(str(body["message_id"]),) if "message_id" in body else (),
        thread=None if recipient is None else str(recipient),
    )


def content(message: OutboundMessage) -> dict[str, object]:
    """The `message` of the Send API, with our id to know the echo by."""
    written: dict[str, object] = {"metadata": message.id}
    if message.attachments:
        first = message.attachments[0]
        written["attachment"] = {"type": first.type, "payload": {"url": first.url}}
    elif message.cards:
        written["attachment"] = _template("generic", elements=[_element(c) for c in message.cards])
    elif message.buttons:
        buttons = [_button(button) for button in message.buttons]
        written["attachment"] = _template("button", text=message.text, buttons=buttons)
    else:
        written["text"] = message.text
    if message.quick_replies:
        written["quick_replies"] = [
            {"content_type": "text", "title": reply.title, "payload": reply.payload}
            for reply in message.quick_replies
        ]
    return written


def _template(kind: str, **payload: object) -> dict[str, object]:
    return {"type": "template", "payload": {"template_type": kind, **payload}}


def _element(card: Card) -> dict[str, object]:
    written = {
        "title": card.title,
        "subtitle": card.text,
        "image_url": card.image_url,
        "buttons": [_button(button) for button in card.buttons],
    }
    return {name: value for name, value in written.items() if value}


def _button(button: Button) -> dict[str, object]:
    if button.payload is None:
        return {"type": "web_url", "title": button.title, "url": button.url}
    return {"type": "postback", "title": button.title, "payload": button.payload}


def refusal(answer: Answer, *, channel: str, kinds: Mapping[int, Kind] | None = None) -> SendError:
    """The error that *answer* means, by (code, subcode): Meta's status and message tell too little.

    Codes as listed at https://developers.facebook.com/docs/messenger-platform/error-codes
    """
    error = _mapping(answer.body.get("error"))
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
        usage = _mapping(orjson.loads(headers.get("x-business-use-case-usage", "{}")))
    except orjson.JSONDecodeError:
        usage = {}
    minutes = [
        _number(_mapping(kind).get("estimated_time_to_regain_access")) or 0
        for kinds in usage.values()
        for kind in (kinds if isinstance(kinds, list) else [])
    ]
    wait = max([60.0 * most for most in minutes], default=0.0)
    return max(wait, retry_after(headers) or 0.0) or None


def _mapping(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
