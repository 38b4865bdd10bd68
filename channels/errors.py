"""Refusals, named for their cause.

ChannelError
├── InvalidSignature        401; nothing stored
├── MalformedPayload        200; raw bytes stored and parked
└── SendError
    ├── ChannelUnavailable  retryable: the platform surely did not take it
    ├── RateLimited         retryable: wait *retry_after* seconds
    ├── QuotaExhausted      the day's or month's share is used up: people first until it resets
    ├── DeliveryUnknown     it may have been taken: never resent without a handle
    ├── RecipientGone       blocked us or left
    ├── ReplyWindowClosed   too late for this kind of message
    ├── Unauthorized        token or permission: pause the account
    └── Rejected            the platform will never take this message
"""

from datetime import datetime
from typing import ClassVar


class ChannelError(Exception):
    """The channel could not do that."""

    def __init__(self, channel: str, detail: str = "") -> None:
        self.channel = channel
        self.detail = detail
        message = (type(self).__doc__ or "").splitlines()[0]
        super().__init__(f"{channel}: {message}" + (f" {detail}" if detail else ""))


class InvalidSignature(ChannelError):
    """The webhook's signature is missing or wrong."""


class MalformedPayload(ChannelError):
    """The webhook was signed but its body is not what the platform documents."""


class SendError(ChannelError):
    """The platform did not take the message."""

    retryable: ClassVar[bool] = False


class ChannelUnavailable(SendError):
    """The platform is down or unreachable; it did not take the message."""

    retryable: ClassVar[bool] = True


class RateLimited(SendError):
    """The platform asks us to slow down.

    Not the *whole_account*: only towards this one recipient.
    """

    retryable: ClassVar[bool] = True

    def __init__(
        self,
        channel: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        whole_account: bool = True,
    ) -> None:
        super().__init__(channel, detail)
        self.retry_after = retry_after
        self.whole_account = whole_account


class QuotaExhausted(SendError):
    """What the platform grants for a day or month is used up."""

    def __init__(
        self, channel: str, detail: str = "", *, resets_at: datetime | None = None
    ) -> None:
        super().__init__(channel, detail)
        self.resets_at = resets_at


class DeliveryUnknown(SendError):
    """The connection broke after the message was sent; the platform may have taken it."""


class RecipientGone(SendError):
    """The customer cannot be reached: they blocked us or left."""


class ReplyWindowClosed(SendError):
    """The platform's reply window has closed."""


class Unauthorized(SendError):
    """The platform refuses our token or permission; the account must be reconnected."""


class Rejected(SendError):
    """The platform refuses this message for good."""

    def __init__(self, channel: str, detail: str = "", *, code: str = "") -> None:
        super().__init__(channel, f"{code} {detail}".strip())
        self.code = code
