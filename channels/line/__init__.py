"""LINE Messaging API.

https://developers.line.biz/en/reference/messaging-api/
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Annotated, ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from channels.base import (
    Answer,
    Capabilities,
    Context,
    Finding,
    Handle,
    HandshakeAnswer,
    LengthUnit,
    MediaAddress,
    Profile,
    WebhookRequest,
)
from channels.errors import (
    QuotaExhausted,
    RecipientGone,
    Rejected,
    ReplyWindowClosed,
    SendError,
)
from channels.http import call_json, usual_error, usual_refusal
from channels.line import account
from channels.line.content import written
from channels.line.events import Reading
from channels.line.payloads import Webhook
from channels.messages import (
    Accepted,
    Action,
    Attachment,
    ChannelEvent,
    OutboundMessage,
    Surface,
)
from channels.webhook import Secret, Secrets, check_hmac, read_body, read_each, revealed

__all__ = ["Line", "Settings"]

_JAPAN = timezone(timedelta(hours=9))


class Settings(BaseModel):
    """One LINE official account.

    *secret* is the channel secret, or a list of them while it is being rotated; *destination* the
    bot's own user id: events for another bot are never answered. *data_api* serves what customers
    sent. *rate* is messages per second, where LINE grants another than it documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(min_length=1)]
    destination: str | None = None
    secret: Secrets
    token: Secret
    api: Annotated[str, Field(pattern=r"^https?://")] = "https://api.line.me"
    data_api: Annotated[str, Field(pattern=r"^https?://")] = "https://api-data.line.me"
    rate: Annotated[float, Field(gt=0)] | None = None


