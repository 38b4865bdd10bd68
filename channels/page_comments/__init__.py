"""Comments under a Facebook Page's posts: answered in public, in private, or hidden.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from datetime import timedelta
from typing import ClassVar

from channels import meta
from channels.base import Capabilities, WebhookRequest
from channels.messages import ChannelEvent, OutboundMessage, Surface
from channels.meta import PageSettings as Settings
from channels.page_comments.events import FIELDS, CommentReading
from channels.webhook import read_each

__all__ = ["PageComments", "Settings"]


class PageComments(meta.CommentsAdapter[Settings]):
    """Comments under the posts of one Page.

    A thread is "post/root": the post's id and that of the comment at the top level.
    """

    name: ClassVar[str] = "page_comments"
    webhook: ClassVar[str] = "page"
    edge: ClassVar[str] = "comments"
    hides_by: ClassVar[str] = "is_hidden"
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

    def _private(self, message: OutboundMessage) -> dict[str, object]:
        # Messenger's echo of it brings our id back.
        return meta.content(message, metadata=message.id)
