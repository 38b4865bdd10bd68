"""Comments under a Facebook Page's posts: answered in public, in private, or hidden.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote

from channels import meta
from channels.base import Answer, Capabilities, WebhookRequest
from channels.errors import DeliveryUnknown, Rejected
from channels.messages import Accepted, Action, ChannelEvent, OutboundMessage, Surface
from channels.meta import PageSettings as Settings
from channels.page_comments.events import FIELDS, CommentReading
from channels.webhook import read_each

__all__ = ["PageComments", "Settings"]


class PageComments(meta.MetaAdapter[Settings]):
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
        unhide=True,
        rate=5.0,
    )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every comment, mention, rating, post and reaction; Messenger reads the rest."""
        reading = CommentReading(
            channel=self.name,
            account=self.account,
            surface=Surface.COMMENT,
            own=self._settings.page,
            received_at=request.received_at,
        )
        items = [
            item
            for item in meta.items(request.body, channel=self.name)
            if item.is_change and item.section in FIELDS
        ]
        return read_each(items, reading.event, unreadable=reading.unreadable, channel=self.name)

    def accepted(self, answer: Answer) -> Accepted:
        """Read what Meta says to a comment, a private reply, or hiding: three shapes of a yes."""
        body = meta.taken(answer, channel=self.name)
        match body:
            case {"success": False}:
                raise Rejected(self.name, "comment cannot be hidden", code="hide")
            case {"success": _}:
                return Accepted(ids=())
            case {"id": comment}:
                return Accepted(ids=(str(comment),))
        return meta.written_to(answer, channel=self.name)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Reply under the root comment, write to its author, or hide the comment or show it again.

        The answer to a private reply names the author in direct messages: Accepted.thread.
        """
        match message.action:
            case Action.REPLY:
                return await self._reply(message)
            case Action.PRIVATE_REPLY:
                return await self._reply_in_private(message)
            case Action.HIDE | Action.UNHIDE:
                return await self._hide(message)

    async def _reply(self, message: OutboundMessage) -> Accepted:
        root = message.thread.rpartition("/")[2] or self._comment(message)
        path = f"{quote(root, safe='')}/comments"
        taken = self.accepted(await self._graph.post(path, {"message": message.text}))
        if not taken.ids:
            raise DeliveryUnknown(self.name, "answer names no comment")
        return taken

    async def _reply_in_private(self, message: OutboundMessage) -> Accepted:
        payload = {
            "recipient": {"comment_id": self._comment(message)},
            "message": meta.content(message, metadata=message.id),
        }
        path = f"{self._settings.page or 'me'}/messages"
        return self.accepted(await self._graph.post(path, payload))

    async def _hide(self, message: OutboundMessage) -> Accepted:
        comment = self._comment(message)
        hidden = {"is_hidden": message.action is Action.HIDE}
        taken = self.accepted(await self._graph.post(quote(comment, safe=""), hidden))
        return replace(taken, ids=(comment,))

    def _comment(self, message: OutboundMessage) -> str:
        if not message.reply_to:
            raise Rejected(self.name, f"{message.action} names no comment", code="reply_to")
        return message.reply_to
