"""Telegram, as the contract tests see it."""

from channels.base import Handle, HandshakeAnswer
from channels.errors import Unauthorized
from channels.messages import BotMessage
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json
from tests.channels.platform import Call

CUSTOMER = {
    "id": 7123456789,
    "is_bot": False,
    "first_name": "小美",
    "last_name": "陳",
    "username": "mei_chen",
    "language_code": "zh-hant",
}
PRIVATE = {"id": 7123456789, "type": "private", "first_name": "小美"}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "VIP 群"}


def message(n: int, /, **content: object) -> Json:
    """One message; a text in private unless *content* says otherwise."""
    return {
        "message_id": 5000 + n,
        "from": CUSTOMER,
        "chat": PRIVATE,
        "date": 1790582401,
        **(content or {"text": f"第 {n} 則"}),
    }


def update(n: int, /, **content: object) -> Json:
    """One update; a text in private unless *content* says otherwise."""
    return {"update_id": 900100000 + n, **(content or {"message": message(n)})}


def tap(n: int, /, **changes: object) -> Json:
    """A tap on a button below our message."""
    below = message(n, text="選擇服務", chat=PRIVATE)
    query = {"id": f"4382bf{n}", "from": CUSTOMER, "message": below, "chat_instance": "-3821"}
    return update(n, callback_query=query | {"data": "ORDER_STATUS"} | changes)


def membership(n: int, status: str, chat: Json = PRIVATE) -> Json:
    """Somebody lets us in or shuts us out."""
    change = {"chat": chat, "from": CUSTOMER, "date": 1790582401}
    return update(n, my_chat_member=change | {"new_chat_member": {"status": status}})


def _signed_in(call: Call) -> bool:
    told = "".join(f"{name}{value}" for name, value in call.headers.items())
    return call.path == f"/bot{TOKEN}/sendMessage" and TOKEN not in told


TELEGRAM = Adapter(
    name="telegram",
    options={"account": "demo", "secret": SECRET, "token": TOKEN, "username": "mybrand_bot"},
    required=("secret", "token", "account"),
    header="x_telegram_bot_api_secret_token",
    covers_body=False,
    scheme="telegram",
    handshakes=(({}, HandshakeAnswer(status=405, body="")),),
    ask=update,
    wrapped=lambda item: item,
    several=False,
    addressed=False,
    own=update(
        7,
        business_message=message(
            7, text="您好", **{"from": CUSTOMER | {"id": 42}}, business_connection_id="bc1"
        ),
    ),
    message=BotMessage(
        id=MESSAGE_ID,
        channel="telegram",
        account="demo",
        thread="7123456789",
        text="您好，明天有開。",
    ),
    taken={"ok": True, "result": {"message_id": 6001, "date": 1790582402}},
    handle=Handle.NONE,
    signed_in=_signed_in,
    # A token of the wrong form names an address that is not there.
    odd={404: Unauthorized},
    chatwoot="telegram",
    seeds=(
        update(1),
        tap(2),
        membership(3, "kicked"),
        update(4, message=message(4, photo=[{"file_id": "AgACAg1"}], caption="破損")),
        update(
            5,
            message=message(
                5,
                text="@mybrand_bot 有人在嗎",
                chat=GROUP,
                entities=[{"type": "mention", "offset": 0, "length": 12}],
                reply_to_message={"message_id": 1, "from": {"id": 6}},
            ),
        ),
        update(6, edited_message=message(6, text="改", edit_date=1790582461)),
        update(
            7,
            message_reaction={
                "chat": PRIVATE,
                "message_id": 1,
                "user": CUSTOMER,
                "date": 1,
                "new_reaction": [{"type": "emoji", "emoji": "👍"}],
            },
        ),
        update(
            8,
            deleted_business_messages={
                "business_connection_id": "bc1",
                "chat": PRIVATE,
                "message_ids": [1, 2],
            },
        ),
    ),
)
