"""Direct messages of one X account.

https://docs.x.com/x-api/direct-messages/manage/introduction
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from channels.base import Capabilities, Context, MediaAddress, WebhookRequest
from channels.errors import Rejected
from channels.messages import (
    Accepted,
    Action,
    Attachment,
    ChannelEvent,
    OutboundMessage,
    Surface,
)
from channels.x.account import Account
from channels.x.body import items, listed
from channels.x.direct_events import LISTED, Reading
from channels.x.settings import Settings

_PRIVATE_FILE = re.compile(
    r"https://ton\.(?:twitter|x)\.com/[\w./]*?/dm/"
    r"([0-9]{1,19})/([0-9]{1,19})/([A-Za-z0-9_.-]{1,50})"
)
_ASKED = {
    "event_types": "MessageCreate",
    "max_results": "100",
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "expansions": "attachments.media_keys,sender_id",
    "user.fields": "name,username",
    "media.fields": "media_key,type,url",
}


class XDirect(Account):
    """Direct messages to one account. A thread is the other one's user id."""

    name: ClassVar[str] = "x"
    event_types: ClassVar[tuple[str, ...]] = (
        "dm.received",
        "dm.sent",
        "dm.read",
        "chat.received",
        "chat.sent",
    )
    # Fifteen in a quarter of an hour is X's limit, which the budget keeps; the rate is for bursts.
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT, max_text=10_000, rate=5.0
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(
            settings,
            context,
            per_quarter_hour=settings.direct_per_quarter_hour,
            per_day=settings.direct_per_day,
        )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read direct messages and what concerns the account; XPosts reads the rest."""
        reading = self._reading(request.received_at)
        ours = [one for one in items(request.body, channel=self.name) if not one.public]
        return self._read(ours, reading)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Write to the one whose thread it is."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        if not message.thread.isdecimal():
            raise Rejected(self.name, "thread is no user id", code="thread")
        path = f"/2/dm_conversations/with/{message.thread}/messages"
        return self.accepted(await self._spending(message, path, {"text": message.text}))

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]:
        """Read the direct messages since *since*, of at most five hundred."""
        reading, owner = self._reading(self._clock()), await self._api.user_id()
        found: list[ChannelEvent] = []
        async for page in self._api.pages("/2/dm_events", _ASKED):
            events = self._told(listed(page, kind=LISTED, owner=owner), reading)
            found[:0] = [event for event in events if event.sent_at >= since]
            if any(event.sent_at < since for event in events):
                break
        return found

    async def media(self, attachment: Attachment) -> MediaAddress:
        """Where a picture lies: those in direct messages are shown to the account only."""
        private = _PRIVATE_FILE.fullmatch(attachment.url or "")
        if private is None:
            if not attachment.url:
                raise Rejected(self.name, "X tells no address for it", code="media")
            return MediaAddress(url=attachment.url)
        path = "/".join(private.groups())
        url = f"{self._settings.api.rstrip('/')}/2/dm_conversations/media/{path}"
        return MediaAddress(url=url, headers=self._api.bearer())

    def _reading(self, received_at: datetime) -> Reading:
        return Reading(
            channel=self.name,
            account=self.account,
            ours=self._settings.user_id,
            received_at=received_at,
        )
