"""What is said about a comment, under it or to its author, on Pages and on Instagram alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from channels.base import Answer, WebhookRequest
from channels.errors import DeliveryUnknown, Rejected
from channels.messages import Accepted, Action, ChannelEvent, OutboundMessage, Surface
from channels.meta.adapter import S
from channels.meta.graph import taken, written_to
from channels.meta.reading import Reading
from channels.meta.setup import ConnectedAdapter
from channels.meta.webhook import Item, items
from channels.meta.written import content
from channels.webhook import read_each


class CommentsAdapter(ConnectedAdapter[S]):
    """Comments of one account, told by the changes *heard*, which *reading* reads.

    *edge* takes replies; *hides_by* is the parameter that hides a comment.
    """

    heard: ClassVar[frozenset[str]]
    reading: ClassVar[type[Reading]]
    edge: ClassVar[str]
    hides_by: ClassVar[str]

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every comment and what belongs to it; direct messages are left to their adapter."""
        found = [
            item
            for item in items(request.body, channel=self.name, about=self.about)
            if item.is_change and item.section in self.heard
        ]
        return self._read(found, request.received_at)

    def accepted(self, answer: Answer) -> Accepted:
        """Read what Meta says to a comment, a private reply, or hiding: three shapes of a yes."""
        body = taken(answer, channel=self.name)
        match body:
            case {"success": False}:
                raise Rejected(self.name, "comment cannot be hidden", code="hide")
            case {"success": _}:
                return Accepted(ids=())
            case {"id": comment}:
                return Accepted(ids=(str(comment),))
        return written_to(answer, channel=self.name)

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

    def _read(
        self, found: Sequence[Item], received_at: datetime, own: str | None = None
    ) -> list[ChannelEvent]:
        reading = self.reading(
            channel=self.name,
            account=self.account,
            surface=Surface.COMMENT,
            own=own or self._settings.own,
            received_at=received_at,
        )
        return read_each(found, reading.event, unreadable=reading.unreadable, channel=self.name)

    def _place(self, message: OutboundMessage) -> tuple[str, dict[str, object]]:
        """Where a public reply goes, and what must be said beside its text."""
        root = message.thread.rpartition("/")[2] or self._comment(message)
        return f"{quote(root, safe='')}/{self.edge}", {}

    def _private(self, message: OutboundMessage) -> dict[str, object]:
        return content(message)

    async def _reply(self, message: OutboundMessage) -> Accepted:
        path, beside = self._place(message)
        reply = self.accepted(await self._graph.post(path, {**beside, "message": message.text}))
        if not reply.ids:
            raise DeliveryUnknown(self.name, "answer names no comment")
        return reply

    async def _reply_in_private(self, message: OutboundMessage) -> Accepted:
        payload = {
            "recipient": {"comment_id": self._comment(message)},
            "message": self._private(message),
        }
        return self.accepted(await self._graph.post(f"{self._settings.speaker}/messages", payload))

    async def _hide(self, message: OutboundMessage) -> Accepted:
        comment = self._comment(message)
        hidden = {self.hides_by: message.action is Action.HIDE}
        done = self.accepted(await self._graph.post(quote(comment, safe=""), hidden))
        return replace(done, ids=(comment,))

    def _comment(self, message: OutboundMessage) -> str:
        if not message.reply_to:
            raise Rejected(self.name, f"{message.action} names no comment", code="reply_to")
        return message.reply_to
