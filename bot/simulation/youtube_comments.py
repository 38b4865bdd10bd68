"""What is said under a channel's videos, as YouTube lists it.

Shapes: YouTube Data API v3, resources "comment" and "commentThread".
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.simulation.accounts import PlatformAccount
from bot.simulation.call import Json
from bot.simulation.speakers import Ids
from bot.simulation.webhook import Webhook

# A thread shows these many of its replies; the others must be asked for.
SHOWN = 2


@dataclass(slots=True, kw_only=True)
class Said:
    """One comment. *thread* is its own id at the top level; times are Unix seconds."""

    id: str
    thread: str
    video: str
    author: str
    name: str
    text: str
    wrote: float
    changed: float
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Somebody who comments under *video*; what they do waits to be asked for."""

    account: PlatformAccount
    id: str
    name: str
    video: str

    def adds(self, text: str, *, comment: str, sent: float, thread: str | None = None) -> Webhook:
        """A comment; with *thread* below another."""
        return self._kept("comment.add", text, comment=comment, sent=sent, thread=thread)

    def edits(self, comment: str, text: str, *, sent: float, thread: str | None = None) -> Webhook:
        """The text of *comment* is another now."""
        return self._kept("comment.edit", text, comment=comment, sent=sent, thread=thread)

    def removes(self, comment: str, *, sent: float, thread: str | None = None) -> Webhook:
        """*comment* is gone: YouTube only stops to list it."""
        return self._kept("comment.remove", "", comment=comment, sent=sent, thread=thread)

    def _kept(
        self, kind: str, text: str, *, comment: str, sent: float, thread: str | None
    ) -> Webhook:
        return Webhook(
            kind=kind,
            account=self.account,
            customer=self.id,
            message=comment,
            sent=sent,
            body=b"",
            headers={},
            text=text,
            name=self.name,
            post=self.video,
            parent=thread,
            root=thread or comment,
            polled=True,
        )


class YouTubeSpeaker:
    """Somebody who comments under one of the channel's videos."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        number = ids.next()
        self._watcher = Watcher(
            account=account,
            id=f"UCdemo{ids.run % 10**9:09d}{number:06d}",
            name=f"@{name}",
            video=f"demovideo{number % 5}",
        )
        self._thread: str | None = None
        self.thread = ""

    def says(self, text: str) -> Webhook:
        """A comment; from the second on, an answer below the first."""
        comment = f"Ug{self._ids.run:x}{self._ids.next():06d}"
        if self._thread is not None:
            comment = f"{self._thread}.{comment}"
        said = self._watcher.adds(text, comment=comment, sent=time.time(), thread=self._thread)
        if self._thread is None:
            self._thread = self.thread = comment
        return said

    def sticks(self) -> None:
        """Nothing: YouTube has no stickers."""

    def edits(self, said: Webhook, text: str) -> Webhook:
        """*said* reads *text* now."""
        return self._watcher.edits(said.message, text, sent=time.time(), thread=said.parent)

    def unsends(self, said: Webhook) -> Webhook:
        """*said* is gone."""
        return self._watcher.removes(said.message, sent=time.time(), thread=said.parent)

    def again(self, said: Webhook) -> Webhook:
        """Nothing new: what was listed once is listed again in any case."""
        return said


def told(unasked: Iterable[Webhook], account: PlatformAccount) -> dict[str, Said]:
    """The comments that people wrote to *account*, as they read now."""
    found: dict[str, Said] = {}
    for webhook in unasked:
        if (webhook.channel, webhook.page) != (account.channel, account.page):
            continue
        known = found.get(webhook.message)
        if webhook.kind == "comment.add" and known is None:
            found[webhook.message] = _said(webhook)
        elif webhook.kind == "comment.edit" and known is not None:
            known.text, known.changed = webhook.text, webhook.sent
        elif webhook.kind == "comment.remove":
            found.pop(webhook.message, None)
    return found


def _said(webhook: Webhook) -> Said:
    return Said(
        id=webhook.message,
        thread=webhook.thread,
        video=webhook.post or "",
        author=webhook.customer,
        name=webhook.name,
        text=webhook.text,
        wrote=webhook.sent,
        changed=webhook.sent,
    )


def comment(said: Said, channel: str) -> Json:
    """One comment as YouTube writes it."""
    snippet: Json = {
        "channelId": channel,
        "videoId": said.video,
        "textDisplay": said.text,
        "authorDisplayName": said.name,
        "authorProfileImageUrl": "https://yt3.example/x=s48",
        "authorChannelUrl": f"http://www.youtube.com/{said.name}",
        "authorChannelId": {"value": said.author},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": _spelled(said.wrote),
        "updatedAt": _spelled(said.changed),
    }
    if said.author == channel:
        snippet["textOriginal"] = said.text
    if said.id != said.thread:
        snippet["parentId"] = said.thread
    return {"kind": "youtube#comment", "etag": "e", "id": said.id, "snippet": snippet}


def thread(top: Said, replies: Sequence[Said], channel: str) -> Json:
    """A thread as YouTube writes it, with only some of its *replies*, newest first."""
    newest = sorted(replies, key=lambda said: said.wrote, reverse=True)
    shown = [comment(said, channel) for said in newest[:SHOWN]]
    whole: Json = {
        "kind": "youtube#commentThread",
        "etag": "e",
        "id": top.id,
        "snippet": {
            "channelId": channel,
            "videoId": top.video,
            "topLevelComment": comment(top, channel),
            "canReply": True,
            "totalReplyCount": len(replies),
            "isPublic": not top.hidden,
        },
    }
    return whole | ({"replies": {"comments": shown}} if shown else {})


def page_of(kind: str, items: Sequence[Json], token: str, size: str) -> Json:
    """One page of *items*; a page's token is where it begins."""
    at, most = int(token or 0), int(size or 20)
    listed: Json = {
        "kind": f"youtube#{kind}ListResponse",
        "etag": "e",
        "pageInfo": {"totalResults": len(items), "resultsPerPage": most},
        "items": list(items[at : at + most]),
    }
    return listed | ({"nextPageToken": str(at + most)} if at + most < len(items) else {})


def _spelled(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
