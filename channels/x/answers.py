"""What X's answers to our calls mean.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from channels.base import Answer
from channels.errors import (
    DeliveryUnknown,
    QuotaExhausted,
    RateLimited,
    RecipientGone,
    Rejected,
    SendError,
    Unauthorized,
)
from channels.http import retry_after, usual_error
from channels.messages import Accepted
from channels.webhook import moment

# X tells these apart by nothing but their words.
_BLOCKED = ("cannot send messages to", "blocked from", "have been blocked")
_DUPLICATE = "duplicate content"
_SPENT = ("usage-capped", "/credits")
_APP_REFUSED = ("client-forbidden", "unsupported-authentication", "oauth1-permissions")
_DAYS = ("x-user-limit-24hour", "x-app-limit-24hour")


def taken(answer: Answer, *, channel: str, now: datetime) -> Mapping[str, object]:
    """The `data` of an *answer* that says yes; else raise the SendError that it means."""
    if (error := usual_error(answer, channel=channel)) is not None:
        raise error
    data = answer.body.get("data")
    if not answer.accepted:
        raise refusal(answer, channel=channel, now=now)
    # 200 with nothing but errors is how X says that there is no such thing.
    if not isinstance(data, dict) and answer.body.get("errors"):
        raise Rejected(channel, _told(_first_error(answer.body)), code="partial")
    return data if isinstance(data, dict) else {}


def written(answer: Answer, *, channel: str, now: datetime) -> Accepted:
    """What *answer* names: a direct message or a post, or that a reply is hidden or shown."""
    if is_duplicate(answer):
        return Accepted(ids=(), duplicate=True)
    data = taken(answer, channel=channel, now=now)
    if "hidden" in data:
        return Accepted(ids=())
    name = data.get("dm_event_id") or data.get("id")
    if not isinstance(name, str):
        raise DeliveryUnknown(channel, "answer names no message")
    return Accepted(ids=(name,))


def is_duplicate(answer: Answer) -> bool:
    """Whether X refused a text because the account said the same before."""
    return answer.status == 403 and _DUPLICATE in _told(answer.body).lower()


def refusal(answer: Answer, *, channel: str, now: datetime) -> SendError:
    """The error that *answer* means: by its type, else by its words, else for good."""
    told, type_ = _told(answer.body), str(answer.body.get("type") or "")
    if answer.status == 402 or any(word in type_ for word in _SPENT):
        return QuotaExhausted(channel, told, resets_at=day_resets_at(answer.headers))
    match answer.status:
        case 401:
            return Unauthorized(channel, told)
        case 403 if any(word in type_ for word in _APP_REFUSED):
            return Unauthorized(channel, told)
        case 403 if any(words in told.lower() for words in _BLOCKED):
            return RecipientGone(channel, told)
        case 429:
            return _too_many(answer, told, channel=channel, now=now)
        case status:
            return Rejected(channel, told, code=str(status))


def day_resets_at(headers: Mapping[str, str]) -> datetime | None:
    """When the day's share begins anew, if it is used up; None while there is some left."""
    return max(
        (
            at
            for day in _DAYS
            if headers.get(f"{day}-remaining") == "0"
            and (at := moment(headers.get(f"{day}-reset"), per_second=1)) is not None
        ),
        default=None,
    )


def _too_many(answer: Answer, told: str, *, channel: str, now: datetime) -> SendError:
    if (until := day_resets_at(answer.headers)) is not None:
        return QuotaExhausted(channel, told, resets_at=until)
    reset = moment(answer.headers.get("x-rate-limit-reset"), per_second=1)
    wait = None if reset is None else max((reset - now.astimezone(UTC)).total_seconds(), 1.0)
    return RateLimited(channel, told, retry_after=wait or retry_after(answer.headers))


def _told(problem: Mapping[str, object]) -> str:
    return str(problem.get("detail") or problem.get("title") or "")[:300]


def _first_error(body: Mapping[str, object]) -> Mapping[str, object]:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}
