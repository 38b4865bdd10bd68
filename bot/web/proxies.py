"""Behind reverse proxies that the brand trusts: the address that a request really comes from.

Only *remote* is taken from them. Whether browsers reach us over TLS is `web.public_url`'s to say:
the session cookie's name depends on it, and must be the same for every request.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

HEADER = "X-Forwarded-For"

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]


def trusting(networks: Networks) -> Middleware:
    """A middleware that tells handlers the address which trusted proxies name.

    Everybody else may write what they like into the header: it is not read.
    """

    @web.middleware
    async def believe(request: web.Request, handler: Handler) -> web.StreamResponse:
        if HEADER in request.headers:
            told = origin(request.remote, request.headers.getall(HEADER), networks)
            if told is not None:
                request = request.clone(remote=told)
        return await handler(request)

    return believe


def origin(peer: str | None, headers: Sequence[str], networks: Networks) -> str | None:
    """The right-most address that is no trusted proxy's; None where *peer* says nothing better.

    Each proxy appends whom it heard from, so that what stands left of the first stranger may be
    invented. The same holds left of what is no address.
    """
    found = _address(peer or "")
    if found is None or not _within(found, networks):
        return None
    for hop in _hops(headers):
        address = _address(hop)
        if address is None:
            break
        found = address
        if not _within(found, networks):
            break
    return str(found)


def _hops(headers: Sequence[str]) -> Iterator[str]:
    """The header's addresses, from the last proxy backwards."""
    for header in reversed(headers):
        yield from reversed(header.split(","))


def _address(text: str) -> Address | None:
    """The address in *text*, which may carry a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens for both versions names IPv4 peers like this.
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)
