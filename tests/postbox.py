"""A platform that does not call us, in one class: what an adapter is at its smallest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from channels.base import Answer, Capabilities, Context, HandshakeAnswer, Poll, WebhookRequest
from channels.errors import InvalidSignature, MalformedPayload
from channels.messages import Accepted, ChannelEvent, OutboundMessage, Surface


class Settings(BaseModel):
    """One box."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str


class Postbox:
    """Tells what lies in `letters` and keeps what is sent in `sent`."""

    name: ClassVar[str] = "postbox"
    webhook: ClassVar[str] = "postbox"
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT, max_text=1000, poll_interval=timedelta(seconds=60)
    )
    letters: ClassVar[list[ChannelEvent]] = []
    sent: ClassVar[list[OutboundMessage]] = []

    def __init__(self, settings: Settings, context: Context) -> None:
        self.account = settings.account

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Refuse: nobody calls."""
        return HandshakeAnswer(status=405, body="")

    def verify(self, request: WebhookRequest) -> None:
        """Refuse: nobody calls."""
        raise InvalidSignature(self.name)

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Refuse: nobody calls."""
        raise MalformedPayload(self.name)

    def accepted(self, answer: Answer) -> Accepted:
        """Everything is taken."""
        return Accepted(ids=())

    async def send(self, message: OutboundMessage) -> Accepted:
        """Keep it."""
        self.sent.append(message)
        return Accepted(ids=(message.id,))

    async def poll(self, cursor: str | None, now: datetime) -> Poll:
        """Read on from the cursor, a number of letters."""
        new: Sequence[ChannelEvent] = [
            replace(letter, sent_at=now, received_at=now)
            for letter in self.letters[int(cursor or 0) :]
        ]
        return Poll(events=new, cursor=str(len(self.letters)), next_after=timedelta(seconds=60))
