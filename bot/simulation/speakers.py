"""A demo customer on one channel: what they do next, with ids that no run gives twice."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from bot.simulation.accounts import PlatformAccount
from bot.simulation.commenters import Commenter
from bot.simulation.customers import LineCustomer, MessengerCustomer
from bot.simulation.webhook import Webhook

POSTS = 5


@dataclass(slots=True)
class Ids:
    """Ids in each platform's form. *run* keeps one run's apart from another's."""

    run: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def next(self) -> int:
        """The next number."""
        return next(self._count)

    def psid(self) -> str:
        """A page-scoped id of 16 digits."""
        return f"7{self.run % 10**9:09d}{self.next():06d}"

    def mid(self) -> str:
        """A Messenger message id."""
        return f"m_{self.run:x}{self.next():06d}"

    def line_user(self) -> str:
        """A LINE user id."""
        return f"U{self.run:016x}{self.next():016x}"

    def line_message(self) -> str:
        """A LINE message id of 18 digits."""
        return f"5{self.run % 10**10:010d}{self.next():07d}"

    def ulid(self) -> str:
        """A LINE webhook event id."""
        return f"01{self.run:012X}{self.next():012d}"

    def token(self) -> str:
        """A LINE reply token."""
        return f"{self.run:016x}{self.next():016x}"

    def order(self) -> str:
        """A demo order number."""
        return f"DM{self.next():07d}"


class Speaker(Protocol):
    """A customer with one conversation. None: their channel has no such thing."""

    thread: str

    def says(self, text: str) -> Webhook: ...

    def sticks(self) -> Webhook | None: ...

    def edits(self, said: Webhook, text: str) -> Webhook | None: ...

    def unsends(self, said: Webhook) -> Webhook | None: ...

    def again(self, said: Webhook) -> Webhook: ...


class MessengerSpeaker:
    """Somebody on Messenger."""

    customer: ClassVar[type[MessengerCustomer]] = MessengerCustomer

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        self._customer = self.customer(account=account, id=ids.psid(), name=name)
        self.thread = self._customer.id

    def says(self, text: str) -> Webhook:
        """Text."""
        return self._customer.says(text, message=self._ids.mid(), sent=time.time())

    def sticks(self) -> Webhook:
        """A thumb up."""
        return self._customer.sticks(message=self._ids.mid(), sent=time.time())

    def edits(self, said: Webhook, text: str) -> Webhook:
        """*said* reads *text* now."""
        return self._customer.edits(said.message, text, sent=time.time())

    def unsends(self, said: Webhook) -> Webhook:
        """*said* is taken back."""
        return self._customer.unsends(said.message, sent=time.time())

    def again(self, said: Webhook) -> Webhook:
        """The platform delivers *said* once more: the very same bytes."""
        return said


class LineSpeaker:
    """Somebody on LINE."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        self._customer = LineCustomer(account=account, id=ids.line_user(), name=name)
        self._events: dict[str, str] = {}
        self.thread = self._customer.id

    def says(self, text: str) -> Webhook:
        """Text."""
        event = self._ids.ulid()
        said = self._customer.says(
            text,
            message=self._ids.line_message(),
            event=event,
            sent=time.time(),
            reply_token=self._ids.token(),
        )
        self._events[said.message] = event
        return said

    def sticks(self) -> Webhook:
        """A sticker."""
        ids = self._ids
        return self._customer.sticks(
            message=ids.line_message(), event=ids.ulid(), sent=time.time(), reply_token=ids.token()
        )

    def edits(self, said: Webhook, text: str) -> None:
        """Nothing: LINE has no edits in private."""

    def unsends(self, said: Webhook) -> Webhook:
        """*said* is taken back."""
        return self._customer.unsends(said.message, event=self._ids.ulid(), sent=time.time())

    def again(self, said: Webhook) -> Webhook:
        """*said* once more: only the mark of redelivery differs, and with it the signature."""
        return self._customer.says(
            said.text,
            message=said.message,
            event=self._events[said.message],
            sent=said.sent,
            reply_token=said.reply_token or "",
            redelivered=True,
        )


class CommentSpeaker:
    """Somebody who comments under one of the page's posts."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        number = ids.next()
        post = f"{account.page}_{1221 + number % POSTS}"
        self._part = post.rpartition("_")[2]
        self._customer = Commenter(
            account=account, id=f"6{ids.run % 10**9:09d}{number:06d}", name=name, post=post
        )
        self._root: str | None = None
        self.thread = ""

    def says(self, text: str) -> Webhook:
        """A comment; from the second on, an answer below the first."""
        comment = f"{self._part}_{self._ids.run}{self._ids.next():06d}"
        said = self._customer.adds(
            text, comment=comment, sent=time.time(), parent=self._root, root=self._root
        )
        if self._root is None:
            self._root = self.thread = comment
        return said

    def sticks(self) -> None:
        """Nothing: a sticker under a post asks for no answer."""

    def edits(self, said: Webhook, text: str) -> Webhook:
        """*said* reads *text* now."""
        return self._customer.edits(
            said.message, text, sent=time.time(), parent=said.parent, root=said.root
        )

    def unsends(self, said: Webhook) -> Webhook:
        """*said* is removed."""
        return self._customer.removes(
            said.message, sent=time.time(), parent=said.parent, root=said.root
        )

    def again(self, said: Webhook) -> Webhook:
        """The platform delivers *said* once more: the very same bytes."""
        return said
