"""What is said about a comment, under it or to its author, on Pages and on Instagram alike."""

from dataclasses import replace
from typing import ClassVar
from urllib.parse import quote

from channels.base import Answer
from channels.errors import DeliveryUnknown, Rejected
from channels.messages import Accepted, Action, OutboundMessage
from channels.meta.adapter import MetaAdapter, S
from channels.meta.graph import taken, written_to
from channels.meta.written import content


class CommentsAdapter(MetaAdapter[S]):
    """Comments of one account. *hides_by* is the parameter that hides one; *edge* takes replies."""

    edge: ClassVar[str]
    hides_by: ClassVar[str]

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
