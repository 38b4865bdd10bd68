"""Every adapter as the contract tests see it: how to build it, sign for it and speak its JSON."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from aiohttp import ClientSession
from pydantic import BaseModel

from channels import line, messenger, page_comments
from channels.base import Channel, WebhookRequest
from channels.messages import BotMessage, OutboundMessage, Surface

RECEIVED_AT = datetime(2026, 9, 28, 8, 0, 5, tzinfo=UTC)
NOW = RECEIVED_AT
PAGE = "104593217840226"
BOT = "U8e742f61d673b39c7fff3cecb7536ef0"
MESSAGE_ID = "0f0e9c5a-6f2a-4f0e-9df5-4f1d6c1b7a11"
TOKEN = "very-secret-token"

Json = dict[str, Any]
NO_HTTP = cast(ClientSession, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One adapter under test.

    *ask* makes one incoming item of number n, *own* one that the brand itself wrote, *wrapped* puts
    items into a webhook body. *required* are the settings that must not be empty.
    """

    name: str
    settings: type[BaseModel]
    build: Callable[[Any, ClientSession], Channel]
    options: Json
    required: tuple[str, ...]
    header: str
    signed: Callable[[bytes, bytes], str]
    ask: Callable[[int], Json]
    own: Json | None
    wrapped: Callable[..., Json]
    message: OutboundMessage
    taken: Json

    def make(self, http: ClientSession = NO_HTTP, /, **changes: object) -> Channel:
        """The adapter with its usual settings but for *changes*."""
        return self.build(self.settings.model_validate(self.options | changes), http)

    def request(self, body: Json | bytes, *, secret: bytes = b"app-secret-1") -> WebhookRequest:
        """A POST of *body*, signed with *secret*."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return request(raw, **{self.header: self.signed(secret, raw)})


def request(body: bytes = b"", **headers: str) -> WebhookRequest:
    """A POST of *body*; header names are written with underscores."""
    return WebhookRequest(
        method="POST",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        query={},
        body=body,
        received_at=RECEIVED_AT,
    )


def _meta_signed(secret: bytes, body: bytes) -> str:
    return "sha256=" + hmac.new(secret, body, "sha256").hexdigest()


def _line_signed(secret: bytes, body: bytes) -> str:
    return b64encode(hmac.digest(secret, body, "sha256")).decode()


def _page(key: str) -> Callable[..., Json]:
    def wrapped(*items: Json, to: str = PAGE) -> Json:
        return {"object": "page", "entry": [{"id": to, "time": 1790582402, key: list(items)}]}

    return wrapped


def messaging(n: int, **content: object) -> Json:
    """One item of a Messenger body; a text unless *content* says otherwise."""
    return {
        "sender": {"id": f"{7318846290154403 + n}"},
        "recipient": {"id": PAGE},
        "timestamp": 1790582401000 + n,
        **(content or {"message": {"mid": f"m_{n}", "text": f"第 {n} 則"}}),
    }


def feed(n: int, **value: object) -> Json:
    """One change of a Page body; a comment at the top level unless *value* says otherwise."""
    return {
        "field": "feed",
        "value": {
            "from": {"id": f"{6955012388417720 + n}", "name": "陳美玲"},
            "message": f"第 {n} 則",
            "post_id": f"{PAGE}_122100",
            "parent_id": f"{PAGE}_122100",
            "comment_id": f"122100_{n}",
            "created_time": 1790582401,
            "item": "comment",
            "verb": "add",
            **value,
        },
    }


def line_event(n: int, **changes: object) -> Json:
    """One LINE event; a text from a user unless *changes* say otherwise."""
    return {
        "type": "message",
        "mode": "active",
        "timestamp": 1790582401000 + n,
        "source": {"type": "user", "userId": f"U{n:032x}"},
        "webhookEventId": f"01JX{n:022d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token{n}",
        "message": {"id": f"4687{n}", "type": "text", "quoteToken": "q", "text": f"第 {n} 則"},
        **changes,
    }


_PAGE_OPTIONS: Json = {
    "account": "demo",
    "page": PAGE,
    "secret": "app-secret-1",
    "verify_token": "my-verify-token",
    "token": TOKEN,
    "app_id": "1517776481860111",
}

MESSENGER = Adapter(
    name="messenger",
    settings=messenger.Settings,
    build=messenger.Messenger,
    options=_PAGE_OPTIONS,
    required=("secret", "verify_token", "token", "account"),
    header="x_hub_signature_256",
    signed=_meta_signed,
    ask=messaging,
    own={
        "sender": {"id": PAGE},
        "recipient": {"id": "7318846290154403"},
        "timestamp": 1790582405000,
        "message": {
            "mid": "m_own",
            "text": "您好",
            "is_echo": True,
            "app_id": 1517776481860111,
            "metadata": MESSAGE_ID,
        },
    },
    wrapped=_page("messaging"),
    message=BotMessage(
        id=MESSAGE_ID,
        channel="messenger",
        account="demo",
        thread="7318846290154403",
        text="您好，週六有營業。",
    ),
    taken={"recipient_id": "7318846290154403", "message_id": "m_out"},
)

PAGE_COMMENTS = Adapter(
    name="page_comments",
    settings=page_comments.Settings,
    build=page_comments.PageComments,
    options=_PAGE_OPTIONS,
    required=("secret", "verify_token", "token", "account"),
    header="x_hub_signature_256",
    signed=_meta_signed,
    ask=feed,
    own=feed(7, **{"from": {"id": int(PAGE), "name": "我們"}}),
    wrapped=_page("changes"),
    message=BotMessage(
        id=MESSAGE_ID,
        channel="page_comments",
        account="demo",
        thread=f"{PAGE}_122100/122100_900900",
        surface=Surface.COMMENT,
        text="還有貨喔！",
        reply_to="122100_900901",
    ),
    taken={"id": "122100_900999"},
)

LINE = Adapter(
    name="line",
    settings=line.Settings,
    build=lambda settings, http: line.Line(settings, http, lambda: NOW),
    options={"account": "demo", "destination": BOT, "secret": "app-secret-1", "token": TOKEN},
    required=("secret", "token", "account"),
    header="x_line_signature",
    signed=_line_signed,
    ask=line_event,
    own=None,
    wrapped=lambda *items, to=BOT: {"destination": to, "events": list(items)},
    message=BotMessage(
        id=MESSAGE_ID,
        channel="line",
        account="demo",
        thread="U4af4980629a1b2c3d4e5f60718293a4b",
        text="您好，明天有開。",
    ),
    taken={"sentMessages": [{"id": "461230966842064897", "quoteToken": "q"}]},
)

ADAPTERS = (MESSENGER, PAGE_COMMENTS, LINE)
