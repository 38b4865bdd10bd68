"""What customers do in private, as the signed webhooks that platforms make of it.

Shapes: Messenger Platform "Webhook events", LINE "Webhook event objects". Ids are the
caller's; times are Unix seconds. Comments are in commenters.py.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.simulation.accounts import PlatformAccount
from bot.simulation.webhook import Webhook, line_post, meta_post

Json = dict[str, object]
THUMBS_UP = 369239263222822


@dataclass(frozen=True, slots=True, kw_only=True)
class MessengerCustomer:
    """A person on Messenger, known to one page by *id* (a page-scoped id)."""

    about: ClassVar[str] = "page"

    account: PlatformAccount
    id: str
    name: str = ""

    def says(self, text: str, *, message: str, sent: float, payload: str | None = None) -> Webhook:
        """Text, or with *payload* a tap on a quick reply."""
        said: Json = {"mid": message, "text": text}
        if payload is not None:
            said["quick_reply"] = {"payload": payload}
        kind = "dm.text" if payload is None else "dm.quick_reply"
        return self._spoken(kind, {"message": said}, message=message, sent=sent, text=text)

    def taps(self, title: str, *, payload: str, message: str, sent: float) -> Webhook:
        """A tap on a button that stays, such as Get Started."""
        event: Json = {"postback": {"mid": message, "title": title, "payload": payload}}
        return self._spoken("dm.postback", event, message=message, sent=sent, text=title)

    def attaches(self, type_: str, *, message: str, sent: float, url: str) -> Webhook:
        """An image, audio, video or file."""
        part: Json = {"type": type_, "payload": {"url": url}}
        event: Json = {"message": {"mid": message, "attachments": [part]}}
        return self._spoken(f"dm.{type_}", event, message=message, sent=sent)

    def sticks(self, *, message: str, sent: float, sticker: int = THUMBS_UP) -> Webhook:
        """A sticker; since 2026-08-30 it comes without an image beside it."""
        payload: Json = {"url": "https://scontent.example/sticker.png", "sticker_id": sticker}
        part: Json = {"type": "sticker", "payload": payload}
        event: Json = {"message": {"mid": message, "attachments": [part]}}
        return self._spoken("dm.sticker", event, message=message, sent=sent)

    def edits(self, message: str, text: str, *, sent: float, times: int = 1) -> Webhook:
        """The text of *message* is another now, for the *times*-th time."""
        event: Json = {"message_edit": {"mid": message, "text": text, "num_edit": times}}
        return self._event("dm.edit", event, message=message, sent=sent, text=text)

    def unsends(self, message: str, *, sent: float) -> Webhook:
        """*message* is taken back."""
        event: Json = {"message": {"mid": message, "is_deleted": True}}
        return self._event("dm.delete", event, message=message, sent=sent)

    def gets(self, messages: tuple[str, ...], *, sent: float) -> Webhook:
        """The delivery receipt for our *messages*."""
        event: Json = {"delivery": {"mids": list(messages), "watermark": _ms(sent)}}
        return self._event("dm.delivery", event, message=messages[-1], sent=sent)

    def reads(self, *, sent: float, message: str = "") -> Webhook:
        """The read receipt for everything that we sent until *sent*."""
        event: Json = {"read": {"watermark": _ms(sent)}}
        return self._event("dm.read", event, message=message, sent=sent)

    def hears(
        self, text: str, *, message: str, sent: float, metadata: str | None, app_id: int
    ) -> Webhook:
        """The echo of what the page said to this person, by our app or another."""
        said: Json = {"mid": message, "text": text, "is_echo": True, "app_id": app_id}
        if metadata is not None:
            said["metadata"] = metadata
        item: Json = {
            "sender": {"id": self.account.page},
            "recipient": {"id": self.id},
            "timestamp": _ms(sent),
            "message": said,
        }
        return self._post("dm.echo", item, message=message, sent=sent, text=text)

    def _spoken(
        self, kind: str, event: Json, *, message: str, sent: float, text: str = ""
    ) -> Webhook:
        webhook = self._event(kind, event, message=message, sent=sent, text=text)
        return replace(webhook, opens_window=True)

    def _event(
        self, kind: str, event: Json, *, message: str, sent: float, text: str = ""
    ) -> Webhook:
        item: Json = {
            "sender": {"id": self.id},
            "recipient": {"id": self.account.page},
            "timestamp": _ms(sent),
            **event,
        }
        return self._post(kind, item, message=message, sent=sent, text=text)

    def _post(self, kind: str, item: Json, *, message: str, sent: float, text: str) -> Webhook:
        entry: Json = {"id": self.account.page, "time": _ms(sent), "messaging": [item]}
        body, headers = meta_post(self.account, {"object": self.about, "entry": [entry]})
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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCustomer:
    """A person on LINE; *id* is U and 32 hexadecimal digits."""

    account: PlatformAccount
    id: str
    name: str = ""

    def says(
        self, text: str, *, message: str, event: str, sent: float, reply_token: str,
        redelivered: bool = False,
    ) -> Webhook:  # fmt: skip
        """Text. *event* is the webhookEventId, a ULID."""
        said: Json = {"id": message, "type": "text", "quoteToken": f"q{message}", "text": text}
        return self._message(
            "dm.text", said, event=event, sent=sent, reply_token=reply_token, text=text,
            redelivered=redelivered,
        )  # fmt: skip

    def sticks(self, *, message: str, event: str, sent: float, reply_token: str) -> Webhook:
        """A sticker of LINE's own characters."""
        said: Json = {
            "id": message,
            "type": "sticker",
            "quoteToken": f"q{message}",
            "packageId": "446",
            "stickerId": "1988",
            "stickerResourceType": "STATIC",
            "keywords": ["Thanks", "Happy"],
        }
        return self._message("dm.sticker", said, event=event, sent=sent, reply_token=reply_token)

    def taps(
        self, payload: str, *, message: str, event: str, sent: float, reply_token: str
    ) -> Webhook:
        """A tap on a quick reply or button that posts *payload* back."""
        extra: Json = {"type": "postback", "postback": {"data": payload}}
        return self._post(
            "dm.postback", extra, message=message, event=event, sent=sent, reply_token=reply_token
        )

    def unsends(self, message: str, *, event: str, sent: float) -> Webhook:
        """*message* is taken back."""
        extra: Json = {"type": "unsend", "unsend": {"messageId": message}}
        return self._post("dm.delete", extra, message=message, event=event, sent=sent)

    def blocks(self, *, event: str, sent: float) -> Webhook:
        """They block the account."""
        return self._post("user.unfollow", {"type": "unfollow"}, message="", event=event, sent=sent)

    def _message(
        self, kind: str, said: Json, *, event: str, sent: float, reply_token: str,
        text: str = "", redelivered: bool = False,
    ) -> Webhook:  # fmt: skip
        return self._post(
            kind,
            {"type": "message", "message": said},
            message=str(said["id"]),
            event=event,
            sent=sent,
            reply_token=reply_token,
            text=text,
            redelivered=redelivered,
        )

    def _post(
        self, kind: str, extra: Json, *, message: str, event: str, sent: float,
        reply_token: str | None = None, text: str = "", redelivered: bool = False,
    ) -> Webhook:  # fmt: skip
        item: Json = {
            "mode": "active",
            "timestamp": _ms(sent),
            "source": {"type": "user", "userId": self.id},
            "webhookEventId": event,
            "deliveryContext": {"isRedelivery": redelivered},
            **extra,
        }
        if reply_token is not None:
            item["replyToken"] = reply_token
        payload: Json = {"destination": self.account.page, "events": [item]}
        body, headers = line_post(self.account, payload)
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
            opens_window=kind != "dm.delete",
            reply_token=reply_token,
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
