"""One table: what became of a send, as a word and as the error that says it."""

from collections.abc import Mapping
from enum import StrEnum

from channels.errors import (
    ChannelUnavailable,
    DeliveryUnknown,
    QuotaExhausted,
    RateLimited,
    RecipientGone,
    Rejected,
    ReplyWindowClosed,
    SendError,
    Unauthorized,
)
from channels.messages import Accepted


class ResultClass(StrEnum):
    """What became of a send. Everything that the house does about it follows from this alone."""

    OK = "ok"
    DUPLICATE = "duplicate"
    RATE_LIMITED = "rate_limited"
    TRANSIENT = "transient"
    UNCERTAIN = "uncertain"
    WINDOW_CLOSED = "window_closed"
    BLOCKED = "blocked"
    PERMANENT = "permanent"
    AUTH = "auth"
    QUOTA = "quota"


ERRORS: Mapping[ResultClass, type[SendError]] = {
    ResultClass.RATE_LIMITED: RateLimited,
    ResultClass.TRANSIENT: ChannelUnavailable,
    ResultClass.UNCERTAIN: DeliveryUnknown,
    ResultClass.WINDOW_CLOSED: ReplyWindowClosed,
    ResultClass.BLOCKED: RecipientGone,
    ResultClass.PERMANENT: Rejected,
    ResultClass.AUTH: Unauthorized,
    ResultClass.QUOTA: QuotaExhausted,
}
CLASSES: Mapping[type[SendError], ResultClass] = {error: name for name, error in ERRORS.items()}


def result_class(result: Accepted | SendError) -> ResultClass:
    """The class of what `send` or `accepted` returned or raised."""
    if isinstance(result, Accepted):
        return ResultClass.DUPLICATE if result.duplicate else ResultClass.OK
    return CLASSES[type(result)]
