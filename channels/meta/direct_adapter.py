"""Direct messages of a Page or of an Instagram account: the same calls, the same webhook."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from channels.base import Answer, Profile, WebhookRequest
from channels.errors import Rejected
from channels.messages import Accepted, Action, ChannelEvent, OutboundMessage, Surface
from channels.meta.adapter import S
from channels.meta.catch_up import direct_items, readable
from channels.meta.direct import DirectReading
from channels.meta.graph import written_to
from channels.meta.setup import ConnectedAdapter
from channels.meta.webhook import Item, items
from channels.meta.written import content, purpose
from channels.webhook import read_each


class DirectAdapter(ConnectedAdapter[S]):
    """*platform* is Graph's word for it; *elsewhere* are changes that another adapter reads.

    *profile_fields* are asked of a customer.
    """

    platform: ClassVar[str]
    elsewhere: ClassVar[frozenset[str]]
    profile_fields: ClassVar[str]

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every direct message and what belongs to it; comments are left to their adapter."""
        found = [
            item
            for item in items(request.body, channel=self.name, about=self.about)
            if not (item.is_change and item.section in self.elsewhere)
        ]
        return self._read(found, request.received_at)

    def accepted(self, answer: Answer) -> Accepted:
        """Read the Send API's answer. Whom it went to we knew."""
        return replace(written_to(answer, channel=self.name), thread=None)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Send what was said, in one call."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        payload = {
            "recipient": {"id": message.thread},
            **purpose(message),
            "message": self._content(message),
        }
        path = f"{self._settings.speaker}/messages"
        return self.accepted(await self._graph.post(path, payload))

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]:
        """Read the conversations that changed after *since*: both sides' messages, no receipts."""
        own = await self._own()
        found = await direct_items(
            self._graph,
            node=self._settings.speaker,
            platform=self.platform,
            own=own,
            since=since,
        )
        return readable(found, lambda one: self._read(one, self._clock(), own))

    async def profile(self, contact_id: str) -> Profile:
        """Ask who wrote. Meta tells it only of people who have written to the account."""
        node = await self._graph.get(quote(contact_id, safe=""), {"fields": self.profile_fields})
        language = _text(node.get("locale"))
        return Profile(
            name=_text(node.get("name")),
            username=_text(node.get("username")),
            picture_url=_text(node.get("profile_pic")),
            language=language.replace("_", "-") if language else None,
        )

    def _content(self, message: OutboundMessage) -> dict[str, object]:
        return content(message)

    def _read(
        self, found: Sequence[Item], received_at: datetime, own: str | None = None
    ) -> list[ChannelEvent]:
        reading = DirectReading(
            channel=self.name,
            account=self.account,
            surface=Surface.DIRECT,
            own=own or self._settings.own,
            app_id=self._settings.app_id,
            received_at=received_at,
        )
        return read_each(found, reading.event, unreadable=reading.unreadable, channel=self.name)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
