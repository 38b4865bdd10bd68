"""What YouTube's answers mean.

https://developers.google.com/youtube/v3/docs/errors
"""

from collections.abc import Mapping
from datetime import datetime

from channels.base import Answer
from channels.errors import (
    ChannelUnavailable,
    DeliveryUnknown,
    QuotaExhausted,
    RateLimited,
    Rejected,
    SendError,
    Unauthorized,
)
from channels.http import retry_after, usual_error
from channels.messages import Accepted
from channels.youtube.budget import next_reset
from channels.youtube.payloads import told

_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_PERMANENT = frozenset(
    {
        *("commentsDisabled", "videoNotFound", "commentNotFound", "parentCommentNotFound"),
        *("commentTextRequired", "commentTextTooLong", "invalidCommentMetadata"),
        *("parentCommentIsPrivate", "parentIdMissing", "operationNotSupported"),
    }
)
_TRANSIENT = frozenset({"processingFailure", "backendError", "internalError"})


def taken(answer: Answer, *, channel: str, now: datetime) -> Mapping[str, object]:
    """The body of an *answer* that says yes; else raise the SendError that it means."""
    if answer.status == 204:
        return {}
    if (error := usual_error(answer, channel=channel)) is not None:
        raise error
    if not answer.accepted:
        raise refusal(answer, channel=channel, now=now)
    return answer.body


def inserted(body: Mapping[str, object], *, channel: str) -> Accepted:
    """The comment that YouTube took; raise Rejected where its spam filter keeps it from view."""
    if not isinstance(id := body.get("id"), str):
        raise DeliveryUnknown(channel, "answer names no comment")
    status = told(body, "snippet", "moderationStatus")
    if status in {"heldForReview", "likelySpam", "rejected"}:
        raise Rejected(channel, "YouTube does not show our reply", code=str(status))
    return Accepted(ids=(id,))


def refusal(answer: Answer, *, channel: str, now: datetime) -> SendError:
    """The error that *answer* means, by its reason: one status stands for many."""
    reason = _reason(answer)
    label = f"{answer.status} {reason}".strip()
    if reason in _QUOTA:
        return QuotaExhausted(channel, reason, resets_at=next_reset(now))
    if reason in _RATE or answer.status == 429:
        return RateLimited(channel, label, retry_after=retry_after(answer.headers))
    if reason in _TRANSIENT:
        return ChannelUnavailable(channel, label)
    if answer.status in {401, 403} and reason not in _PERMANENT:
        # What a 403 says in words that we do not know is about our permission.
        return Unauthorized(channel, label)
    return Rejected(channel, _message(answer), code=reason or str(answer.status))


def _reason(answer: Answer) -> str:
    errors = told(answer.body, "error", "errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    found = told(first, "reason") or told(answer.body, "error", "status")
    return found[:60] if isinstance(found, str) else ""


def _message(answer: Answer) -> str:
    message = told(answer.body, "error", "message")
    return message[:300] if isinstance(message, str) else ""
