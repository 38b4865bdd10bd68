"""What customers do on WhatsApp, as the signed webhooks that Meta makes of it.

Shapes: Cloud API "Webhooks", and the ids of customers with user names (2026).
"""

import time
from dataclasses import dataclass

from bot.simulation.accounts import PlatformAccount
from bot.simulation.speakers import Ids
from bot.simulation.webhook import Webhook, meta_post

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppCustomer:
    """Somebody on WhatsApp: by *phone*, by *user* (an id of this business), or by both."""

    account: PlatformAccount
    phone: str = ""
    user: str = ""
    name: str = ""

    @property
    def id(self) -> str:
        """What a reply is sent to."""
        return self.phone or self.user

    def says(self, text: str, *, message: str, sent: float) -> Webhook:
        """Text."""
        content: Json = {"type": "text", "text": {"body": text}}
        return self._writes("dm.text", content, message=message, sent=sent, text=text)

    def taps(self, title: str, *, payload: str, message: str, sent: float) -> Webhook:
        """A tap on a reply button."""
        button: Json = {"type": "button_reply", "button_reply": {"id": payload, "title": title}}
        content: Json = {"type": "interactive", "interactive": button}
        return self._writes("dm.quick_reply", content, message=message, sent=sent, text=title)

    def sticks(self, *, message: str, sent: float) -> Webhook:
        """A sticker."""
        sticker: Json = {"id": "1", "mime_type": "image/webp", "animated": False}
        content: Json = {"type": "sticker", "sticker": sticker}
        return self._writes("dm.sticker", content, message=message, sent=sent)

    def edits(self, old: str, text: str, *, message: str, sent: float) -> Webhook:
        """The message *old* reads *text* now."""
        now: Json = {"type": "text", "text": {"body": text}}
        content: Json = {"type": "edit", "edit": {"original_message_id": old, "message": now}}
        return self._writes("dm.edit", content, message=message, sent=sent, text=text)

    def unsends(self, old: str, *, message: str, sent: float) -> Webhook:
        """The message *old* is taken back."""
        content: Json = {"type": "revoke", "revoke": {"original_message_id": old}}
        return self._writes("dm.delete", content, message=message, sent=sent)

    def moves(self, phone: str, *, message: str, sent: float) -> Webhook:
        """Another phone number from now on."""
        system: Json = {"type": "user_changed_number", "wa_id": phone}
        content: Json = {"type": "system", "system": system}
        return self._writes("user.id_changed", content, message=message, sent=sent)

    def hears(self, text: str, *, message: str, sent: float) -> Webhook:
        """What a person of the brand typed in the WhatsApp Business app."""
        said: Json = {"from": "886223456789", "to": self.phone, "to_user_id": self.user}
        said |= {"id": message, "timestamp": _s(sent), "type": "text", "text": {"body": text}}
        value: Json = {"message_echoes": [_filled(said)]}
        field = "smb_message_echoes"
        return self._post("dm.echo", field, value, message=message, sent=sent, text=text)

    def gets(
        self, word: str, *, message: str, outbound_id: str | None, sent: float, error: int = 0
    ) -> Webhook:
        """A status of our *message*: sent, delivered, read or failed with *error*."""
        status: Json = {"id": message, "status": word, "timestamp": _s(sent)}
        status |= {"recipient_id": self.phone, "recipient_user_id": self.user}
        if outbound_id is not None:
            status["biz_opaque_callback_data"] = outbound_id
        if error:
            status["errors"] = [{"code": error, "title": "Message undeliverable"}]
        kinds = {"read": "dm.read", "failed": "dm.failed"}
        value: Json = {"statuses": [_filled(status)]}
        kind = kinds.get(word, "dm.delivery")
        return self._post(kind, "messages", value, message=message, sent=sent)

    def _writes(
        self, kind: str, content: Json, *, message: str, sent: float, text: str = ""
    ) -> Webhook:
        said: Json = {"from": self.phone, "from_user_id": self.user, "id": message}
        said |= {"timestamp": _s(sent), **content}
        value: Json = {"messages": [_filled(said)]}
        if content["type"] != "system":
            person: Json = {"wa_id": self.phone, "user_id": self.user}
            value["contacts"] = [_filled(person) | {"profile": {"name": self.name}}]
        return self._post(kind, "messages", value, message=message, sent=sent, text=text)

    def _post(
        self, kind: str, field: str, value: Json, *, message: str, sent: float, text: str = ""
    ) -> Webhook:
        metadata: Json = {"phone_number_id": self.account.page}
        told: Json = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        entry: Json = {"id": "102290129340398", "changes": [{"field": field, "value": told}]}
        payload: Json = {"object": "whatsapp_business_account", "entry": [entry]}
        body, headers = meta_post(self.account, payload)
        return Webhook(
            kind=kind,
            account=self.account,
            customer=self.id,
            message=message,
            sent=sent,
            body=body,
            headers=headers,
            text=text,
            name=self.name,
            opens_window=kind in {"dm.text", "dm.quick_reply", "dm.sticker"},
        )


class WhatsAppSpeaker:
    """Somebody on WhatsApp who shows a phone number and has a user id as well."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        number = f"{ids.run % 10**6:06d}{ids.next():05d}"
        self._customer = WhatsAppCustomer(
            account=account, phone=f"886{number}", user=f"TW.{number}", name=name
        )
        self.thread = self._customer.id

    def says(self, text: str) -> Webhook:
        """Text."""
        return self._customer.says(text, message=self._id(), sent=time.time())

    def sticks(self) -> Webhook:
        """A sticker."""
        return self._customer.sticks(message=self._id(), sent=time.time())

    def edits(self, said: Webhook, text: str) -> Webhook:
        """*said* reads *text* now."""
        return self._customer.edits(said.message, text, message=self._id(), sent=time.time())

    def unsends(self, said: Webhook) -> Webhook:
        """*said* is taken back."""
        return self._customer.unsends(said.message, message=self._id(), sent=time.time())

    def again(self, said: Webhook) -> Webhook:
        """The platform delivers *said* once more: the very same bytes."""
        return said

    def _id(self) -> str:
        return f"wamid.{self._ids.run:x}{self._ids.next():06d}"


def _filled(told: Json) -> Json:
    """What Meta leaves out where it withholds a name."""
    return {name: value for name, value in told.items() if value != ""}


def _s(seconds: float) -> str:
    return str(int(seconds))