class Line:
    """Messages to one LINE official account."""

    name: ClassVar[str] = "line"
    webhook: ClassVar[str] = "line"
    capabilities: ClassVar[Capabilities] = Capabilities(
        surface=Surface.DIRECT,
        max_text=5000,
        unit=LengthUnit.UTF16,
        max_quick_replies=13,
        max_payload=300,
        max_buttons=4,
        max_text_beside=160,
        max_cards=12,
        max_card_text=400,
        max_card_buttons=4,
        link_buttons=True,
        media=frozenset({"image"}),
        media_formats=frozenset({"image/jpeg", "image/png"}),
        # The same address serves as the preview, which may have no more.
        max_media=1_000_000,
        at_once=5,
        handle=Handle.RETRY_KEY,
        rate=2000.0,
    )

    def __init__(self, settings: Settings, context: Context) -> None:
        self.account = settings.account
        self._settings = settings
        self._secrets = revealed(settings.secret)
        self._http = context.http
        self._clock = context.clock

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Refuse: LINE checks an address with a signed POST of no events."""
        return HandshakeAnswer(status=405, body="")

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature unless the channel secret signed the body."""
        check_hmac(
            request,
            header="x-line-signature",
            secrets=self._secrets,
            encode=b64encode,
            channel=self.name,
        )

    def parse(self, request: WebhookRequest) -> list[ChannelEvent]:
        """Read every event; in groups and rooms only a mention of the bot may be answered."""
        webhook = read_body(Webhook, request.body, channel=self.name)
        ours = self._settings.destination
        reading = Reading(
            channel=self.name,
            account=self.account,
            foreign=ours is not None and webhook.destination != ours,
            received_at=request.received_at,
        )
        return read_each(
            webhook.events, reading.event, unreadable=reading.unreadable, channel=self.name
        )

    def accepted(self, answer: Answer) -> Accepted:
        """Read LINE's answer to a reply or push."""
        # "Your message may have been delivered even so", say the documents of any 5xx.
        # https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
        if error := usual_error(answer, channel=self.name, doubtful_from=500):
            raise error
        # 409: an earlier try with this retry key got through after all.
        if answer.accepted or answer.status == 409:
            return Accepted(ids=_sent_ids(answer.body), duplicate=answer.status == 409)
        raise refusal(answer, now=self._clock())

    async def send(self, message: OutboundMessage) -> Accepted:
        """Reply for free where the message has a reply token, else push with the id as retry key.

        A token is good for one reply, so trying it again settles a doubtful reply, whatever the
        time. ReplyWindowClosed then means "used or too old"; pushing instead, without the token,
        is safe only if no reply was in doubt.
        """
        if message.action is not Action.REPLY:
            raise Rejected(self.name, message.action, code="unsupported")
        messages = [written(one) for one in (message, *message.also)]
        if message.reply_token:
            return await self._call(
                "reply", {"replyToken": message.reply_token, "messages": messages}
            )
        return await self._call(
            "push",
            {"to": message.thread, "messages": messages},
            **{"X-Line-Retry-Key": message.id},
        )

    async def profile(self, contact_id: str) -> Profile:
        """Ask who a user is; RecipientGone for those who blocked us or never added us."""
        answer = await self._ask("GET", f"/v2/bot/profile/{quote(contact_id, safe='')}")
        if answer.status == 404:
            raise RecipientGone(self.name, "no profile")
        self.accepted(answer)
        return account.profile(answer)

    async def media(self, attachment: Attachment) -> MediaAddress:
        """Where LINE keeps what a customer sent, for a while; others' pictures are elsewhere."""
        if attachment.url is not None:
            return MediaAddress(url=attachment.url)
        if attachment.id is None or attachment.type == "sticker":
            raise Rejected(self.name, "nothing to fetch", code="media")
        token = self._settings.token.get_secret_value()
        path = f"/v2/bot/message/{quote(attachment.id, safe='')}/content"
        return MediaAddress(
            url=f"{self._settings.data_api.rstrip('/')}{path}",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def check(self) -> Sequence[Finding]:
        """Look at token, destination, webhook and monthly quota."""
        return await account.check(self._ask, destination=self._settings.destination)

    async def subscribe(self, webhook_url: str) -> Sequence[Finding]:
        """Tell LINE our address, and let it try it."""
        return await account.subscribe(self._ask, webhook_url)

    async def _call(self, way: str, payload: Mapping[str, object], **headers: str) -> Accepted:
        return self.accepted(await self._ask("POST", f"/v2/bot/message/{way}", payload, **headers))

    async def _ask(self, method: str, path: str, payload: object = None, **headers: str) -> Answer:
        token = self._settings.token.get_secret_value()
        return await call_json(
            self._http,
            method,
            f"{self._settings.api.rstrip('/')}{path}",
            payload,
            channel=self.name,
            headers={**headers, "Authorization": f"Bearer {token}"},
        )


def refusal(answer: Answer, *, now: datetime) -> SendError:
    """The error that *answer* means. Two of LINE's are told apart by nothing but their text."""
    told = str(answer.body.get("message") or "")[:300]
    match answer.status:
        case 400 if "invalid reply token" in told.lower():
            return ReplyWindowClosed(Line.name, told)
        case 429 if "monthly limit" in told.lower():
            # Only pushes count: replies with a token are free and still go through.
            return QuotaExhausted(Line.name, told, resets_at=_next_month(now))
    told = f"{told} {_places(answer.body)}".strip()
    return usual_refusal(answer, told, channel=Line.name)


def _sent_ids(body: Mapping[str, object]) -> tuple[str, ...]:
    sent = body.get("sentMessages")
    return tuple(
        str(one["id"])
        for one in (sent if isinstance(sent, list) else [])
        if isinstance(one, dict) and "id" in one
    )


def _places(body: Mapping[str, object]) -> str:
    details = body.get("details")
    found = [
        f"{one.get('property')}: {one.get('message')}"
        for one in (details if isinstance(details, list) else [])
        if isinstance(one, dict)
    ]
    return "; ".join(found)[:300]


def _next_month(now: datetime) -> datetime:
    """When LINE begins to count anew: the first of the month in Japan."""
    there = now.astimezone(_JAPAN)
    month = there.replace(day=28, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=4)
    return month.replace(day=1)
