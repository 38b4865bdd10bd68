"""Our own web chat: what a visitor's browser may say, and replies through a port of the bot's."""

import re
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from channels.base import (
    Answer,
    Capabilities,
    Context,
    Handle,
    HandshakeAnswer,
    WebhookRequest,
)
from channels.errors import InvalidSignature, MalformedPayload, Rejected
from channels.messages import (
    Accepted,
    Action,
    ChannelEvent,
    Contact,
    InboundMessage,
    OutboundMessage,
    Surface,
)

NAME = "webchat"
MAX_TEXT = 4000
# WCAG 2.2, 1.4.3: white text on the accent colour must stay readable.
MIN_CONTRAST = 4.5
# It goes into a policy header as it is, so nothing but a host may be in it.
_ORIGIN = re.compile(r"https?://([a-z0-9-]+\.)*[a-z0-9-]+(:\d{1,5})?")
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _origin(value: str) -> str:
    origin = value.lower().removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("must be an origin and no more, such as https://shop.example")
    return origin


def _readable(value: str) -> str:
    if (found := contrast_to_white(value)) < MIN_CONTRAST:
        raise ValueError(
            f"white text on it has a contrast of {found:.1f}, must be {MIN_CONTRAST} or more"
        )
    return value.lower()


Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(_readable)]
Origin = Annotated[str, AfterValidator(_origin)]


class Settings(BaseModel):
    """One web site's chat. *origins* are the sites that may embed it, besides our own pages.

    *identity_secret* signs the brand's own user ids: hex HMAC-SHA256 of the id.
    """

    model_config = ConfigDict(frozen=True)

    account: str
    origins: tuple[Origin, ...] = ()
    identity_secret: SecretStr | None = None
    max_text: int = Field(default=MAX_TEXT, ge=1, le=MAX_TEXT)
    accent: Colour = "#0b6b5d"


class WebChat:
    """The visitors of one web site."""

    name: ClassVar = NAME
    webhook: ClassVar = NAME
    capabilities: ClassVar = Capabilities(
        surface=Surface.DIRECT,
        max_text=MAX_TEXT,
        max_quick_replies=13,
        max_quick_reply_title=40,
        media=frozenset({"image", "audio", "video", "file"}),
        max_caption=MAX_TEXT,
        # Our own id is the key: what is delivered twice is stored and shown once.
        handle=Handle.RETRY_KEY,
        rate=1000.0,
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        self.account = settings.account
        self._deliver = context.deliver

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Refuse: browsers speak to the chat's own addresses."""
        raise InvalidSignature(self.name, "web chat has no webhook")

    def verify(self, request: WebhookRequest) -> None:
        """Refuse: nothing that comes by webhook is a visitor's."""
        raise InvalidSignature(self.name, "web chat has no webhook")

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Refuse: a visitor's frames become messages by `message`."""
        raise MalformedPayload(self.name, "web chat has no webhook")

    def accepted(self, answer: Answer) -> Accepted:
        """Refuse: no platform answers here."""
        raise Rejected(self.name, "web chat calls nobody", code="answer")

    async def send(self, message: OutboundMessage) -> Accepted:
        """Hand *message* to the visitor's browser, at once or when it comes back."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, f"{message.action} does not exist here", code="action")
        return Accepted(ids=(await self._deliver(message),))


def _speakable(value: str) -> str:
    cleaned = _UNSPEAKABLE.sub("", value).strip()
    if not cleaned:
        raise ValueError("says nothing")
    return cleaned


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


ClientId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Text = Annotated[str, AfterValidator(_speakable)]


class Typed(_Frame):
    """A visitor wrote *text*. *cid* is the browser's own id for it, the same on every resend."""

    t: Literal["msg"]
    cid: ClientId
    text: Text


class Tapped(_Frame):
    """A visitor tapped a button; *title* is what it said."""

    t: Literal["postback"]
    cid: ClientId
    payload: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_speakable)]
    title: Annotated[str, Field(max_length=100), AfterValidator(_speakable)]


class Typing(_Frame):
    """A visitor is typing."""

    t: Literal["typing"]


class Read(_Frame):
    """A visitor saw everything up to *seq*."""

    t: Literal["read"]
    seq: int = Field(ge=0)


class Ping(_Frame):
    """A browser asks whether the line still stands; it cannot see WebSocket pings."""

    t: Literal["ping"]


ClientFrame = Annotated[Typed | Tapped | Typing | Read | Ping, Field(discriminator="t")]
_FRAMES: TypeAdapter[Typed | Tapped | Typing | Read | Ping] = TypeAdapter(ClientFrame)


def frame(body: bytes | str) -> Typed | Tapped | Typing | Read | Ping:
    """Read one JSON frame from a browser. Raises MalformedPayload."""
    try:
        return _FRAMES.validate_json(body)
    except (ValidationError, UnicodeError) as exc:
        raise MalformedPayload(NAME, type(exc).__name__) from exc


def message(
    frame: Typed | Tapped,
    *,
    account: str,
    thread: str,
    received_at: datetime,
    user_id: str | None = None,
) -> InboundMessage:
    """Turn a visitor's frame into a message. *user_id* is set when the brand signed it."""
    tapped = isinstance(frame, Tapped)
    return InboundMessage(
        event_id=f"{thread}:{frame.cid}",
        kind="dm.postback" if tapped else "dm.text",
        channel=NAME,
        account=account,
        thread=thread,
        surface=Surface.DIRECT,
        sent_at=received_at,
        received_at=received_at,
        id=frame.cid,
        contact=Contact(id=thread if user_id is None else f"user:{user_id}", name=user_id),
        text=frame.title if isinstance(frame, Tapped) else frame.text,
        payload=frame.payload if isinstance(frame, Tapped) else None,
    )


def contrast_to_white(colour: str) -> float:
    """Contrast of white text on *colour* (#rrggbb), 1 to 21, as WCAG 2.2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
