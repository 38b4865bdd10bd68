"""The contract that every channel adapter keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from channels.messages import Accepted, ChannelEvent, OutboundMessage, Surface


class LengthUnit(StrEnum):
    """What a platform counts when it limits text."""

    CHARACTERS = "characters"
    UTF16 = "utf16"
    UTF8 = "utf8"


class Handle(StrEnum):
    """How a doubtful send can be settled.

    RETRY_KEY: repeat it with the same key, the platform takes it once. ECHO: the platform sends it
    back to us with our id. NONE: nobody can know.
    """

    RETRY_KEY = "retry_key"
    ECHO = "echo"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can do. *reply_window* is None where it sets no limit.

    *rate* is messages per second for one account, by the platform's documents.
    """

    surface: Surface
    max_text: int
    unit: LengthUnit = LengthUnit.CHARACTERS
    max_quick_replies: int = 0
    max_quick_reply_title: int = 20
    reply_window: timedelta | None = None
    agent_window: timedelta | None = None
    handle: Handle = Handle.NONE
    private_reply: bool = False
    private_reply_window: timedelta | None = None
    hide: bool = False
    rate: float = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An HTTP request as a value. Header names are lower case; *body* is the raw, signed bytes."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeAnswer:
    """What a platform wants to hear when it checks that the address is ours."""

    status: int
    body: str


class Channel(Protocol):
    """One account on one platform.

    `verify` and `parse` are pure. `parse` returns every event of a batch in the body's order, or
    raises MalformedPayload. `send` makes one call and raises a SendError; it never retries.
    `webhook` names the webhook that several adapters share (Meta delivers direct messages and
    comments of a Page to one address); adapters of equal webhook and account get each body.
    """

    name: ClassVar[str]
    webhook: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    account: str

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer: ...

    def verify(self, request: WebhookRequest) -> None: ...

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]: ...

    async def send(self, message: OutboundMessage) -> Accepted: ...
