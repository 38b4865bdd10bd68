"""Fetch what a stranger's address points to, without being led into our own network.

The address that was checked is the one that is connected to: names are resolved once, by us, and
only what is public on the internet is left. Every redirect starts over.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

MAX_BYTES = 25 * 1024 * 1024
WITHIN = 20.0
MAX_REDIRECTS = 3
PORTS = {"https": 443, "http": 80}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BAD = frozenset("\\\0\t\r\n \u2028\u2029")

Resolve = Callable[[str, int], Awaitable[list[str]]]


class NotFetched(Exception):
    """The address cannot be shown: it is not public, too large, too slow or gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What stood at an address."""

    content: bytes


class Fetcher:
    """Fetches public addresses only. *trusted* origins ("http://host:port") are ours by choice:
    the platforms' addresses in config.yml, where a private one is no trap."""

    def __init__(self, *, trusted: Collection[str] = (), resolve: Resolve | None = None) -> None:
        self._trusted = frozenset(trusted)
        self._resolve = resolve or _addresses

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Read what *url* points to. *headers* go to its own origin only, not to a redirect's.

        Raises NotFetched.
        """
        try:
            async with asyncio.timeout(WITHIN):
                return await self._followed(url, dict(headers or {}))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            raise NotFetched(type(exc).__name__) from exc

    async def _followed(self, url: str, headers: dict[str, str]) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            origin, host, port = self._checked(url)
            pinned = [host] if origin in self._trusted else await self._public(host, port)
            connector = aiohttp.TCPConnector(
                resolver=_Pinned(pinned), use_dns_cache=False, force_close=True
            )
            async with (
                aiohttp.ClientSession(
                    connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
                ) as http,
                http.get(url, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status not in _REDIRECTS:
                    return await _read(answer)
                target = urljoin(url, answer.headers.get("Location", ""))
            if not target.startswith(f"{origin}/"):
                headers = {}
            url = target
        raise NotFetched("too many redirects")

    def _checked(self, url: str) -> tuple[str, str, int]:
        """Origin, host and port of an address that may be fetched at all."""
        if len(url) > 4000 or not _BAD.isdisjoint(url):
            raise NotFetched("not an address")
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in PORTS or not host or parts.username is not None:
            raise NotFetched("not a public address")
        port = parts.port if parts.port is not None else PORTS[parts.scheme]
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._trusted and port != PORTS[parts.scheme]:
            raise NotFetched("not a public port")
        return origin, host, port

    async def _public(self, host: str, port: int) -> list[str]:
        found = await self._resolve(host, port)
        if not found or not all(map(_is_public, found)):
            raise NotFetched("not a public address")
        return found


def _is_public(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner:
            return _is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class _Pinned(AbstractResolver):
    """Answers every name with the addresses that were checked."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=each, port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0, flags=socket.AI_NUMERICHOST,
            )
            for each in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing is open."""


async def _read(answer: aiohttp.ClientResponse) -> Fetched:
    if answer.status != 200:
        raise NotFetched(f"status {answer.status}")
    content = bytearray()
    # Already unpacked: a small body that becomes a large one is stopped as well.
    async for chunk in answer.content.iter_chunked(65_536):
        content += chunk
        if len(content) > MAX_BYTES:
            raise NotFetched("too large")
    return Fetched(content=bytes(content))


def _origin(url: str) -> str | None:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def origins(urls: Collection[Any]) -> frozenset[str]:
    """The origins of those of *urls* that are addresses."""
    return frozenset(
        origin for url in urls if isinstance(url, str) and (origin := _origin(url)) is not None
    )
