"""What the Cloud API's answers mean. Its HTTP status says little: rate limits are 400.

Codes: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
"""

from collections.abc import Mapping
from functools import partial
from typing import cast

from channels import meta
from channels.base import Answer
from channels.errors import (
    ChannelUnavailable,
    DeliveryUnknown,
    RateLimited,
    RecipientGone,
    ReplyWindowClosed,
    Unauthorized,
)
from channels.messages import Accepted
from channels.meta import Kind

KINDS: Mapping[int, Kind] = {
    0: Unauthorized,
    3: Unauthorized,
    368: Unauthorized,
    130429: RateLimited,
    131000: ChannelUnavailable,
    131005: Unauthorized,
    131016: ChannelUnavailable,
    131026: RecipientGone,
    131031: Unauthorized,
    131042: Unauthorized,
    131045: Unauthorized,
    131047: ReplyWindowClosed,
    131048: RateLimited,
    131050: RecipientGone,
    131056: partial(RateLimited, whole_account=False),
    131057: ChannelUnavailable,
    133004: ChannelUnavailable,
    133016: RateLimited,
    80007: RateLimited,
}


def accepted(answer: Answer, *, channel: str) -> Accepted:
    """The platform's yes with its ids, or the SendError that *answer* means.

    It is no promise: that a message cannot be delivered may come later, as a status.
    """
    body = meta.taken(answer, channel=channel, kinds=KINDS)
    messages = body.get("messages")
    ids = [_id(one) for one in messages] if isinstance(messages, list) else []
    if not any(ids) and body.get("success") is not True:
        raise DeliveryUnknown(channel, "answer names no message")
    return Accepted(ids=tuple(id for id in ids if id))


def _id(message: object) -> str | None:
    id = cast(dict[str, object], message).get("id") if isinstance(message, dict) else None
    return id if isinstance(id, str) else None
