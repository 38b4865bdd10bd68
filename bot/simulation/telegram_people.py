"""What customers do on Telegram, as the updates that it posts."""

import json
import time
from dataclasses import dataclass

from bot.simulation.accounts import PlatformAccount
from bot.simulation.speakers import Ids
from bot.simulation.webhook import Webhook

Json = dict[str, object]


def telegram_post(account: PlatformAccount, update: Json) -> tuple[bytes, dict[str, str]]:
    """Body and headers as Telegram sends them: the secret is shown, nothing is signed."""
    body = json.dumps(update, ensure_ascii=True, separators=(",", ":")).encode()
    return body, {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": account.secret,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramCustomer:
    """A person on Telegram; their private chat with a bot has their own *id*.

    *chat* is the group where they speak instead. Ids are the caller's; times are Unix seconds.
    """

    account: PlatformAccount
    id: str
    name: str = ""
    chat: str | None = None

    def says(self, text: str, *, message: str, update: int, sent: float, **more: object) -> Webhook:
        """Text; *more* fields of the message, such as entities."""
        return self._spoken("dm.text", message, update, sent, text=text, **more)

    def sticks(self, *, message: str, update: int, sent: float) -> Webhook:
        """A sticker."""
        file = {"file_id": f"CAACAg{message}", "file_unique_id": message, "type": "regular"}
        sticker = file | {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._spoken("dm.sticker", message, update, sent, sticker=sticker)

    def taps(self, payload: str, *, query: str, update: int, sent: float) -> Webhook:
        """A tap on a button below one of our messages."""
        below = {"message_id": 1, "chat": self._chat, "date": 0}
        tap = {"id": query, "from": self._user, "message": below, "chat_instance": "1"}
        event: Json = {"callback_query": tap | {"data": payload}}
        return self._post("dm.postback", event, message=query, update=update, sent=sent)

    def edits(self, message: str, text: str, *, update: int, sent: float) -> Webhook:
        """*message* reads *text* now."""
        said = self._message(message, sent, text=text, edit_date=int(sent))
        event: Json = {"edited_message": said}
        return self._post("dm.edit", event, message=message, update=update, sent=sent, text=text)

    def blocks(self, *, update: int, sent: float) -> Webhook:
        """They block the bot."""
        change = {"chat": self._chat, "from": self._user, "date": int(sent)}
        event: Json = {"my_chat_member": change | {"new_chat_member": {"status": "kicked"}}}
        return self._post("user.block", event, message="", update=update, sent=sent)

    def _spoken(
        self, kind: str, message: str, update: int, sent: float, **content: object
    ) -> Webhook:
        event: Json = {"message": self._message(message, sent, **content)}
        words = str(content.get("text", ""))
        return self._post(kind, event, message=message, update=update, sent=sent, text=words)

    def _message(self, message: str, sent: float, **content: object) -> Json:
        return {
            "message_id": int(message),
            "from": self._user,
            "chat": self._chat,
            "date": int(sent),
            **content,
        }

    def _post(
        self, kind: str, event: Json, *, message: str, update: int, sent: float, text: str = ""
    ) -> Webhook:
        body, headers = telegram_post(self.account, {"update_id": update, **event})
        return Webhook(
            kind=kind,
            account=self.account,
            customer=self.chat or self.id,
            message=message,
            sent=sent,
            body=body,
            headers=headers,
            text=text,
            name=self.name,
            opens_window=kind in {"dm.text", "dm.sticker", "dm.postback"},
        )

    @property
    def _user(self) -> Json:
        return {"id": int(self.id), "is_bot": False, "first_name": self.name}

    @property
    def _chat(self) -> Json:
        if self.chat is None:
            return {"id": int(self.id), "type": "private", "first_name": self.name}
        return {"id": int(self.chat), "type": "supergroup", "title": self.name}


class TelegramSpeaker:
    """Somebody on Telegram."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        number = 5_000_000_000 + ids.run % 10**6 * 1000 + ids.next()
        self._customer = TelegramCustomer(account=account, id=str(number), name=name)
        self.thread = self._customer.id

    def says(self, text: str) -> Webhook:
        """Text."""
        return self._customer.says(text, message=self._next, update=self._update, sent=time.time())

    def sticks(self) -> Webhook:
        """A sticker."""
        return self._customer.sticks(message=self._next, update=self._update, sent=time.time())

    def edits(self, said: Webhook, text: str) -> Webhook:
        """*said* reads *text* now."""
        return self._customer.edits(said.message, text, update=self._update, sent=time.time())

    def unsends(self, said: Webhook) -> None:
        """Nothing: Telegram tells a bot of no deletions."""

    def again(self, said: Webhook) -> Webhook:
        """Telegram delivers *said* once more: the very same bytes."""
        return said

    @property
    def _next(self) -> str:
        return str(self._ids.next())

    @property
    def _update(self) -> int:
        return self._ids.run % 10**9 * 1000 + self._ids.next()
