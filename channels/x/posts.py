"""Mentions of one X account and replies to its posts: answered in public, or hidden.

https://docs.x.com/x-api/posts/manage-tweets/introduction
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from channels.base import Capabilities, Context, LengthUnit, WebhookRequest
from channels.errors import Rejected
from channels.messages import (
    Accepted,
    Action,
    BotMessage,
    ChannelEvent,
    OutboundMessage,
    Surface,
)
from channels.x.account import Account
from channels.x.answers import is_duplicate
from channels.x.api import stamp
from channels.x.body import items, listed
from channels.x.post_events import LISTED, Reading
from channels.x.settings import Settings
from channels.x.words import without_links

_ASKED = {
    "max_results": "100",
    "post.fields": "attachments,conversation_id,created_at,entities,id,note_post,text",
    "expansions": "attachments.media_keys,author_id,in_reply_to_user_id,referenced_posts",
    "user.fields": "name,username",
    "media.fields": "media_key,type,url",
}
_REMEMBERED = 200


class XPosts(Account):
    """Posts that mention one account or answer its own.

    A thread is "conversation/author": X's conversation of posts, and who speaks with us in it.
    """

    name: ClassVar[str] = "x_posts"
    event_types: ClassVar[tuple[str, ...]] = (
        "post.create",
        "post.delete",
        "post.mention.create",
        "post.reply.create",
        "post.quote.create",
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.COMMENT,
        max_text=280,
        unit=LengthUnit.WEIGHTED,
        hide=True,
        unhide=True,
        one_reply=True,
        rate=5.0,
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(
            settings,
            context,
            per_quarter_hour=settings.posts_per_quarter_hour,
            per_day=settings.posts_per_day,
        )
        self._posted: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every post, deletion and like; XDirect reads the rest."""
        reading = self._reading(request.received_at)
        ours = [one for one in items(request.body, channel=self.name) if one.public]
        return self._read(ours, reading)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Reply to the post, or hide it from the conversation or show it again."""
        match message.action:
            case Action.REPLY:
                return await self._reply(message)
            case Action.HIDE | Action.UNHIDE:
                return await self._hide(message)
            case Action.PRIVATE_REPLY:
                raise Rejected(self.name, message.action, code="unsupported")

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]:
        """Read the mentions since *since*, of at most five hundred; replies to us mention us."""
        reading, owner = self._reading(self._clock()), await self._api.user_id()
        found: list[ChannelEvent] = []
        path, query = f"/2/users/{owner}/mentions", {**_ASKED, "start_time": stamp(since)}
        async for page in self._api.pages(path, query):
            found[:0] = self._told(listed(page, kind=LISTED, owner=owner), reading)
        return found

    async def _reply(self, message: OutboundMessage) -> Accepted:
        text = message.text
        if not self._settings.post_links and isinstance(message, BotMessage):
            text = without_links(text)
        if not text:
            raise Rejected(self.name, "nothing but links, which are switched off", code="links")
        payload = {"text": text, "reply": {"in_reply_to_tweet_id": self._post(message)}}
        answer = await self._spending(message, "/2/tweets", payload)
        said = (message.thread, text)
        # X compares with all our posts: the same words to somebody else are no answer to this one.
        if is_duplicate(answer) and said not in self._posted:
            raise Rejected(self.name, "the same words were posted before", code="duplicate")
        accepted = self.accepted(answer)
        self._posted.append(said)
        return accepted

    async def _hide(self, message: OutboundMessage) -> Accepted:
        post = self._post(message)
        hidden = {"hidden": message.action is Action.HIDE}
        answer = await self._api.call("PUT", f"/2/tweets/{post}/hidden", hidden)
        self.accepted(answer)
        return Accepted(ids=(post,))

    def _post(self, message: OutboundMessage) -> str:
        if not message.reply_to or not message.reply_to.isdecimal():
            raise Rejected(self.name, f"{message.action} names no post", code="reply_to")
        return message.reply_to

    def _reading(self, received_at: datetime) -> Reading:
        return Reading(
            channel=self.name,
            account=self.account,
            ours=self._settings.user_id,
            received_at=received_at,
        )
