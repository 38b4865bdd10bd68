"""WhatsApp, by the Cloud API that Meta hosts.

https://developers.facebook.com/docs/whatsapp/cloud-api
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import ClassVar

from channels import meta
from channels.base import (
    Answer,
    Capabilities,
    Finding,
    Handle,
    MediaAddress,
    WebhookRequest,
)
from channels.errors import Rejected
from channels.messages import (
    Accepted,
    Action,
    Attachment,
    ChannelEvent,
    OutboundMessage,
    Surface,
)
from channels.webhook import read_each
from channels.whatsapp import checkup
from channels.whatsapp.answers import KINDS, accepted
from channels.whatsapp.content import body
from channels.whatsapp.events import event
from channels.whatsapp.reading import Reading, pieces
from channels.whatsapp.settings import EVERY_NUMBER, Settings

__all__ = ["Settings", "WhatsApp"]


class WhatsApp(meta.MetaAdapter[Settings]):
    """One phone number of a brand."""

    name: ClassVar[str] = "whatsapp"
    webhook: ClassVar[str] = "whatsapp"
    kinds: ClassVar[Mapping[int, meta.Kind]] = KINDS
    # Quick replies and buttons together are ten at most, which is what a list takes.
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=4096,
        max_quick_replies=7,
        max_buttons=3,
        max_text_beside=1024,
        max_rows=10,
        max_payload=200,
        media=frozenset({"image", "video", "audio", "file"}),
        media_formats=frozenset(
            {"image/jpeg", "image/png", "video/mp4", "audio/mpeg", "application/pdf"}
        ),
        # Of pictures; what is longer goes as a link.
        max_media=5_000_000,
        max_caption=1024,
        uncaptioned=frozenset({"audio"}),
        reply_window=timedelta(hours=24),
        agent_template=True,
        handle=Handle.ECHO,
        rate=80.0,
    )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read all that happened; what happened at another number is never answered."""
        phone = self._settings.phone
        reading = Reading(
            channel=self.name,
            account=self.account,
            phone=None if phone == EVERY_NUMBER else phone,
            received_at=request.received_at,
        )
        items = meta.items(request.body, channel=self.name, about="whatsapp_business_account")
        return read_each(
            pieces(items),
            partial(event, reading),
            unreadable=reading.unreadable,
            channel=self.name,
        )

    def accepted(self, answer: Answer) -> Accepted:
        """Read the answer to a send."""
        return accepted(answer, channel=self.name)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Send what was said. Its id goes along and returns in the statuses."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        payload = body(message, self._settings)
        return self.accepted(await self._graph.post(f"{self._settings.phone}/messages", payload))

    async def media(self, attachment: Attachment) -> MediaAddress:
        """Where a customer's file can be fetched for the next five minutes, with our token."""
        if attachment.id is None:
            raise Rejected(self.name, "the attachment has no id", code="media")
        told = await self._graph.get(attachment.id)
        return MediaAddress(url=str(told.get("url") or ""), headers=self._graph.signed)

    async def check(self) -> Sequence[Finding]:
        """Look at the number, the subscription and the templates."""
        return await checkup.check(self._graph, self._settings)

    async def subscribe(self, webhook_url: str) -> Sequence[Finding]:
        """Subscribe the business account to our app, and send this number's events to us."""
        return await checkup.subscribe(self._graph, self._settings, webhook_url)
