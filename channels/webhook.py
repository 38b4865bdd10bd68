"""What every signed webhook needs: secrets, the signature, strict JSON, platform times."""

import hmac
import marshal
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Any, TypeVar, cast

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError

from channels.base import WebhookRequest
from channels.errors import InvalidSignature, MalformedPayload
from channels.messages import ChannelEvent, ChannelNotice, Surface

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Unreadable(ValueError):
    """One item of a webhook is not what the platform documents."""


def _filled(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("must not be empty")
    return secret


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Secret = Annotated[SecretStr, AfterValidator(_filled)]
# One secret, or several while the platform's secret is being rotated.
Secrets = Annotated[tuple[Secret, ...], BeforeValidator(_listed), Field(min_length=1)]


def revealed(secrets: Sequence[SecretStr]) -> tuple[bytes, ...]:
    """The *secrets* as HMAC keys."""
    return tuple(secret.get_secret_value().encode() for secret in secrets)


def labelled_hex(digest: bytes) -> bytes:
    """The *digest* as most platforms spell it: `sha256=` and lower-case hex."""
    return b"sha256=" + digest.hex().encode()


def check_hmac(
    request: WebhookRequest,
    *,
    header: str,
    secrets: Sequence[bytes],
    channel: str,
    encode: Callable[[bytes], bytes] = labelled_hex,
) -> None:
    """Raise InvalidSignature unless *header* is the raw body's HMAC-SHA256 by one of *secrets*.

    *encode* spells a digest the way the platform does. Every secret is tried, in constant time;
    bytes are compared, for `compare_digest` raises on non-ASCII text.
    """
    claimed = request.headers.get(header, "").encode("ascii", "replace")
    genuine = [
        hmac.compare_digest(claimed, encode(hmac.digest(secret, request.body, "sha256")))
        for secret in secrets
    ]
    if not any(genuine):
        raise InvalidSignature(channel)


def read_json(body: bytes, *, channel: str) -> object:
    """Parse the signed *body*; raise MalformedPayload if it is not strict JSON.

    NUL, which PostgreSQL cannot store, and half surrogate pairs, which platforms make when they
    cut a text, become U+FFFD.
    """
    try:
        return orjson.loads(_mended(body) if b"\\u0000" in body else body)
    except orjson.JSONDecodeError as exc:
        if not _SURROGATE.search(body):
            raise MalformedPayload(channel, f"not JSON: {exc.msg} at {exc.pos}") from exc
    try:
        return orjson.loads(_mended(body))
    except orjson.JSONDecodeError as exc:
        raise MalformedPayload(channel, f"not JSON: {exc.msg} at {exc.pos}") from exc


def read_body(model: type[M], body: bytes, *, channel: str) -> M:
    """The signed *body* as a *model*; raise MalformedPayload if it is none."""
    try:
        return model.model_validate(read_json(body, channel=channel))
    except ValidationError as exc:
        raise MalformedPayload(channel, fault(exc)) from exc


def read_each(
    items: Sequence[T],
    read: Callable[[T], ChannelEvent],
    *,
    unreadable: Callable[[T, str], ChannelEvent],
    channel: str,
) -> list[ChannelEvent]:
    """Read *items* in order. One that cannot be read becomes what *unreadable* makes of it.

    Raise MalformedPayload if none can be read: then the whole body is parked, and nobody in it
    waits for an answer while a neighbour's fault is looked into.
    """
    events: list[ChannelEvent] = []
    faults: list[str] = []
    for item in items:
        try:
            events.append(read(item))
        except ValidationError as exc:
            faults.append(fault(exc))
            events.append(unreadable(item, faults[-1]))
        except Unreadable as exc:
            faults.append(str(exc))
            events.append(unreadable(item, faults[-1]))
    if faults and len(faults) == len(items):
        raise MalformedPayload(channel, faults[0])
    return events


def ignored(
    value: object,
    why: str,
    *,
    channel: str,
    account: str,
    received_at: datetime,
    surface: Surface = Surface.DIRECT,
) -> ChannelNotice:
    """A line for the log about a *value* that cannot be read; it belongs to no conversation."""
    return ChannelNotice(
        event_id=f"ignore:{digest(value)}",
        kind="ignore",
        channel=channel,
        account=account,
        thread="",
        surface=surface,
        sent_at=received_at,
        received_at=received_at,
        detail=f"unreadable: {why}",
    )


def fault(error: ValidationError) -> str:
    """Where and what the first fault is, without the customer's words."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"[:200]


def moment(value: object, *, per_second: int) -> datetime | None:
    """The UTC time that a platform counts as *value*, *per_second* to the second; None if none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        count = int(value) if isinstance(value, str) else value
        return datetime.fromtimestamp(count / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def told_at(*values: object, per_second: int, received_at: datetime) -> datetime:
    """When it was said: the first of *values* that is a time, else *received_at*.

    Nothing is received before it was said: a clock that runs ahead is not believed, or what it
    dates would look fresh for hours.
    """
    moments = (moment(value, per_second=per_second) for value in values)
    said_at = next((each for each in moments if each is not None), received_at)
    return min(said_at, received_at)


def digest(value: object) -> str:
    """A short name for *value*, any JSON, that is the same each time it is delivered."""
    try:
        spelled = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # orjson reads deeper than it writes. Format 2 is the same for equal values.
        spelled = marshal.dumps(cast(Any, value), 2)
    return blake2b(spelled, digest_size=12).hexdigest()


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# Whole escapes from left to right, so that an escaped backslash before "u0000" stays what it is.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<bad>\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)


def _mended(body: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["bad"] else found[0], body)
