"""Messenger, as the contract tests see it."""

import hmac

from channels.base import Handle, HandshakeAnswer
from channels.messages import BotMessage
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json

PAGE = "104593217840226"
PAGE_OPTIONS: Json = {
    "account": "demo",
    "page": PAGE,
    "secret": SECRET,
    "verify_token": "my-verify-token",
    "token": TOKEN,
    "app_id": "1517776481860111",
}
QUERY = {
    "hub.mode": "subscribe",
    "hub.challenge": "1158201444",
    "hub.verify_token": "my-verify-token",
}
REFUSED = HandshakeAnswer(status=403, body="")
META_HANDSHAKES = (
    (QUERY, HandshakeAnswer(status=200, body="1158201444")),
    (QUERY | {"hub.verify_token": "wrong"}, REFUSED),
    (QUERY | {"hub.verify_token": "é\udce9"}, REFUSED),
    (QUERY | {"hub.mode": "unsubscribe"}, REFUSED),
    (QUERY | {"hub.challenge": ""}, REFUSED),
)


def meta_signed(secret: bytes, body: bytes) -> str:
    """Meta's signature header."""
    return "sha256=" + hmac.new(secret, body, "sha256").hexdigest()


def messaging(n: int, **content: object) -> Json:
    """One item of a Messenger body; a text unless *content* says otherwise."""
    return {
        "sender": {"id": f"{7318846290154403 + n}"},
        "recipient": {"id": PAGE},
        "timestamp": 1790582401000 + n,
        **(content or {"message": {"mid": f"m_{n}", "text": f"第 {n} 則"}}),
    }


def _wrapped(*items: Json, to: str = PAGE) -> Json:
    return {"object": "page", "entry": [{"id": to, "time": 1790582402, "messaging": list(items)}]}


MESSENGER = Adapter(
    name="messenger",
    options=PAGE_OPTIONS,
    required=("secret", "verify_token", "token", "account"),
    header="x_hub_signature_256",
    signed=meta_signed,
    scheme="meta",
    handshakes=META_HANDSHAKES,
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
    wrapped=_wrapped,
    message=BotMessage(
        id=MESSAGE_ID,
        channel="messenger",
        account="demo",
        thread="7318846290154403",
        text="您好，週六有營業。",
    ),
    taken={"recipient_id": "7318846290154403", "message_id": "m_out"},
    handle=Handle.ECHO,
    captured={"page": None},
    chatwoot="facebook",
    seeds=(
        messaging(1),
        messaging(2, postback={"title": "t", "payload": "p"}),
        messaging(
            3, message={"mid": "m", "attachments": [{"type": "image", "payload": {"url": "u"}}]}
        ),
        messaging(4, delivery={"mids": ["m"], "watermark": 1}),
        messaging(5, message_edit={"mid": "m", "text": "t", "num_edit": 1}),
        messaging(6, pass_thread_control={"new_owner_app_id": 1}),
        messaging(7, message={"mid": "m", "is_echo": True, "app_id": 1, "metadata": "x"}),
        messaging(8, reaction={"mid": "m", "action": "react"}),
    ),
)
