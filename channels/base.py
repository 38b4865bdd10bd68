"""The contract that every channel adapter keeps."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from aiohttp import ClientSession

from channels.messages import Accepted, ChannelEvent, OutboundMessage, Surface

Deliver = Callable[[OutboundMessage], Awaitable[str]]


class LengthUnit(StrEnum):
    """What a platform counts when it limits text.

    WEIGHTED is X's: Latin letters count 1, Han characters and emoji 2, every URL 23.
    """

    CHARACTERS = "characters"
    UTF16 = "utf16"
    UTF8 = "utf8"
    WEIGHTED = "weighted"


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

    *rate* is messages per second for one account, by the platform's documents. *poll_interval* is
    how often we ask a platform that does not call us. Titles, card texts and row texts are counted
    in *unit* like all text, payloads in bytes. *max_text_beside* is for text that buttons or a menu
    hang on, None where that is *max_text*; *max_caption* for text in one message with an
    attachment, 0 where each needs its own. *media* names the types of attachments it takes.
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
    unhide: bool = False
    max_payload: int = 1000
    max_buttons: int = 0
    max_button_title: int = 20
    link_buttons: bool = False
    max_text_beside: int | None = None
    max_cards: int = 0
    max_card_title: int = 80
    max_card_text: int = 80
    max_card_buttons: int = 3
    max_rows: int = 0
    max_row_title: int = 24
    max_row_text: int = 72
    media: frozenset[str] = frozenset()
    max_caption: int = 0
    poll_interval: timedelta | None = None
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
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A platform's answer. Header names are lower case; *body* is {} where it was no object."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, object]
    readable: bool = True

    @property
    def accepted(self) -> bool:
        """Whether the status says that the platform took the call."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the service lends to every adapter.

    *http* is the client that all share, *clock* the time; *deliver* hands a message to a visitor's
    browser and returns its id.
    """

    http: ClientSession
    clock: Callable[[], datetime]
    deliver: Deliver


class Channel(Protocol):
    """One account on one platform, built from its Settings and a Context.

    `verify` and `parse` are pure. `parse` returns every event of a batch in the body's order, or
    raises MalformedPayload. `send` makes one call and raises a SendError; it never retries.
    `accepted` is pure: what a platform's answer to `send` means, or the SendError that it means.
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

    def accepted(self, answer: Answer) -> Accepted: ...

    async def send(self, message: OutboundMessage) -> Accepted: ...
