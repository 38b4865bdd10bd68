"""Addresses in texts that lead to the brand's own hosts, and nowhere else however they are read.

Only what every reader takes for the same address counts: https, a host that is named in the
settings letter by letter, and plain ASCII after it. Browsers read addresses by
https://url.spec.whatwg.org, which forgives backslashes, tabs, user names and escaped hosts; none of
these gets through here.
"""

import re
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

LONGEST = 2000
PARAMETER = "antiphon"

_IN_TEXT = re.compile(r"https://[!-~]+")
_WHOLE = re.compile(
    r"https://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
    r"(?:[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?"
)
# What ends a sentence and no address; a bracket may do either.
_TRAILING = ".,;:!?'\"*_~<>`"
_BRACKETS = {")": "(", "]": "["}


def allowed(address: str, hosts: Collection[str]) -> bool:
    """Whether *address* leads to one of *hosts* (in lower case) for every reader."""
    found = _WHOLE.fullmatch(address)
    return found is not None and len(address) <= LONGEST and found["host"] in hosts


def swapped(text: str, swap: Callable[[str], str | None]) -> str:
    """*text* with each address in it replaced by what *swap* makes of it (None: it stays)."""

    def one(found: re.Match[str]) -> str:
        address = _trimmed(found[0])
        after = text[found.start() + len(address) :][:1]
        # An address that goes on in other letters is not the one that we see.
        if not after.isascii() and after.isalnum():
            return found[0]
        made = swap(address)
        return found[0] if made is None else made + found[0][len(address) :]

    return _IN_TEXT.sub(one, text)


def with_parameter(address: str, value: str) -> str:
    """*address* with our parameter set to *value*, in front of a fragment."""
    bare, hash_, fragment = address.partition("#")
    path, _, query = bare.partition("?")
    kept = [one for one in query.split("&") if one and one.partition("=")[0] != PARAMETER]
    query = "&".join([*kept, f"{PARAMETER}={value}"])
    if not urlsplit(path).path:
        path += "/"
    return f"{path}?{query}{hash_}{fragment}"


def _trimmed(address: str) -> str:
    while address:
        last = address[-1]
        opening = _BRACKETS.get(last)
        unopened = opening is not None and address.count(last) > address.count(opening)
        if last not in _TRAILING and not unopened:
            break
        address = address[:-1]
    return address
