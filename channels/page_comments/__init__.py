"""Comments under a Facebook Page's posts: answered in public, in private, or hidden.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote

from aiohttp import ClientSession

from channels import meta
from channels.base import Capabilities, HandshakeAnswer, WebhookRequest
from channels.errors import DeliveryUnknown, Rejected
from channels.messages import Accepted, Action, ChannelEvent, OutboundMessage, Surface
from channels.meta import PageSettings as Settings
from channels.page_comments.events import FIELDS, Reading
from channels.webhook import read_each, revealed

__all__ = ["PageComments", "Settings"]


class PageComments:
    """Comments under the posts of one Page.

    A thread is "post/root": the post's id and that of the comment at the top level.
    """

    name: ClassVar[str] = "page_comments"
    webhook: ClassVar[str] = "page"
    # Meta documents no rate per second; posting fast earns error 368, which stops the whole Page.
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.COMMENT,
        max_text=8000,
        private_reply=True,
        private_reply_window=timedelta(days=7),
        hide=True,
        rate=5.0,
    )

    def __init__(self, settings: Settings, http: ClientSession) -> None:
        self.account = settings.account
        self._settings = settings
        self._secrets = revealed(settings.secret)
        self._graph = meta.Graph(settings, http, channel=self.name)

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Answer Meta's GET; 403 to a wrong verify token."""
        return meta.answer_handshake(request, verify_token=self._settings.verify_token)

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature unless the app's secret signed the body."""
        meta.check_signature(request, secrets=self._secrets, channel=self.name)

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every comment, mention, rating, post and reaction; Messenger reads the rest."""
        reading = Reading(
            channel=self.name,
            account=self.account,
            page=self._settings.page,
            received_at=request.received_at,
        )
        items = [
            item
            for item in meta.items(request.body, channel=self.name)
            if item.is_change and item.section in FIELDS
        ]
        return read_each(items, reading.event, unreadable=reading.unreadable, channel=self.name)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Reply under the root comment, write to the comment's author, or hide the comment.

        The answer to a private reply names the author in direct messages: Accepted.thread.
        """
        match message.action:
            case Action.REPLY:
                return await self._reply(message)
            case Action.PRIVATE_REPLY:
                return await self._reply_in_private(message)
            case Action.HIDE:
                return await self._hide(message)

    async def _reply(self, message: OutboundMessage) -> Accepted:
        root = message.thread.rpartition("/")[2] or self._comment(message)
        body = await self._graph.post(f"{quote(root, safe='')}/comments", {"message": message.text})
        if "id" not in body:
            raise DeliveryUnknown(self.name, "answer names no comment")
        return Accepted(ids=(str(body["id"]),))

    async def _reply_in_private(self, message: OutboundMessage) -> Accepted:
        payload = {
            "recipient": {"comment_id": self._comment(message)},
            "message": meta.content(message),
        }
        body = await self._graph.post(f"{self._settings.page or 'me'}/messages", payload)
        recipient = body.get("recipient_id")
        if "message_id" not in body and recipient is None:
            raise DeliveryUnknown(self.name, "answer names no message")
        return Accepted(
            ids=(str(body["message_id"]),) if "message_id" in body else (),
            thread=None if recipient is None else str(recipient),
        )

    async def _hide(self, message: OutboundMessage) -> Accepted:
        comment = self._comment(message)
        body = await self._graph.post(quote(comment, safe=""), {"is_hidden": True})
        if body.get("success") is False:
            raise Rejected(self.name, "comment cannot be hidden", code="hide")
        return Accepted(ids=(comment,))

    def _comment(self, message: OutboundMessage) -> str:
        if not message.reply_to:
            raise Rejected(self.name, f"{message.action} names no comment", code="reply_to")
        return message.reply_to
