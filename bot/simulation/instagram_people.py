"""What customers do on Instagram, as the signed webhooks that Meta makes of it.

Shapes: Instagram Platform "Webhooks" (messages, comments). Ids are the caller's; times are Unix
seconds.
"""

import time
from dataclasses import dataclass

from bot.simulation.accounts import PlatformAccount
from bot.simulation.customers import MessengerCustomer
from bot.simulation.speakers import POSTS, Ids, MessengerSpeaker
from bot.simulation.webhook import Webhook, meta_post

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstagramCustomer(MessengerCustomer):
    """A person on Instagram. Echoes carry none of our ids, receipts name one message."""

    about = "instagram"

    def answers_story(self, text: str, *, message: str, sent: float, story: str) -> Webhook:
        """An answer to one of the brand's stories."""
        told: Json = {"story": {"id": story, "url": f"https://cdn.example/{story}"}}
        event: Json = {"message": {"mid": message, "text": text, "reply_to": told}}
        return self._spoken("dm.story_reply", event, message=message, sent=sent, text=text)

    def reads(self, *, sent: float, message: str = "") -> Webhook:
        """The read receipt for *message*."""
        return self._event("dm.read", {"read": {"mid": message}}, message=message, sent=sent)

    def hears_back(self, text: str, *, message: str, sent: float) -> Webhook:
        """The echo of what the account said to this person, whoever said it."""
        item: Json = {
            "sender": {"id": self.account.page},
            "recipient": {"id": self.id},
            "timestamp": round(sent * 1000),
            "message": {"mid": message, "text": text, "is_echo": True},
        }
        return self._post("dm.echo", item, message=message, sent=sent, text=text)


class InstagramSpeaker(MessengerSpeaker):
    """Somebody who writes to the account."""

    customer = InstagramCustomer


@dataclass(frozen=True, slots=True, kw_only=True)
class InstagramCommenter:
    """A person (or the account itself) who comments under the post *post*."""

    account: PlatformAccount
    id: str
    name: str
    post: str

    def adds(self, text: str, *, comment: str, sent: float, root: str | None = None) -> Webhook:
        """A comment, below the comment *root* where there is one."""
        value: Json = {
            "id": comment,
            "from": {"id": self.id, "username": self.name},
            "text": text,
            "media": {"id": self.post, "media_product_type": "FEED"},
        }
        if root is not None:
            value["parent_id"] = root
        change: Json = {"field": "comments", "value": value}
        entry: Json = {"id": self.account.page, "time": int(sent), "changes": [change]}
        body, headers = meta_post(self.account, {"object": "instagram", "entry": [entry]})
        return Webhook(
            kind="comment.add",
            account=self.account,
            customer=self.id,
            message=comment,
            sent=sent,
            body=body,
            headers=headers,
            text=text,
            name=self.name,
            post=self.post,
            parent=root,
            root=root or comment,
        )


class InstagramCommentSpeaker:
    """Somebody who comments under one of the account's posts. Meta tells of no change later."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        number = ids.next()
        self._customer = InstagramCommenter(
            account=account,
            id=f"12{ids.run % 10**9:09d}{number:06d}",
            name=name,
            post=f"1800{1221 + number % POSTS}",
        )
        self._root: str | None = None
        self.thread = ""

    def says(self, text: str) -> Webhook:
        """A comment; from the second on, an answer below the first."""
        comment = f"178{self._ids.run}{self._ids.next():06d}"
        said = self._customer.adds(text, comment=comment, sent=time.time(), root=self._root)
        if self._root is None:
            self._root = self.thread = comment
        return said

    def sticks(self) -> None:
        """Nothing: a sticker under a post asks for no answer."""

    def edits(self, said: Webhook, text: str) -> None:
        """Nothing: Instagram tells of no edit."""

    def unsends(self, said: Webhook) -> None:
        """Nothing: Instagram tells of no deletion."""

    def again(self, said: Webhook) -> Webhook:
        """The platform delivers *said* once more: the very same bytes."""
        return said
