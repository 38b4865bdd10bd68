"""Comments under a Facebook Page's posts: answered in public, in private, or hidden.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from channels import meta
from channels.base import Capabilities
from channels.messages import ChannelEvent, OutboundMessage, Surface
from channels.meta import PageSettings as Settings
from channels.page_comments.events import FIELDS, CommentReading

__all__ = ["PageComments", "Settings"]


class PageComments(meta.CommentsAdapter[Settings]):
    """Comments under the posts of one Page.

    A thread is "post/root": the post's id and that of the comment at the top level.
    """

    name: ClassVar[str] = "page_comments"
    webhook: ClassVar[str] = "page"
    heard: ClassVar[frozenset[str]] = FIELDS
    reading: ClassVar[type[meta.Reading]] = CommentReading
    edge: ClassVar[str] = "comments"
    hides_by: ClassVar[str] = "is_hidden"
    about: ClassVar[str] = "page"
    fields: ClassVar[tuple[str, ...]] = ("feed", "mention", "ratings")
    permissions: ClassVar[tuple[str, ...]] = (
        "pages_manage_engagement",
        "pages_read_engagement",
        "pages_manage_metadata",
        "pages_show_list",
        "pages_messaging",
    )
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

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]:
        """Read what was said since *since* below the newest 50 posts."""
        own = await self._own()
        query = {
            "filter": "stream",
            "order": "reverse_chronological",
            "fields": "id,message,from,created_time,parent{id},attachment",
            "limit": "100",
        }
        found = await meta.commented(
            self._graph,
            posts=f"{self._settings.speaker}/feed",
            query=query,
            edge=self.edge,
            since=since,
            told_at="created_time",
        )
        items = [_item(post, comment, own) for post, comment in found]
        return meta.readable(items, lambda one: self._read(one, self._clock(), own))

    def _private(self, message: OutboundMessage) -> dict[str, object]:
        # Messenger's echo of it brings our id back.
        return meta.content(message, metadata=message.id)


def _item(post: str, comment: Mapping[str, object], own: str) -> meta.Item:
    """*comment* as the webhook would have told it."""
    told_at = meta.instant(comment.get("created_time"))
    attachment = meta.mapping(comment.get("attachment"))
    image = meta.mapping(meta.mapping(attachment.get("media")).get("image"))
    value = {
        "item": "comment",
        "verb": "add",
        "from": comment.get("from"),
        "message": comment.get("message"),
        "comment_id": comment.get("id"),
        "post_id": post,
        "parent_id": meta.mapping(comment.get("parent")).get("id") or post,
        "created_time": None if told_at is None else told_at.timestamp(),
        "photo": image.get("src"),
    }
    time = value["created_time"]
    return meta.Item(page=own, time=time, section="feed", value=value, is_change=True)
