"""Meta's word that somebody withdrew what they allowed an app: a signed form.

https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

import hmac
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from urllib.parse import parse_qs

import orjson

from channels.errors import InvalidSignature, MalformedPayload

_MOST = 20_000


def withdrawn(body: bytes, *, secrets: Sequence[bytes], channel: str) -> str:
    """The app-scoped id of who withdrew; raise InvalidSignature, or MalformedPayload.

    The signature is over the payload as it is spelled, not as it is read.
    """
    form = parse_qs(body[:_MOST].decode("ascii", "replace"))
    signature, _, payload = form.get("signed_request", [""])[0].partition(".")
    claimed = _decoded(signature)
    genuine = [
        hmac.compare_digest(claimed, hmac.digest(secret, payload.encode(), "sha256"))
        for secret in secrets
    ]
    if not payload or not any(genuine):
        raise InvalidSignature(channel)
    try:
        told = orjson.loads(_decoded(payload))
    except orjson.JSONDecodeError as exc:
        raise MalformedPayload(channel, "signed_request is no JSON") from exc
    if not isinstance(told, dict) or told.get("algorithm") != "HMAC-SHA256":
        raise InvalidSignature(channel)
    user = told.get("user_id")
    if not isinstance(user, str | int) or isinstance(user, bool) or not str(user):
        raise MalformedPayload(channel, "signed_request names nobody")
    return str(user)


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
