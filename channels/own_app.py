"""A brand's own app: signed JSON in, JSON out. The format is ours: docs/channels/own_app.md."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from channels.base import Answer, Capabilities, Context, Handle, HandshakeAnswer, WebhookRequest
from channels.errors import RecipientGone, Rejected
from channels.http import call_json, usual_error, usual_refusal
from channels.messages import (
    Accepted,
    Action,
    AgentMessage,
    ChannelEvent,
    Contact,
    EchoedReply,
    EventFields,
    InboundMessage,
    OutboundMessage,
    Surface,
)
from channels.webhook import Secret, Secrets, check_hmac, ignored, read_body, read_each, revealed

Id = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]


class Settings(BaseModel):
    """One app. Replies are posted to *api* with *token*; *rate* is messages per second."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Id
    secret: Secrets
    token: Secret
    api: Annotated[str, Field(pattern=r"^https?://")]
    rate: Annotated[float, Field(gt=0)] | None = None


class OwnApp:
    """The users of one app."""

    name: ClassVar[str] = "own_app"
    webhook: ClassVar[str] = "own_app"
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=4000,
        max_quick_replies=13,
        max_quick_reply_title=40,
        handle=Handle.RETRY_KEY,
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        self.account = settings.account
        self._secrets = revealed(settings.secret)
        self._token = settings.token.get_secret_value()
        self._api = settings.api
        self._http = context.http

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Refuse: an app tries the address with a signed body of no messages."""
        return HandshakeAnswer(status=405, body="")

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature unless the app's secret signed the body."""
        header = "x-antiphon-signature"
        check_hmac(request, header=header, secrets=self._secrets, channel=self.name)

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every message, in the body's order."""
        at = request.received_at
        return read_each(
            read_body(_Body, request.body, channel=self.name).messages,
            lambda value: self._event(_Message.model_validate(value), at),
            unreadable=partial(ignored, channel=self.name, account=self.account, received_at=at),
            channel=self.name,
        )

    def accepted(self, answer: Answer) -> Accepted:
        """Read the app's answer, which may name the message with an *id* of its own."""
        # Behind any 5xx an app may have shown it all the same.
        if error := usual_error(answer, channel=self.name, doubtful_from=500):
            raise error
        told = str(answer.body.get("error") or "").replace(self._token, "[token]")[:300]
        if answer.status == 410:
            raise RecipientGone(self.name, told)
        if not answer.accepted:
            raise usual_refusal(answer, told, channel=self.name)
        id = answer.body.get("id")
        return Accepted(ids=() if id is None else (str(id),))

    async def send(self, message: OutboundMessage) -> Accepted:
        """Post *message*; its id is the key under which the app takes it once."""
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": message.id}
        written = {
            "id": message.id,
            "user": {"id": message.thread},
            "author": "agent" if isinstance(message, AgentMessage) else "bot",
            "text": message.text,
            "quick_replies": message.quick_replies,
        }
        answer = await call_json(
            self._http, "POST", self._api, written, channel=self.name, headers=headers
        )
        return self.accepted(answer)

    def _event(self, said: "_Message", received_at: datetime) -> InboundMessage | EchoedReply:
        kind = "dm.postback" if said.payload else "dm.text" if said.text else "dm.unsupported"
        fields: EventFields = {
            "event_id": said.id,
            "kind": "dm.echo" if said.author == "agent" else kind,
            "channel": self.name,
            "account": self.account,
            "thread": said.user.id,
            "surface": Surface.DIRECT,
            "sent_at": min(said.sent_at or received_at, received_at).astimezone(UTC),
            "received_at": received_at,
        }
        if said.author == "agent":
            return EchoedReply(**fields, id=said.id, text=said.text)
        contact = Contact(id=said.user.id, name=said.user.name)
        text, payload = said.text or None, said.payload or None
        return InboundMessage(**fields, id=said.id, contact=contact, text=text, payload=payload)


# The fields we read; an app may send others.


class _User(BaseModel):
    id: Id
    name: str | None = None


class _Message(BaseModel):
    id: Id
    user: _User
    author: Literal["user", "agent"] = "user"
    text: str | None = None
    payload: str | None = None
    # Nothing before 1970: the first hours of the year 1 have no name in UTC.
    sent_at: Annotated[AwareDatetime, Field(ge=datetime.fromtimestamp(0, UTC))] | None = None


class _Body(BaseModel):
    messages: list[object]
