"""Facebook Messenger: direct messages of a Page.

https://developers.facebook.com/docs/messenger-platform
"""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from channels import meta
from channels.base import (
    Answer,
    Capabilities,
    Handle,
    WebhookRequest,
)
from channels.errors import Rejected
from channels.messages import (
    Accepted,
    Action,
    ChannelEvent,
    OutboundMessage,
    Surface,
)
from channels.meta import PageSettings as Settings
from channels.webhook import read_each

__all__ = ["Messenger", "Settings"]

# Page comments have an adapter of their own, which reads them from the same webhook.
_COMMENTS = frozenset({"feed", "mention", "ratings"})


class Messenger(meta.MetaAdapter[Settings]):
    """Direct messages of one Page."""

    name: ClassVar[str] = "messenger"
    webhook: ClassVar[str] = "page"
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=2000,
        max_quick_replies=13,
        max_buttons=3,
        max_text_beside=640,
        link_buttons=True,
        max_cards=10,
        media=frozenset({"image", "audio", "video", "file"}),
        reply_window=timedelta(hours=24),
        agent_window=timedelta(days=7),
        handle=Handle.ECHO,
        rate=300.0,
    )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every direct message and what belongs to them; comments are left to PageComments."""
        reading = meta.DirectReading(
            channel=self.name,
            account=self.account,
            surface=Surface.DIRECT,
            own=self._settings.page,
            app_id=self._settings.app_id,
            received_at=request.received_at,
        )
        items = [
            item
            for item in meta.items(request.body, channel=self.name)
            if not (item.is_change and item.section in _COMMENTS)
        ]
        return read_each(items, reading.event, unreadable=reading.unreadable, channel=self.name)

    def accepted(self, answer: Answer) -> Accepted:
        """Read the Send API's answer. Whom it went to we knew."""
        return replace(meta.written_to(answer, channel=self.name), thread=None)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Send what was said. Its id goes along as metadata and returns in the echo."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        payload = {
            "recipient": {"id": message.thread},
            **meta.purpose(message),
            "message": meta.content(message, metadata=message.id),
        }
        path = f"{self._settings.speaker}/messages"
        return self.accepted(await self._graph.post(path, payload))
