"""Turns what happened in public into one of our events."""

from dataclasses import dataclass
from datetime import datetime

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    EventFields,
    InboundMessage,
    MessageDeleted,
    Surface,
)
from channels.webhook import digest, moment
from channels.x import payloads, words
from channels.x.body import Item, instant
from channels.x.direct_events import attachment, contact

LISTED = "post.mention.create"

_OLDER = "tweet_create_events"
_TO_US = frozenset({"post.mention.create", "post.reply.create"})
_POSTS = _TO_US | {"post.create", "post.quote.create"}
_NOTICES = {
    "post.repost.create": "post.share",
    "like.create": "reaction.add",
    "favorite_events": "reaction.add",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose webhook is read, and when. *ours* is the account's user id where it is known."""

    channel: str
    account: str
    ours: str | None
    received_at: datetime

    def event(self, item: Item) -> ChannelEvent:
        """The event that *item* tells of; raise ValidationError or Unreadable if it tells none."""
        match item.kind:
            case kind if kind in _POSTS:
                post = payloads.Post.model_validate(item.value)
                return _Told(reading=self, item=item, post=_post(post, item)).event()
            case kind if kind == _OLDER:
                tweet = payloads.Tweet.model_validate(item.value)
                return _Told(reading=self, item=item, post=_tweet(tweet)).event()
            case "post.delete":
                gone = payloads.Deleted.model_validate(item.value)
                return self._deleted(item, gone, at=None)
            case "tweet_delete_events":
                told = payloads.DeletedTweet.model_validate(item.value)
                at = moment(told.timestamp_ms, per_second=1000)
                return self._deleted(item, told.status, at=at)
            case kind:
                return self.notice(item, _NOTICES.get(kind, "ignore"))

    def unreadable(self, item: Item, reason: str) -> ChannelNotice:
        """A line for the log about an *item* that broke X's own rules."""
        return self.notice(item, "ignore", detail=f"unreadable: {reason}")

    def notice(self, item: Item, kind: str, *, detail: str | None = None) -> ChannelNotice:
        """A line for the log about what asks for no answer."""
        fields = self.fields(kind, f"{kind}:{digest([item.kind, item.value])}", thread="")
        return ChannelNotice(**fields, detail=(detail or item.kind)[:200])

    def own(self, user: str | None, item: Item) -> bool:
        """Whether *user* is the account whose events these are."""
        return user is not None and user in (self.ours, item.owner)

    def fields(
        self, kind: str, key: str, *, thread: str, at: datetime | None = None
    ) -> EventFields:
        """What every event of this body carries."""
        return {
            "event_id": key,
            "kind": kind,
            "channel": self.channel,
            "account": self.account,
            "thread": thread,
            "surface": Surface.COMMENT,
            "sent_at": min(at or self.received_at, self.received_at),
            "received_at": self.received_at,
        }

    def _deleted(self, item: Item, gone: payloads.Deleted, *, at: datetime | None) -> ChannelEvent:
        """X names the conversation of no deleted post: a top-level one is its own."""
        key = f"{gone.id}:remove"
        if gone.author_id is None or self.own(gone.author_id, item):
            fields = self.fields("comment.remove", key, thread="", at=at)
            return ChannelNotice(**fields, detail=f"our own post {gone.id}")
        thread = f"{gone.id}/{gone.author_id}"
        return MessageDeleted(
            **self.fields("comment.remove", key, thread=thread, at=at), id=gone.id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    """A post of either API. *first* is its id before any edit."""

    id: str
    first: str
    author: str
    text: str
    sent_at: datetime | None
    conversation: str
    parent: str | None
    parent_author: str | None
    named: tuple[payloads.Named, ...]
    links: dict[str, str]
    attachments: tuple[Attachment, ...]
    repost: bool
    quote: bool
    username: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: Reading
    item: Item
    post: _Post

    def event(self) -> ChannelEvent:
        reading, item, post = self.reading, self.item, self.post
        if post.repost:
            return reading.notice(item, "post.share")
        if reading.own(post.author, item):
            return self._echo()
        if item.kind == "post.create":
            return reading.notice(item, "post.add")
        if item.blocked:
            return reading.notice(item, "ignore", detail="from somebody whom the brand blocks")
        return self._asked()

    def _echo(self) -> ChannelEvent:
        reading, item, post = self.reading, self.item, self.post
        if item.kind == "post.create" and post.parent is None:
            return reading.notice(item, "post.add")
        to = post.parent_author
        return EchoedReply(
            **self._fields("comment.echo", thread=f"{post.conversation}/{to}" if to else ""),
            id=post.id,
            text=self._text(ours={name.username.lower() for name in post.named}),
            reply_to=post.parent,
        )

    def _asked(self) -> InboundMessage:
        item, post = self.item, self.post
        answered = post.parent is not None and self.reading.own(post.parent_author, item)
        ours = {name.username.lower() for name in post.named if self.reading.own(name.id, item)}
        return InboundMessage(
            **self._fields(
                "comment.add" if answered else "comment.mention",
                thread=f"{post.conversation}/{post.author}",
            ),
            id=post.id,
            contact=self._contact,
            text=self._text(ours=ours),
            attachments=post.attachments,
            post=post.conversation,
            root=post.conversation,
            parent=post.parent,
            reply_to=post.parent,
            unanswerable=self._unanswerable,
        )

    def _fields(self, kind: str, *, thread: str) -> EventFields:
        # A post that both mentions us and replies to us is told twice, and an edited one again.
        key = f"{self.post.first}:add"
        return self.reading.fields(kind, key, thread=thread, at=self.post.sent_at)

    def _text(self, *, ours: set[str]) -> str | None:
        typed = words.plain(self.post.text, self.post.links)
        return words.addressed(typed, ours=ours) or None

    @property
    def _contact(self) -> Contact:
        known = contact(self.post.author, self.item)
        return Contact(
            id=known.id,
            name=known.name or self.post.name,
            username=known.username or self.post.username,
        )

    @property
    def _unanswerable(self) -> str | None:
        reading, item, post = self.reading, self.item, self.post
        if item.owner is None and reading.ours is None:
            return "unknown account"
        if reading.ours is not None and item.owner != reading.ours:
            return "another account"
        named = any(reading.own(name.id, item) for name in post.named)
        if item.kind in _TO_US or named or reading.own(post.parent_author, item):
            return None
        return "quote" if post.quote else "not addressed"


def _post(post: payloads.Post, item: Item) -> _Post:
    whole = post.whole if post.whole and post.whole.text else None
    entities = (whole.entities if whole else None) or post.entities or payloads.Entities()
    by_type = {one.type: one.id for one in post.references}
    keys = post.attachments.media_keys if post.attachments else []
    return _Post(
        id=post.id,
        first=post.history[0] if post.history else post.id,
        author=post.author_id,
        text=(whole.text if whole else None) or post.text,
        sent_at=instant(post.created_at),
        conversation=post.conversation_id or by_type.get("replied_to") or post.id,
        parent=by_type.get("replied_to"),
        parent_author=post.in_reply_to_user_id,
        named=tuple(entities.mentions),
        links=words.behind(entities.urls, hidden=_quoted(entities, by_type.get("quoted"))),
        attachments=tuple(attachment(item.media[key]) for key in keys if key in item.media),
        repost="retweeted" in by_type,
        quote="quoted" in by_type,
    )


def _tweet(tweet: payloads.Tweet) -> _Post:
    whole = tweet.whole or payloads.LongTweet()
    entities = whole.entities or tweet.entities or payloads.Entities()
    shown = whole.extended_entities or tweet.extended_entities or entities
    hidden = {media.url: "" for media in shown.media if media.url and words.is_short(media.url)}
    return _Post(
        id=tweet.id,
        first=tweet.id,
        author=tweet.user.id,
        text=whole.full_text or tweet.text,
        sent_at=moment(tweet.timestamp_ms, per_second=1000) or instant(tweet.created_at),
        conversation=tweet.parent or tweet.id,
        parent=tweet.parent,
        parent_author=tweet.parent_author,
        named=tuple(entities.mentions),
        links={**words.behind(entities.urls), **hidden},
        attachments=tuple(attachment(media) for media in shown.media),
        repost=tweet.retweeted is not None,
        quote=tweet.quote,
        username=tweet.user.username,
        name=tweet.user.name,
    )


def _quoted(entities: payloads.Entities, post: str | None) -> set[str]:
    """The t.co address that stands in the text for the post that is quoted."""
    if post is None:
        return set()
    return {
        link.url for link in entities.urls if (link.expanded_url or "").endswith(f"/status/{post}")
    }
