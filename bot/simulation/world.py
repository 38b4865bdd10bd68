"""What the platform knows: accounts, people, comments, reply tokens and retry keys."""

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.simulation.accounts import PlatformAccount
from bot.simulation.webhook import Webhook

REPLY_TOKEN_SECONDS = 60.0
REPLY_TOKEN_OLDEST = 20 * 60.0
RETRY_KEY_SECONDS = 24 * 3600.0


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody who can be written to. *wrote* is Unix time; None until they wrote to us."""

    name: str = ""
    wrote: float | None = None
    blocked: bool = False


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment under a post. *parent* is the post's id at the top level."""

    author: str
    post: str
    parent: str
    wrote: float
    text: str = ""
    private_replies: int = 0
    hidden: bool = False


@dataclass(slots=True, kw_only=True)
class ReplyToken:
    """LINE's permission for one answer. *tried* is the body that it was last used or tried with."""

    user: str
    given: float
    wrote: float
    used: bool = False
    tried: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPush:
    """A push that was taken under a retry key."""

    taken: float
    request_id: str
    said: bytes
    ids: tuple[str, ...]


@dataclass(slots=True)
class World:
    """Everything above, for all accounts.

    *strangers*: people, comments and tokens that nobody told us of are welcome instead of refused.
    *rates* are calls per second for one account, by channel. *unasked* holds what was said where
    the service must ask for it.
    """

    accounts: Iterable[PlatformAccount]
    strangers: bool = False
    rates: dict[str, int] = field(default_factory=dict)
    unasked: list[Webhook] = field(default_factory=list)
    people: dict[tuple[str, str, str], Person] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    tokens: dict[str, ReplyToken] = field(default_factory=dict)
    pushes: dict[tuple[str, str], TakenPush] = field(default_factory=dict)
    _by_token: dict[str, dict[str, PlatformAccount]] = field(default_factory=dict)
    _calls: dict[tuple[str, str], deque[float]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _run: str = field(default_factory=lambda: f"{time.time_ns() // 1_000_000:x}")

    def __post_init__(self) -> None:
        self.accounts = tuple(self.accounts)
        for account in self.accounts:
            self._by_token.setdefault(account.token, {})[account.channel] = account

    def account(self, token: str, channel: str) -> PlatformAccount | None:
        """The account that *token* belongs to; of *channel* if the token serves several."""
        found = self._by_token.get(token)
        if found is None:
            return None
        return found.get(channel) or next(iter(found.values()))

    def of_page(self, channel: str, page: str) -> PlatformAccount | None:
        """The account of *channel* with that page id."""
        return next((a for a in self.accounts if (a.channel, a.page) == (channel, page)), None)

    def number(self) -> str:
        """A number that this platform, in this run, gives only once."""
        return f"{self._run}{next(self._numbers):06d}"

    def note(self, webhook: Webhook, now: float) -> None:
        """Learn from a webhook that is on its way to the service."""
        if webhook.polled:
            self.unasked.append(webhook)
        if webhook.kind == "comment.add":
            self._comment(webhook)
        elif webhook.kind == "comment.remove":
            self.comments.pop(webhook.message, None)
            self.removed.add(webhook.message)
        elif webhook.opens_window:
            person = self.person(webhook.channel, webhook.page, webhook.customer)
            person.wrote = max(person.wrote or 0.0, webhook.sent)
            person.name = webhook.name or person.name
        if webhook.reply_token is not None:
            self._token(webhook, webhook.reply_token, now)

    def person(self, channel: str, page: str, customer: str) -> Person:
        """The person of that id, made known if need be."""
        return self.people.setdefault((channel, page, customer), Person())

    def block(self, channel: str, customer: str) -> None:
        """*customer* blocks every account of *channel*."""
        for account in self.accounts:
            if account.channel == channel:
                self.person(channel, account.page, customer).blocked = True

    def too_fast(self, account: PlatformAccount, now: float) -> bool:
        """Whether this call is more than the platform takes in a second; counts it."""
        limit = self.rates.get(account.channel)
        if limit is None:
            return False
        calls = self._calls.setdefault((account.channel, account.account), deque())
        while calls and calls[0] <= now - 1.0:
            calls.popleft()
        calls.append(now)
        return len(calls) > limit

    def _comment(self, webhook: Webhook) -> None:
        if webhook.message in self.comments or webhook.message in self.removed:
            return
        self.comments[webhook.message] = Comment(
            author=webhook.customer,
            post=webhook.post or "",
            parent=webhook.parent or webhook.post or "",
            wrote=webhook.sent,
            text=webhook.text,
        )

    def _token(self, webhook: Webhook, token: str, now: float) -> None:
        known = self.tokens.get(token)
        if known is None:
            self.tokens[token] = ReplyToken(user=webhook.customer, given=now, wrote=webhook.sent)
        elif now - known.wrote <= REPLY_TOKEN_OLDEST:
            # A redelivered event gives its token another minute.
            known.given = now
