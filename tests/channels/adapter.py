"""What the contract tests must know of an adapter: how to build it, sign for it, speak its JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from aiohttp import ClientSession
from pydantic import BaseModel

from bot import adapters
from channels.base import Channel, Context, Deliver, Handle, HandshakeAnswer, WebhookRequest
from channels.errors import ChannelUnavailable, SendError
from channels.messages import ChannelEvent, OutboundMessage
from tests.channels.platform import Call

RECEIVED_AT = datetime(2026, 9, 28, 8, 0, 5, tzinfo=UTC)
NOW = RECEIVED_AT
MESSAGE_ID = "0f0e9c5a-6f2a-4f0e-9df5-4f1d6c1b7a11"
TOKEN = "very-secret-token"
SECRET = "app-secret-1"

Json = dict[str, Any]
NO_HTTP = cast(ClientSession, None)


async def nobody(message: OutboundMessage) -> str:
    """Deliver to no browser."""
    raise AssertionError(message)


def lent(
    http: ClientSession = NO_HTTP,
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    deliver: Deliver = nobody,
) -> Context:
    """What a service would lend to an adapter."""
    return Context(http=http, clock=clock, deliver=deliver)


def _broken(item: Json, value: object) -> Json:
    return item | {"sender": 5, "value": value, "message": value}


def _signed_in(call: Call) -> bool:
    return call.headers["Authorization"] == f"Bearer {TOKEN}" and TOKEN not in call.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One adapter under test.

    *ask* makes one incoming item of number n, which *kind* names and whose text is "第 n 則"; *own*
    is one that the brand itself wrote, None where the platform sends no echoes; *wrapped* puts
    items into a webhook body (or into the answer to a poll, which `parse` reads as well). *broken*
    spoils an item with a value that stands nowhere. *options* are usual settings, of which
    *required* must not be empty and *rotated* may be a list of secrets.
    """

    name: str
    options: Json
    required: tuple[str, ...]
    ask: Callable[[int], Json]
    wrapped: Callable[..., Json]
    message: OutboundMessage
    taken: Json
    handle: Handle
    kind: str = "dm.text"
    own: Json | None = None
    broken: Callable[[Json, object], Json] = _broken
    # How a webhook proves itself: a header made of secret and body; no header, no webhook.
    header: str | None = None
    signed: Callable[[bytes, bytes], str] = lambda secret, body: secret.decode()
    rotated: str = "secret"
    # Off where the header is a plain token, which says nothing of the body.
    covers_body: bool = True
    # Off where a body holds one item, or names no account.
    several: bool = True
    addressed: bool = True
    # GET requests by their query, and what the platform wants to hear.
    handshakes: tuple[tuple[Mapping[str, str], HandshakeAnswer], ...] = ()
    # The name of its vectors among the shared signatures.
    scheme: str | None = None
    # Whether a call carried the token where it belongs, and nowhere else.
    signed_in: Callable[[Call], bool] = _signed_in
    # Where this platform's errors for an empty body differ from the usual, by status.
    odd: Mapping[int, type[SendError]] = field(default_factory=dict)
    # What a broken platform means: that it surely took nothing, or that it may have.
    server_error: type[SendError] = ChannelUnavailable
    # Bodies of every kind, one item each, to spoil by chance.
    seeds: tuple[Json, ...] = ()
    # The folder of its captured bodies, which several adapters may share, and settings for it.
    folder: str | None = None
    captured: Json = field(default_factory=dict)
    # How Chatwoot's files for it begin.
    chatwoot: str | None = None

    @property
    def settings(self) -> type[BaseModel]:
        """The model of one account in config.yml."""
        return adapters.settings(self.name)

    def make(self, http: ClientSession = NO_HTTP, /, **changes: object) -> Channel:
        """The adapter with its usual settings but for *changes*."""
        made = self.settings.model_validate(self.options | changes)
        return adapters.adapter(self.name)(made, lent(http))

    def request(self, body: Json | bytes, *, secret: bytes = SECRET.encode()) -> WebhookRequest:
        """A POST of *body*, signed with *secret*."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.header is None:
            return request(raw)
        return request(raw, **{self.header: self.signed(secret, raw)})

    def requests(self, *items: Json) -> list[WebhookRequest]:
        """POSTs of *items*, in as many bodies as the platform needs for them."""
        bodies = [self.wrapped(*items)] if self.several else [self.wrapped(one) for one in items]
        return [self.request(body) for body in bodies]

    def parsed(self, *items: Json, **changes: object) -> list[ChannelEvent]:
        """The events of *items*."""
        channel = self.make(**changes)
        return [event for each in self.requests(*items) for event in channel.parse(each)]


def request(body: bytes = b"", **headers: str) -> WebhookRequest:
    """A POST of *body*; header names are written with underscores."""
    return WebhookRequest(
        method="POST",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        query={},
        body=body,
        received_at=RECEIVED_AT,
    )


def asked(query: Mapping[str, str]) -> WebhookRequest:
    """A GET with *query*."""
    return WebhookRequest(method="GET", headers={}, query=query, body=b"", received_at=RECEIVED_AT)
