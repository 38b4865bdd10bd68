"""Instagram's direct messages.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
"""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from channels import meta
from channels.base import Answer, Capabilities, LengthUnit, WebhookRequest
from channels.errors import Rejected
from channels.instagram.comment_events import FIELDS
from channels.instagram.settings import Settings
from channels.messages import Accepted, Action, ChannelEvent, OutboundMessage, Surface
from channels.webhook import read_each


class Instagram(meta.MetaAdapter[Settings]):
    """Direct messages of one professional account."""

    name: ClassVar[str] = "instagram"
    webhook: ClassVar[str] = "instagram"
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=1000,
        unit=LengthUnit.UTF8,
        title_unit=LengthUnit.CHARACTERS,
        max_quick_replies=13,
        max_buttons=3,
        max_text_beside=640,
        link_buttons=True,
        max_cards=10,
        media=frozenset({"image", "audio", "video", "file"}),
        reply_window=timedelta(hours=24),
        agent_window=timedelta(days=7),
        rate=100.0,
    )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every direct message and what belongs to it; InstagramComments reads the rest."""
        reading = meta.DirectReading(
            channel=self.name,
            account=self.account,
            surface=Surface.DIRECT,
            own=self._settings.user,
            app_id=self._settings.app_id,
            received_at=request.received_at,
        )
        items = [
            item
            for item in meta.items(request.body, channel=self.name, about="instagram")
            if not (item.is_change and item.section in FIELDS)
        ]
        return read_each(items, reading.event, unreadable=reading.unreadable, channel=self.name)

    def accepted(self, answer: Answer) -> Accepted:
        """Read the Send API's answer. Whom it went to we knew."""
        return replace(meta.written_to(answer, channel=self.name), thread=None)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Send what was said. Instagram's echo does not carry our id back."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        payload = {
            "recipient": {"id": message.thread},
            **meta.purpose(message),
            "message": meta.content(message),
        }
        path = f"{self._settings.speaker}/messages"
        return self.accepted(await self._graph.post(path, payload))
