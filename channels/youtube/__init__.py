"""Comments under a YouTube channel's videos. YouTube does not call us: we ask.

https://developers.google.com/youtube/v3/docs/commentThreads
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

import orjson

from channels.base import (
    Answer,
    Capabilities,
    Context,
    Finding,
    HandshakeAnswer,
    Poll,
    Profile,
    WebhookRequest,
)
from channels.errors import (
    DeliveryUnknown,
    InvalidSignature,
    MalformedPayload,
    RecipientGone,
    Rejected,
)
from channels.messages import (
    Accepted,
    Action,
    AgentMessage,
    ChannelEvent,
    OutboundMessage,
    Surface,
)
from channels.webhook import read_each, read_json
from channels.youtube.answers import inserted, taken
from channels.youtube.budget import WRITE, Purpose
from channels.youtube.calls import Calls, items
from channels.youtube.checks import findings
from channels.youtube.cursor import Cursor
from channels.youtube.events import Reading
from channels.youtube.look import Look, Seen
from channels.youtube.payloads import instant, pieces, told
from channels.youtube.settings import Settings

__all__ = ["Settings", "YouTube"]

_AT_ONCE = timedelta(seconds=1)
# Our clock and YouTube's may differ.
_SLACK = timedelta(seconds=30)


class YouTube:
    """Comments under the videos of one channel. A thread is its top comment's id."""

    name: ClassVar[str] = "youtube"
    webhook: ClassVar[str] = "youtube"
    # YouTube documents no rate; the day's quota is what bounds us. 10,000 is not documented either.
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.COMMENT,
        max_text=10_000,
        hide=True,
        unhide=True,
        poll_interval=timedelta(seconds=60),
        rate=5.0,
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        self.account = settings.account
        self._settings = settings
        self._clock = context.clock
        self._calls = Calls(settings, context, channel=self.name)

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Refuse: nobody has an address of ours to check."""
        return HandshakeAnswer(status=405, body="")

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature: YouTube never calls."""
        raise InvalidSignature(self.name)

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read a list of threads or of replies; other answers tell of nothing."""
        page = read_json(request.body, channel=self.name)
        if not isinstance(page, dict) or not isinstance(page.get("items", []), list):
            raise MalformedPayload(self.name, "no list of comments")
        found = [piece for item in items(page) for piece in pieces(item)]
        reading = self._reading(request.received_at).aware_of(found)
        return read_each(found, reading.event, unreadable=reading.unreadable, channel=self.name)

    async def poll(self, cursor: str | None, now: datetime) -> Poll:
        """Read what is new since *cursor*. The first poll tells only of the last minutes."""
        overlap = self._settings.overlap
        before = Cursor.first(now, overlap) if cursor is None else Cursor.read(cursor)
        look, seen = await self._look(before, now)
        wait = await self._calls.budget.next_look(
            look.made,
            usual=self._settings.poll_seconds,
            slowest=self._settings.slowest_seconds,
        )
        return Poll(
            events=seen.events,
            cursor=seen.cursor.written(),
            next_after=_AT_ONCE if seen.more else wait,
            body=orjson.dumps({"items": seen.items}),
        )

    def accepted(self, answer: Answer) -> Accepted:
        """Read YouTube's answer to a reply, or to hiding a comment, which is empty."""
        body = taken(answer, channel=self.name, now=self._clock())
        return inserted(body, channel=self.name) if body else self._moderated(answer)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Reply in the thread, hide the comment or show it again; each costs 50 units."""
        match message.action:
            case Action.REPLY:
                return await self._reply(message)
            case Action.HIDE | Action.UNHIDE:
                return await self._moderate(message)
        raise Rejected(self.name, message.action, code="unsupported")

    async def find(self, message: OutboundMessage, since: datetime) -> Accepted | None:
        """Look among the thread's replies for our own words."""
        if message.action is not Action.REPLY:
            return None
        page = await self._calls.replies(message.thread, purpose=_purpose(message))
        for one in items(page):
            snippet = told(one, "snippet")
            written = instant(told(snippet, "publishedAt"))
            own = told(snippet, "authorChannelId", "value") == self._settings.channel
            said = told(snippet, "textOriginal") or told(snippet, "textDisplay")
            if own and written and written >= since - _SLACK and _same(said, message.text):
                return Accepted(ids=(str(told(one, "id")),), duplicate=True)
        return None

    async def profile(self, contact_id: str) -> Profile:
        """What the contact's channel says of itself."""
        found = items(await self._calls.channels(id=contact_id))
        if not found:
            raise RecipientGone(self.name)
        snippet = told(found[0], "snippet")
        return Profile(
            name=_word(told(snippet, "title")),
            username=_word(told(snippet, "customUrl")),
            picture_url=_word(told(snippet, "thumbnails", "default", "url")),
            language=_word(told(snippet, "defaultLanguage")),
        )

    async def check(self) -> Sequence[Finding]:
        """Whether the token is good for this channel, comments can be read, and units are left."""
        return await findings(self._calls, self._settings)

    async def _look(self, before: Cursor, now: datetime) -> tuple[Look, Seen]:
        settings = self._settings
        look = Look(
            calls=self._calls,
            cursor=before,
            now=now,
            overlap=settings.overlap,
            watch=timedelta(days=settings.watch_days),
            watch_threads=settings.watch_threads,
            held=settings.held,
        )
        reading = replace(self._reading(now), known=frozenset(before.threads))
        return look, await look.seen(reading)

    def _reading(self, received_at: datetime) -> Reading:
        return Reading(
            channel=self.name,
            account=self.account,
            own=self._settings.channel,
            handle=self._settings.handle,
            received_at=received_at,
        )

    async def _reply(self, message: OutboundMessage) -> Accepted:
        snippet = {"parentId": message.thread, "textOriginal": message.text}
        answer = await self._calls.write(
            "comments",
            {"part": "snippet"},
            {"snippet": snippet},
            units=WRITE,
            purpose=_purpose(message),
        )
        accepted = self.accepted(answer)
        if not accepted.ids:
            raise DeliveryUnknown(self.name, "answer names no comment")
        return accepted

    async def _moderate(self, message: OutboundMessage) -> Accepted:
        if not message.reply_to:
            raise Rejected(self.name, f"{message.action} names no comment", code="reply_to")
        hides = message.action is Action.HIDE
        status = self._settings.hide_as if hides else "published"
        answer = await self._calls.write(
            "comments/setModerationStatus",
            {"id": message.reply_to, "moderationStatus": status},
            units=WRITE,
            purpose=_purpose(message),
        )
        return replace(self.accepted(answer), ids=(message.reply_to,))

    def _moderated(self, answer: Answer) -> Accepted:
        if answer.status == 204:
            return Accepted(ids=())
        raise DeliveryUnknown(self.name, "answer names no comment")


def _purpose(message: OutboundMessage) -> Purpose:
    return Purpose.PERSON if isinstance(message, AgentMessage) else Purpose.BOT


def _same(said: object, text: str) -> bool:
    return isinstance(said, str) and said.split() == text.split()


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
