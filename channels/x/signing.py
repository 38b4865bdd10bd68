"""The Authorization header of a call that OAuth 1.0a signs (RFC 5849)."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Who signs: the app by *key* and *secret*, for the account of *token* and *token_secret*."""

    key: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(repr=False)


def authorization(
    keys: Keys, method: str, url: str, query: Mapping[str, str], *, at: int, nonce: str
) -> str:
    """The header's value. *at* is Unix time; a JSON body is not part of what is signed."""
    signed = {
        "oauth_consumer_key": keys.key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(at),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    signed["oauth_signature"] = signature(keys, method, url, {**query, **signed})
    return "OAuth " + ", ".join(
        f'{_escaped(name)}="{_escaped(value)}"' for name, value in sorted(signed.items())
    )


def signature(keys: Keys, method: str, url: str, parameters: Mapping[str, str]) -> str:
    """The signature over a call and all its *parameters* (section 3.4.2)."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in parameters.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(map(_escaped, (method.upper(), url, joined)))
    key = f"{_escaped(keys.secret)}&{_escaped(keys.token_secret)}"
    return b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
