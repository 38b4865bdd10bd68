"""A webhook as a platform posts it: raw signed bytes, and what the platform knows about it."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.simulation.accounts import PlatformAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One POST to the service.

    *kind* is a word of the event list (dm.text, comment.add, ...), *message* the platform's id of
    the message or comment it is about, *sent* Unix time in seconds. *opens_window*: the customer
    spoke, so we may answer. *root* is the top-level comment of a comment's thread. *headers* names
    are lower case. *polled*: the platform posts it to nobody and waits to be asked.
    """

    kind: str
    account: PlatformAccount = field(repr=False)
    customer: str
    message: str
    sent: float
    body: bytes
    headers: Mapping[str, str] = field(repr=False)
    text: str = ""
    name: str = ""
    opens_window: bool = False
    reply_token: str | None = None
    post: str | None = None
    parent: str | None = None
    root: str | None = None
    polled: bool = False

    @property
    def channel(self) -> str:
        """The channel of its account."""
        return self.account.channel

    @property
    def page(self) -> str:
        """The page of its account."""
        return self.account.page

    @property
    def thread(self) -> str:
        """The conversation: the customer, or the top-level comment."""
        return self.root or self.customer


def meta_post(account: PlatformAccount, payload: object) -> tuple[bytes, dict[str, str]]:
    """Body and headers as Meta sends them: lower-case escapes, escaped slashes, signed."""
    text = json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")
    body = text.encode("ascii")
    signature = hmac.digest(account.secret.encode(), body, "sha256").hex()
    return body, {
        "content-type": "application/json",
        "user-agent": "facebookexternalua",
        "x-hub-signature-256": f"sha256={signature}",
    }


def line_post(account: PlatformAccount, payload: object) -> tuple[bytes, dict[str, str]]:
    """Body and headers as LINE sends them."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    signature = hmac.digest(account.secret.encode(), body, "sha256")
    return body, {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "LineBotWebhook/2.0",
        "x-line-signature": base64.b64encode(signature).decode(),
    }
