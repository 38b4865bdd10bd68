"""What direct messages and posts of one X account have in common."""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Protocol

import orjson

from channels.base import (
    Answer,
    Context,
    Finding,
    HandshakeAnswer,
    Profile,
    WebhookRequest,
)
from channels.errors import ChannelUnavailable, MalformedPayload, QuotaExhausted, Rejected
from channels.messages import Accepted, BotMessage, ChannelEvent, OutboundMessage
from channels.webhook import check_hmac, read_each, revealed
from channels.x import setup
from channels.x.answers import written
from channels.x.api import Api
from channels.x.body import Item
from channels.x.budget import Allowance, Budget
from channels.x.settings import Settings

_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)


class Reading(Protocol):
    """Turns items into events."""

    def event(self, item: Item) -> ChannelEvent: ...

    def unreadable(self, item: Item, reason: str) -> ChannelEvent: ...


class Account:
    """One account's webhook and API. A subclass says which events and calls are its own."""

    name: ClassVar[str]
    webhook: ClassVar[str] = "x"
    event_types: ClassVar[tuple[str, ...]]

    def __init__(
        self, settings: Settings, context: Context, *, per_quarter_hour: int, per_day: int
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._secrets = revealed(settings.secret)
        self._clock = context.clock
        self._api = Api(settings, context, channel=self.name)
        self._budget = Budget(
            Allowance(calls=per_quarter_hour, span=_QUARTER),
            Allowance(calls=per_day, span=_DAY),
            kept=settings.kept_for_people,
        )

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Answer X's challenge, by which it checks again and again that the address is ours."""
        challenge = request.query.get("crc_token")
        if not challenge:
            return HandshakeAnswer(status=400, body="")
        answer = hmac.digest(self._secrets[0], challenge.encode("utf-8", "replace"), "sha256")
        body = orjson.dumps({"response_token": f"sha256={b64encode(answer).decode()}"})
        return HandshakeAnswer(status=200, body=body.decode(), content_type="application/json")

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature unless the app's API secret signed the body."""
        check_hmac(
            request,
            header="x-twitter-webhooks-signature",
            secrets=self._secrets,
            encode=lambda digest: b"sha256=" + b64encode(digest),
            channel=self.name,
        )

    def accepted(self, answer: Answer) -> Accepted:
        """Read what X says to a message, a post, or hiding: three shapes of a yes."""
        return written(answer, channel=self.name, now=self._clock())

    async def profile(self, contact_id: str) -> Profile:
        """Name and picture; X bills every look."""
        return await self._api.profile(contact_id)

    async def check(self) -> Sequence[Finding]:
        """Whether the tokens, the webhook and the subscriptions are right."""
        return await setup.check(self._api, self._settings, types=self.event_types)

    async def subscribe(self, webhook_url: str) -> Sequence[Finding]:
        """Register the address and subscribe to the events that are missing."""
        return await setup.subscribe(self._api, webhook_url, types=self.event_types)

    def _read(self, told: Sequence[Item], reading: Reading) -> list[ChannelEvent]:
        return read_each(told, reading.event, unreadable=reading.unreadable, channel=self.name)

    def _told(self, told: Sequence[Item], reading: Reading) -> list[ChannelEvent]:
        """The events of a list that we asked for; nothing in it may be readable."""
        try:
            return self._read(told, reading)
        except MalformedPayload as exc:
            raise Rejected(self.name, exc.detail, code="list") from exc

    async def _spending(
        self, message: OutboundMessage, path: str, payload: Mapping[str, object]
    ) -> Answer:
        """Post *payload* within what X grants; QuotaExhausted if that is used up.

        What a bot may not spend is there for people.
        """
        now = self._clock()
        free_at = self._budget.free_at(now, person=not isinstance(message, BotMessage))
        if free_at > now:
            raise QuotaExhausted(self.name, "as counted here", resets_at=free_at)
        self._budget.spend(now)
        try:
            answer = await self._api.call("POST", path, payload)
        except ChannelUnavailable:
            self._budget.give_back()
            raise
        self._budget.learn(answer.headers)
        return answer
