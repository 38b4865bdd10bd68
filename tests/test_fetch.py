"""An address that a stranger sends leads nowhere but to the public internet."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot import fetch
from bot.fetch import Fetched, Fetcher, NotFetched
from tests.shared import shared_path

PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def to_loopback(host: str, port: int) -> list[str]:
    """A resolver that a stranger controls."""
    return ["127.0.0.1"]


class Host:
    """A web server that a stranger controls."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[tuple[str, str | None]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path, request.headers.get("Authorization")))
        match request.path.strip("/").split("/"):
            case ["pixel"]:
                return web.Response(body=PIXEL, headers={"Set-Cookie": "a=b"})
            case ["hop", number]:
                target = f"/hop/{int(number) - 1}" if int(number) else "/pixel"
                return web.Response(status=302, headers={"Location": target})
            case ["to", *_]:
                return web.Response(status=302, headers={"Location": request.query["url"]})
            case ["bomb"]:
                packed = gzip.compress(b"\0" * (fetch.MAX_BYTES + 1))
                return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case ["headers"]:
                return web.Response(headers={"X-Long": "a" * 1_000_000})
        return web.Response(status=404)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    made = Host()
    app = web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def urls() -> list[str]:
    """Addresses that mean ourselves, however they are spelled."""
    found: list[str] = json.loads(shared_path("badinput/own/ssrf_urls.json").read_bytes())["items"]
    return found


async def test_an_address_that_means_ourselves_is_connected_to(host: Host) -> None:
    fetcher = Fetcher(resolve=to_loopback)
    port = host.url.rpartition(":")[2]

    for url in [*urls(), f"{host.url}/pixel", f"http://shop.example:{port}/pixel"]:
        with pytest.raises(NotFetched):
            await fetcher.fetch(url)

    assert host.seen == []


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::1.2.3.4"),
        *("224.0.0.1", "240.0.0.1", "no address", ""),
    ],
)
async def test_a_public_name_that_hides_a_private_address_is_connected_to(address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", address] if address else []

    with pytest.raises(NotFetched):
        await Fetcher(resolve=resolve).fetch("https://shop.example/a.png")


async def test_our_own_platform_is_taken_for_a_trap(host: Host) -> None:
    fetcher = Fetcher(trusted=fetch.origins([host.url, None]))

    assert await fetcher.fetch(f"{host.url}/pixel") == Fetched(content=PIXEL)
    hops = await fetcher.fetch(f"{host.url}/hop/{fetch.MAX_REDIRECTS - 1}")
    assert hops.content == PIXEL


@pytest.mark.parametrize(
    "path",
    [
        *("/hop/20", "/to?url=file:///etc/passwd", "/to?url=http://10.0.0.1/", "/bomb", "/headers"),
        *("/to?url=", "/nothing", "/to?url=//127.0.0.1:1/"),
    ],
)
async def test_a_bad_server_leads_us_on_or_fills_the_memory(host: Host, path: str) -> None:
    with pytest.raises(NotFetched):
        await Fetcher(trusted=[host.url], resolve=to_loopback).fetch(host.url + path)

    assert len(host.seen) <= fetch.MAX_REDIRECTS + 1


async def test_a_token_follows_a_redirect_to_another_origin(host: Host) -> None:
    other = host.url.replace("127.0.0.1", "localhost")
    fetcher = Fetcher(trusted=[host.url, other], resolve=to_loopback)
    headers = {"Authorization": "Bearer token"}

    await fetcher.fetch(f"{host.url}/to/same?url={host.url}/pixel", headers)
    same = host.seen[-1]
    await fetcher.fetch(f"{host.url}/to/other?url={other}/pixel", headers)

    assert same == ("/pixel", "Bearer token")
    assert host.seen[-1] == ("/pixel", None)


def test_nothing_public_is_left() -> None:
    assert all(map(fetch._is_public, ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]))


async def test_somebody_silent_is_waited_for(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "WITHIN", 0.05)

    async def silent(self: Any, url: str, headers: dict[str, str]) -> Fetched:
        import asyncio

        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Fetcher, "_followed", silent)
    with pytest.raises(NotFetched):
        await Fetcher().fetch("https://shop.example/")
