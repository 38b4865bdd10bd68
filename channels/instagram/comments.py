"""Comments under an account's posts, and those that mention it elsewhere.

https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from datetime import timedelta
from typing import ClassVar

from channels import meta
from channels.base import Capabilities, WebhookRequest
from channels.instagram.comment_events import FIELDS, MENTION, CommentReading
from channels.instagram.settings import Settings
from channels.messages import ChannelEvent, OutboundMessage, Surface
from channels.webhook import read_each


class InstagramComments(meta.CommentsAdapter[Settings]):
    """Comments of one professional account.

    A thread is "media/root": the post's id and that of the comment at the top level. In front of a
    mention under somebody else's post stands "mention/".
    """

    name: ClassVar[str] = "instagram_comments"
    webhook: ClassVar[str] = "instagram"
    edge: ClassVar[str] = "replies"
    hides_by: ClassVar[str] = "hide"
    # Meta documents no rate for comments; private replies may be 750 an hour.
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.COMMENT,
        max_text=2200,
        private_reply=True,
        private_reply_window=timedelta(days=7),
        hide=True,
        unhide=True,
        rate=5.0,
    )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every comment and mention; Instagram's direct messages are read elsewhere."""
        reading = CommentReading(
            channel=self.name,
            account=self.account,
            surface=Surface.COMMENT,
            own=self._settings.user,
            received_at=request.received_at,
        )
        items = [
            item
            for item in meta.items(request.body, channel=self.name, about="instagram")
            if item.is_change and item.section in FIELDS
        ]
        return read_each(items, reading.event, unreadable=reading.unreadable, channel=self.name)

    def _place(self, message: OutboundMessage) -> tuple[str, dict[str, object]]:
        where, _, root = message.thread.rpartition("/")
        mentioned, _, media = where.rpartition("/")
        if mentioned != MENTION:
            return super()._place(message)
        return f"{self._settings.user or 'me'}/mentions", {"media_id": media, "comment_id": root}
