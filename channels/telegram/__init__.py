"""Telegram Bot API.

https://core.telegram.org/bots/api
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.base import (
    Answer,
    Capabilities,
    Context,
    Finding,
    HandshakeAnswer,
    LengthUnit,
    MediaAddress,
    Profile,
    WebhookRequest,
)
from channels.errors import DeliveryUnknown, InvalidSignature, MalformedPayload, Rejected
from channels.messages import (
    Accepted,
    Action,
    Attachment,
    ChannelEvent,
    InboundMessage,
    OutboundMessage,
    Surface,
)
from channels.telegram import account
from channels.telegram.api import Api, moved_to
from channels.telegram.content import written
from channels.telegram.events import Reading
from channels.telegram.threads import is_group
from channels.webhook import Secret, Secrets, fault, read_json, revealed

__all__ = ["Settings", "Telegram"]


class Settings(BaseModel):
    """One bot.

    *secret* is ours to choose: Telegram shows it with every update. While it is being rotated it is
    a list, the new one first. *token* is @BotFather's; *username* the bot's, by which groups call
    it. *start* is the payload that /start stands for. *rate* is messages per second, where Telegram
    grants another than it documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(min_length=1)]
    secret: Secrets
    token: Secret
    username: Annotated[str, Field(pattern=r"^\w{3,32}$")] | None = None
    start: str = "greet"
    api: Annotated[str, Field(pattern=r"^https?://")] = "https://api.telegram.org"
    rate: Annotated[float, Field(gt=0)] | None = None


class Telegram:
    """One bot: its private chats, groups that speak to it, and business accounts it serves."""

    name: ClassVar[str] = "telegram"
    webhook: ClassVar[str] = "telegram"
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=4096,
        # Telegram says characters and does not say which: these are never fewer.
        unit=LengthUnit.UTF16,
        max_quick_replies=13,
        max_quick_reply_title=40,
        max_buttons=10,
        max_button_title=40,
        max_payload=64,
        link_buttons=True,
        media=frozenset({"image", "video"}),
        media_formats=frozenset({"image/jpeg", "image/png", "image/webp", "video/mp4"}),
        # Of pictures that it fetches itself.
        max_media=5_000_000,
        max_caption=1024,
        rate=30.0,
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        self.account = settings.account
        self._settings = settings
        self._secrets = revealed(settings.secret)
        self._api = Api(settings.api, settings.token, context.http)

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Refuse: Telegram checks no address."""
        return HandshakeAnswer(status=405, body="")

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature unless the header is one of our secrets: no body is signed."""
        claimed = request.headers.get("x-telegram-bot-api-secret-token", "")
        told = claimed.encode("utf-8", "replace")
        genuine = [hmac.compare_digest(told, secret) for secret in self._secrets]
        if not any(genuine):
            raise InvalidSignature(self.name)

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read the one update; in groups only what is said to the bot may be answered."""
        reading = Reading(
            channel=self.name,
            account=self.account,
            bot=self._api.bot,
            username=self._settings.username,
            start=self._settings.start,
            received_at=request.received_at,
        )
        try:
            return reading.events(read_json(request.body, channel=self.name))
        except ValidationError as exc:
            raise MalformedPayload(self.name, fault(exc)) from exc

    def acknowledgement(self, events: Sequence[ChannelEvent]) -> Mapping[str, object] | None:
        """Tell Telegram that a tap was heard, or the customer's button spins on."""
        for event in events:
            if isinstance(event, InboundMessage) and event.kind == "dm.postback":
                return {"method": "answerCallbackQuery", "callback_query_id": event.id}
        return None

    def pace(self, thread: str) -> tuple[int, float]:
        """Twenty a minute in a group, one a second in private with short bursts.

        https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
        """
        return (5, 20.0) if is_group(thread) else (3, 3.0)

    def accepted(self, answer: Answer) -> Accepted:
        """Read Telegram's answer to a message."""
        result = self._api.result(answer)
        if "message_id" not in result:
            raise DeliveryUnknown(self.name, "answer names no message")
        return Accepted(ids=(str(result["message_id"]),))

    async def send(self, message: OutboundMessage) -> Accepted:
        """Send, in a group that moved to its new id. Raises SendError."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        method, payload = written(message)
        answer = await self._api.call(method, payload)
        if (moved := moved_to(answer)) is None:
            return self.accepted(answer)
        # Surely not taken: a group that became a supergroup goes by another id.
        again = await self._api.call(method, payload | {"chat_id": moved})
        return replace(self.accepted(again), thread=moved)

    async def profile(self, contact_id: str) -> Profile:
        """Who a contact is; Telegram tells of those who wrote to the bot. Raises SendError."""
        chat = await self._api.ask("getChat", chat_id=contact_id)
        names = (str(chat.get(part) or "") for part in ("first_name", "last_name"))
        username = chat.get("username")
        return Profile(
            name=" ".join(filter(None, names)) or None, username=str(username) if username else None
        )

    async def media(self, attachment: Attachment) -> MediaAddress:
        """Where a file of at most 20 MB lies for the next hour. Raises SendError."""
        found = await self._api.ask("getFile", file_id=attachment.id)
        return MediaAddress(url=self._api.file(str(found.get("file_path"))))

    async def check(self) -> Sequence[Finding]:
        """Ask Telegram about the token, the bot's name and the webhook."""
        return await account.check(self._api, username=self._settings.username)

    async def subscribe(self, webhook_url: str) -> Sequence[Finding]:
        """Have updates posted to *webhook_url*."""
        secret = self._settings.secret[0].get_secret_value()
        return await account.subscribe(self._api, webhook_url=webhook_url, secret=secret)
