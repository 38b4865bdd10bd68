"""A brand's own app, as the contract tests see it."""

import hmac

from channels.base import Handle, HandshakeAnswer
from channels.errors import DeliveryUnknown
from channels.messages import BotMessage
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json


def said(n: int, /, **changes: object) -> Json:
    """One message; a text of a user unless *changes* say otherwise."""
    usual = {"id": f"m-{n}", "user": {"id": "u-42", "name": "小美"}, "text": f"第 {n} 則"}
    return {**usual, "sent_at": "2026-09-28T16:00:01+08:00", **changes}


def _signed(secret: bytes, body: bytes) -> str:
    return "sha256=" + hmac.digest(secret, body, "sha256").hex()


OWN_APP = Adapter(
    name="own_app",
    options={"account": "demo", "secret": SECRET, "token": TOKEN, "api": "https://app.example/"},
    required=("secret", "token", "account", "api"),
    header="x_antiphon_signature",
    signed=_signed,
    handshakes=(({}, HandshakeAnswer(status=405, body="")),),
    ask=said,
    wrapped=lambda *items: {"messages": list(items)},
    broken=lambda item, value: item | {"user": value},
    addressed=False,
    own=said(7, author="agent"),
    message=BotMessage(
        id=MESSAGE_ID,
        channel="own_app",
        account="demo",
        thread="u-42",
        text="您好，明天有開。",
    ),
    taken={"id": "a-1"},
    handle=Handle.RETRY_KEY,
    server_error=DeliveryUnknown,
    seeds=(
        said(1),
        said(2, payload="intent:greet"),
        said(3, author="agent", sent_at=1790582401000),
        said(4, text=None),
    ),
)
