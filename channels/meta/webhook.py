"""Meta's webhook: the handshake, the signature and the envelope around what happened.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from channels.base import HandshakeAnswer, WebhookRequest
from channels.webhook import check_hmac, read_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that happened on the account *page*, as Meta sent it.

    *section* is "messaging" or "standby" (another app has the thread), else the name of the changed
    field. *time* is the entry's; its unit depends on the section.
    """

    page: str
    time: object
    section: str
    value: object
    is_change: bool = False


def answer_handshake(request: WebhookRequest, *, verify_token: SecretStr) -> HandshakeAnswer:
    """Echo the challenge to whoever knows *verify_token*; refuse everybody else."""
    told = request.query.get("hub.verify_token", "").encode("utf-8", "replace")
    known = hmac.compare_digest(told, verify_token.get_secret_value().encode())
    challenge = request.query.get("hub.challenge", "")
    if known and challenge and request.query.get("hub.mode") == "subscribe":
        return HandshakeAnswer(status=200, body=challenge)
    return HandshakeAnswer(status=403, body="")


def check_signature(request: WebhookRequest, *, secrets: Sequence[bytes], channel: str) -> None:
    """Raise InvalidSignature unless one of the app's *secrets* signed the raw body.

    The SHA-1 header that Meta still sends beside it is not looked at.
    """
    check_hmac(request, header="x-hub-signature-256", secrets=secrets, channel=channel)


def items(body: bytes, *, channel: str, about: str = "page") -> list[Item]:
    """Everything in *body*, in its order; raise MalformedPayload where it is no webhook of Meta's.

    A body *about* another kind of object, which an app may send to the same address, is one item
    whose section is "object".
    """
    envelope = read_body(_Envelope, body, channel=channel)
    if envelope.object != about:
        return [Item(page="", time=None, section="object", value=envelope.object, is_change=True)]
    return [item for entry in envelope.entry for item in _entry_items(entry)]


# The fields we read. Meta adds others without notice.


def _listed(value: object) -> object:
    # An empty list of entries comes as {} where PHP wrote it.
    return value or []


class _Change(BaseModel):
    field: str = ""
    value: object = None


class _Entry(BaseModel):
    # Ids come as numbers in older bodies.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = ""
    time: object = None
    messaging: list[object] | None = None
    standby: list[object] | None = None
    changes: list[_Change] | None = None
    # One of Meta's pages prints a change without its list.
    field: str | None = None
    value: object = None


class _Envelope(BaseModel):
    object: str
    entry: Annotated[list[_Entry], BeforeValidator(_listed)]


def _entry_items(entry: _Entry) -> Iterator[Item]:
    for value in entry.messaging or ():
        yield Item(page=entry.id, time=entry.time, section="messaging", value=value)
    for value in entry.standby or ():
        yield Item(page=entry.id, time=entry.time, section="standby", value=value)
    flat = [] if entry.field is None else [_Change(field=entry.field, value=entry.value)]
    for change in (*(entry.changes or ()), *flat):
        yield Item(
            page=entry.id,
            time=entry.time,
            section=change.field,
            value=change.value,
            is_change=True,
        )
