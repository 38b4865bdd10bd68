"""WhatsApp, as the contract tests see it."""

from channels.base import Handle
from channels.messages import BotMessage
from tests.channels.adapter import MESSAGE_ID, SECRET, TOKEN, Adapter, Json
from tests.channels.adapters import messenger

PHONE = "106540352242922"
OPTIONS: Json = {
    "account": "demo",
    "phone": PHONE,
    "secret": SECRET,
    "verify_token": "my-verify-token",
    "token": TOKEN,
}


def change(field: str = "messages", *, phone: str = PHONE, **value: object) -> Json:
    """One change of a WhatsApp body."""
    metadata = {"display_phone_number": "886223456789", "phone_number_id": phone}
    told = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {"field": field, "value": told}


def asked(n: int, **content: object) -> Json:
    """A change with one message; a text unless *content* says otherwise."""
    phone = f"8869{n:08d}"
    message: Json = {
        "from": phone,
        "id": f"wamid.{n}",
        "timestamp": str(1790582401 + n),
        **(content or {"type": "text", "text": {"body": f"第 {n} 則"}}),
    }
    person = {"profile": {"name": "林小姐"}, "wa_id": phone, "user_id": f"TW.{n}"}
    return change(contacts=[person], messages=[message])


def status(n: int, word: str = "delivered", **more: object) -> Json:
    """A change with one status of our message number n."""
    told = {"id": f"wamid.out{n}", "status": word, "timestamp": "1790582700"}
    return change(statuses=[{**told, "recipient_id": f"8869{n:08d}", **more}])


def echoed(**message: object) -> Json:
    """A change with one message that a person wrote in the WhatsApp Business app."""
    told: Json = {"from": "886223456789", "to": "886900000001", "id": "wamid.own"}
    told |= {"timestamp": "1790582405", "type": "text", "text": {"body": "您好"}}
    return change("smb_message_echoes", message_echoes=[told | message])


def _wrapped(*items: Json, to: str | None = None) -> Json:
    changes = [item if to is None else _sent_to(item, to) for item in items]
    entry = [{"id": "102290129340398", "changes": changes}]
    return {"object": "whatsapp_business_account", "entry": entry}


def _sent_to(item: Json, phone: str) -> Json:
    return change(phone=phone, **{**item["value"], "metadata": None}) | {
        "value": item["value"] | {"metadata": {"phone_number_id": phone}}
    }


def _broken(item: Json, value: object) -> Json:
    return item | {"value": item["value"] | {"messages": [value]}}


WHATSAPP = Adapter(
    name="whatsapp",
    options=OPTIONS,
    required=("secret", "verify_token", "token", "account", "phone"),
    header="x_hub_signature_256",
    signed=messenger.meta_signed,
    scheme="meta",
    handshakes=messenger.META_HANDSHAKES,
    ask=asked,
    own=echoed(),
    broken=_broken,
    wrapped=_wrapped,
    message=BotMessage(
        id=MESSAGE_ID,
        channel="whatsapp",
        account="demo",
        thread="886912345678",
        text="您好，週六有營業。",
    ),
    taken={
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+886912345678", "wa_id": "886912345678"}],
        "messages": [{"id": "wamid.out"}],
    },
    handle=Handle.ECHO,
    captured={"phone": "*"},
    chatwoot="whatsapp",
    seeds=(
        asked(1),
        asked(2, type="image", image={"id": "1", "mime_type": "image/jpeg", "caption": "c"}),
        asked(3, type="interactive", interactive={"button_reply": {"id": "p", "title": "t"}}),
        asked(4, type="interactive", interactive={"nfm_reply": {"response_json": '{"a":1}'}}),
        asked(5, type="location", location={"latitude": 1.5, "longitude": 2, "name": "n"}),
        asked(6, type="contacts", contacts=[{"name": {"formatted_name": "n"}}]),
        asked(7, type="order", order={"product_items": [{"product_retailer_id": "a"}]}),
        asked(8, type="edit", edit={"original_message_id": "w", "message": {"type": "text"}}),
        asked(9, type="revoke", revoke={"original_message_id": "w"}),
        asked(10, type="system", system={"type": "user_changed_number", "wa_id": "1"}),
        asked(11, type="reaction", reaction={"message_id": "w", "emoji": "👍"}),
        asked(12, type="button", button={"text": "t"}, group_id="g", referral={"source_id": "1"}),
        status(13, "failed", errors=[{"code": 131047, "title": "t"}]),
        status(14, biz_opaque_callback_data=MESSAGE_ID),
        echoed(),
        change("user_preferences", user_preferences=[{"wa_id": "1", "value": "stop"}]),
        change("user_id_update", user_id_update=[{"user_id": {"previous": "a", "current": "b"}}]),
        change("history", history=[{}]),
    ),
)
