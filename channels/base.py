"""The contract that every channel adapter keeps."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from channels.messages import Accepted, Attachment, ChannelEvent, OutboundMessage, Surface

Deliver = Callable[[OutboundMessage], Awaitable[str]]

if TYPE_CHECKING:
    # The slowest import of all, which only a running service needs.
    from aiohttp import ClientSession


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
    in *unit* like all text, or in *title_unit* where they are counted otherwise, payloads in bytes.
    *max_text_beside* is for text that buttons or a menu hang on, None where that is *max_text*;
    *max_caption* for text in one message with an attachment, 0 where each needs its own; those of a
    type in *uncaptioned* always do. *media* names the types of attachments it takes,
    *media_formats* the MIME types where it does not take all of those, *max_media* their bytes.
    *one_reply*: a bot may answer a message with one of its own and no more. *at_once* is how many
    messages one call takes. *agent_template*: after the window people may still write, in words
    that the platform approved beforehand.
    """

    surface: Surface
    max_text: int
    unit: LengthUnit = LengthUnit.CHARACTERS
    title_unit: LengthUnit | None = None
    max_quick_replies: int = 0
    max_quick_reply_title: int = 20
    reply_window: timedelta | None = None
    agent_window: timedelta | None = None
    agent_template: bool = False
    handle: Handle = Handle.NONE
    private_reply: bool = False
    private_reply_window: timedelta | None = None
    hide: bool = False
    unhide: bool = False
    at_once: int = 1
    one_reply: bool = False
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
    media_formats: frozenset[str] = frozenset()
    max_media: int | None = None
    max_caption: int = 0
    uncaptioned: frozenset[str] = frozenset()
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


class Meter(Protocol):
    """Counts what is used of a platform's quota, by *name*, anew in each *period*.

    Both raise ChannelUnavailable where the count cannot be kept.
    """

    async def take(self, name: str, *, period: str, units: int, most: int) -> bool:
        """Count *units*; False, and nothing is counted, if more than *most* would be used."""
        ...

    async def used(self, name: str, *, period: str) -> int:
        """What was used so far."""
        ...


class MemoryMeter:
    """A Meter that forgets with the process."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], int] = {}

    async def take(self, name: str, *, period: str, units: int, most: int) -> bool:
        """Count *units* if *most* allows."""
        after = self._used.get((name, period), 0) + units
        if after <= most:
            self._used[name, period] = after
        return after <= most

    async def used(self, name: str, *, period: str) -> int:
        """What was used so far."""
        return self._used.get((name, period), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the service lends to every adapter.

    *http* is the client that all share, *clock* the time; *deliver* hands a message to a visitor's
    browser and returns its id; *meter* counts quotas for all processes.
    """

    http: "ClientSession"
    clock: Callable[[], datetime]
    deliver: Deliver
    meter: Meter = field(default_factory=MemoryMeter)


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


# What only some platforms can do. The house asks with isinstance.


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one look at a platform brought. *cursor* is the adapter's own note of how far it read.

    *next_after*: how long to wait before the next look. *body* is what the platform answered, kept
    in case that an event cannot be stored.
    """

    events: Sequence[ChannelEvent]
    cursor: str
    next_after: timedelta
    body: bytes = b""


@runtime_checkable
class Poller(Protocol):
    """A platform that does not call us.

    `poll` reads everything after *cursor*, None the first time. It may bring an event again. It
    raises a ChannelError when the platform cannot be read, and is then called again.
    """

    async def poll(self, cursor: str | None, now: datetime) -> Poll: ...


@runtime_checkable
class Acknowledger(Protocol):
    """A platform that reads the answer to its webhook: a JSON object, None for a plain yes.

    It is asked once the *events* of a body are stored. Whether the platform heard is never known.
    """

    def acknowledgement(self, events: Sequence[ChannelEvent]) -> Mapping[str, object] | None: ...


@runtime_checkable
class Paced(Protocol):
    """A platform that limits each conversation, too: so many messages in so many seconds.

    In any span it gets at most the first number, and what comes back evenly meanwhile.
    """

    def pace(self, thread: str) -> tuple[int, float]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who a contact is. *language* is a BCP 47 tag."""

    name: str | None = None
    username: str | None = None
    picture_url: str | None = None
    language: str | None = None


@runtime_checkable
class ProfileSource(Protocol):
    """A platform that tells who a contact is. Raises a SendError."""

    async def profile(self, contact_id: str) -> Profile: ...


@runtime_checkable
class CatchUp(Protocol):
    """A platform that can be asked for events that never reached us. Raises a SendError."""

    async def missed(self, since: datetime) -> Sequence[ChannelEvent]: ...


@runtime_checkable
class Finder(Protocol):
    """A platform that can be asked whether it took a message whose send was in doubt.

    None: it is not there, or not yet. *since* is when the send began, by our clock. Raises a
    SendError.
    """

    async def find(self, message: OutboundMessage, since: datetime) -> Accepted | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. *next_step* is what a person should do where it is not *ok*."""

    name: str
    ok: bool
    detail: str = ""
    next_step: str = ""


@runtime_checkable
class Checkup(Protocol):
    """An adapter that can tell whether its account is set up right. Raises nothing."""

    async def check(self) -> Sequence[Finding]: ...


@runtime_checkable
class Subscriber(Protocol):
    """A platform whose webhook is set by a call. `subscribe` says what it did, or failed to do."""

    async def subscribe(self, webhook_url: str) -> Sequence[Finding]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaAddress:
    """Where an attachment can be fetched now. Both may hold a token: never show them."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@runtime_checkable
class Consent(Protocol):
    """A platform that tells when somebody withdraws what they allowed its app.

    `withdrawn` is pure: who withdrew, by the platform's id. It raises InvalidSignature or
    MalformedPayload.
    """

    def withdrawn(self, body: bytes) -> str: ...


@runtime_checkable
class MediaSource(Protocol):
    """A platform that hides attachments behind an id or a token. Raises a SendError."""

    async def media(self, attachment: Attachment) -> MediaAddress: ...
