"""Comments under an account's posts, and those that mention it elsewhere.

https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from channels import meta
from channels.base import Capabilities
from channels.instagram.account import InstagramAccount
from channels.instagram.comment_events import FIELDS, MENTION, CommentReading
from channels.instagram.settings import Settings
from channels.messages import ChannelEvent, OutboundMessage, Surface


class InstagramComments(InstagramAccount, meta.CommentsAdapter[Settings]):
    """Comments of one professional account.

    A thread is "media/root": the post's id and that of the comment at the top level. In front of a
    mention under somebody else's post stands "mention/".
    """

    name: ClassVar[str] = "instagram_comments"
    heard: ClassVar[frozenset[str]] = FIELDS
    reading: ClassVar[type[meta.Reading]] = CommentReading
    edge: ClassVar[str] = "replies"
    hides_by: ClassVar[str] = "hide"
    permissions: ClassVar[tuple[str, ...]] = ("instagram_basic", "instagram_manage_comments")
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

    @property
    def fields(self) -> tuple[str, ...]:  # type: ignore[override]
        """Mentions elsewhere are told with Facebook Login only."""
        told = ("comments", "live_comments")
        return (*told, "mentions") if self._settings.login == "facebook" else told

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]:
        """Read what was said since *since* below the newest 50 posts."""
        own = await self._own()
        # Graph lists top-level comments; new replies may stand below old ones.
        threads = await meta.commented(
            self._graph,
            posts=f"{self._settings.user or 'me'}/media",
            query={"fields": f"{_COMMENT},replies.limit(50){{{_COMMENT}}}", "limit": "50"},
            edge="comments",
            since=since,
            told_at="",
        )
        said = [
            (post, comment)
            for post, top in threads
            for comment in (top, *meta.listed(meta.mapping(top.get("replies"))))
        ]
        found = [_item(post, comment, own) for post, comment in said]
        new = [item for item in found if _when(item, since) >= since.timestamp()]
        new.sort(key=lambda item: _when(item, since))
        return meta.readable(new, lambda one: self._read(one, self._clock(), own))

    def _place(self, message: OutboundMessage) -> tuple[str, dict[str, object]]:
        where, _, root = message.thread.rpartition("/")
        mentioned, _, media = where.rpartition("/")
        if mentioned != MENTION:
            return super()._place(message)
        return f"{self._settings.user or 'me'}/mentions", {"media_id": media, "comment_id": root}


_COMMENT = "id,text,timestamp,from,username,parent_id"


def _item(post: str, comment: Mapping[str, object], own: str) -> meta.Item:
    """*comment* as the webhook would have told it."""
    told_at = meta.instant(comment.get("timestamp"))
    named = {"username": comment.get("username")}
    value = {**comment, "from": comment.get("from") or named, "media": {"id": post}}
    time = None if told_at is None else told_at.timestamp()
    return meta.Item(page=own, time=time, section="comments", value=value, is_change=True)


def _when(item: meta.Item, since: datetime) -> float:
    return item.time if isinstance(item.time, float) else since.timestamp()
