"""Instagram, as the contract tests see it: direct messages and comments in one webhook."""

from channels.base import Handle
from channels.messages import BotMessage, Surface
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json
from tests.channels.adapters.messenger import META_HANDSHAKES, meta_signed

USER = "17841405822304914"
MEDIA = "18001112223334445"
OPTIONS: Json = {
    "account": "demo",
    "user": USER,
    "secret": SECRET,
    "verify_token": "my-verify-token",
    "token": TOKEN,
    "app_id": "1517776481860111",
}
REQUIRED = ("secret", "verify_token", "token", "account")


def dm(n: int, **content: object) -> Json:
    """One direct message; a text unless *content* says otherwise."""
    return {
        "sender": {"id": f"{1254459154682919 + n}"},
        "recipient": {"id": USER},
        "timestamp": 1790582401000 + n,
        **(content or {"message": {"mid": f"aWdf{n}", "text": f"第 {n} 則"}}),
    }


def change(n: int, field: str = "comments", /, **value: object) -> Json:
    """One change; a comment at the top level unless *value* says otherwise."""
    return {
        "field": field,
        "value": {
            "id": f"{17890012345678000 + n}",
            "from": {"id": f"{1254459154682919 + n}", "username": "mei_chen"},
            "text": f"第 {n} 則",
            "media": {"id": MEDIA, "media_product_type": "FEED"},
            **value,
        },
    }


def authored(item: Json, id: object, **author: object) -> Json:
    """The same comment by another author."""
    return item | {"value": item["value"] | {"from": {"id": id, "username": "us"} | author}}


def _entry(key: str, items: tuple[Json, ...], to: str) -> Json:
    return {"object": "instagram", "entry": [{"id": to, "time": 1790582402, key: list(items)}]}


INSTAGRAM = Adapter(
    name="instagram",
    folder="instagram",
    options=OPTIONS,
    required=REQUIRED,
    header="x_hub_signature_256",
    signed=meta_signed,
    scheme="meta",
    handshakes=META_HANDSHAKES,
    ask=dm,
    own={
        "sender": {"id": USER},
        "recipient": {"id": "1254459154682919"},
        "timestamp": 1790582405000,
        "message": {"mid": "aWdfOwn", "text": "您好", "is_echo": True},
    },
    wrapped=lambda *items, to=USER: _entry("messaging", items, to),
    message=BotMessage(
        id=MESSAGE_ID,
        channel="instagram",
        account="demo",
        thread="1254459154682919",
        text="您好，週六有營業。",
    ),
    taken={"recipient_id": "1254459154682919", "message_id": "aWdfOut"},
    handle=Handle.NONE,
    captured={"user": None},
    chatwoot="instagram",
    seeds=(
        dm(1),
        dm(2, postback={"mid": "p", "title": "t", "payload": "p", "referral": {"ref": "r"}}),
        dm(3, message={"mid": "m", "attachments": [{"type": "ig_post", "payload": {"url": "u"}}]}),
        dm(4, read={"mid": "m"}),
        dm(5, message={"mid": "m", "text": "t", "reply_to": {"story": {"id": "1", "url": "u"}}}),
        dm(6, message={"mid": "m", "is_deleted": True}),
        dm(7, reaction={"mid": "m", "action": "react", "emoji": "❤"}),
    ),
)

COMMENTS = Adapter(
    name="instagram_comments",
    folder="instagram",
    options=OPTIONS,
    required=REQUIRED,
    header="x_hub_signature_256",
    signed=meta_signed,
    scheme="meta",
    handshakes=META_HANDSHAKES,
    ask=change,
    kind="comment.add",
    own=authored(change(7), int(USER)),
    wrapped=lambda *items, to=USER: _entry("changes", items, to),
    message=BotMessage(
        id=MESSAGE_ID,
        channel="instagram_comments",
        account="demo",
        thread=f"{MEDIA}/17890012345678001",
        surface=Surface.COMMENT,
        text="還有貨喔！",
        reply_to="17890012345678002",
    ),
    taken={"id": "17890012345678099"},
    handle=Handle.NONE,
    captured={"user": None},
    seeds=(
        change(1),
        change(2, parent_id="17890012345678001"),
        change(3, "live_comments"),
        change(4, "mentions", comment_id="1", media_id="2"),
    ),
)
