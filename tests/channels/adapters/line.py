"""LINE, as the contract tests see it."""

import hmac
from base64 import b64encode

from channels.base import Handle, HandshakeAnswer
from channels.errors import DeliveryUnknown
from channels.messages import BotMessage
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json

BOT = "U8e742f61d673b39c7fff3cecb7536ef0"


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


def _signed(secret: bytes, body: bytes) -> str:
    return b64encode(hmac.digest(secret, body, "sha256")).decode()


LINE = Adapter(
    name="line",
    options={"account": "demo", "destination": BOT, "secret": SECRET, "token": TOKEN},
    required=("secret", "token", "account"),
    header="x_line_signature",
    signed=_signed,
    scheme="line",
    handshakes=(({}, HandshakeAnswer(status=405, body="")),),
    ask=line_event,
    wrapped=lambda *items, to=BOT: {"destination": to, "events": list(items)},
    message=BotMessage(
        id=MESSAGE_ID,
        channel="line",
        account="demo",
        thread="U4af4980629a1b2c3d4e5f60718293a4b",
        text="您好，明天有開。",
    ),
    taken={"sentMessages": [{"id": "461230966842064897", "quoteToken": "q"}]},
    handle=Handle.RETRY_KEY,
    server_error=DeliveryUnknown,
    chatwoot="line",
    seeds=(
        line_event(1),
        line_event(2, type="postback", postback={"data": "d", "params": {"date": "2026-01-01"}}),
        line_event(3, type="unsend", unsend={"messageId": "1"}),
        line_event(4, message={"id": "1", "type": "sticker", "packageId": "1", "stickerId": "2"}),
        line_event(5, type="follow"),
    ),
)
