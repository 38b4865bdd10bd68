"""What customers attached is shown from our own origin, to agents only, and does nothing there."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from sqlalchemy import Connection, select, update

from bot.fetch import Fetcher
from bot.store.tables import messages
from bot.web import media
from bot.web.webhooks import CHANNELS
from tests.shared import shared_path
from tests.web.site import Site, Talk, site

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@dataclass
class Outside:
    """A platform's store of pictures."""

    content: bytes = PNG
    url: str = ""
    calls: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        return web.Response(body=self.content, content_type="image/png")


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made = Outside()
    app = web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def shop(tmp_path: Path, outside: Outside) -> AsyncIterator[Site]:
    def allow(app: web.Application) -> None:
        app[CHANNELS] = {}
        app[media.FETCHER] = Fetcher(trusted=[outside.url])

    async with site(tmp_path, extra=allow) as running:
        await running.hire("Ann")
        yield running


async def attached(shop: Site, *urls: str, type: str = "image") -> int:
    """The id of a message that came with attachments at *urls*."""
    talk = await shop.talk(Talk(thread="U1"))
    found = [{"type": type, "url": url, "title": "a picture"} for url in urls]

    def attach(connection: Connection) -> int:
        ours = messages.c.conversation_id == talk
        connection.execute(update(messages).where(ours).values(attachments=found))
        id: int = connection.scalars(select(messages.c.id).where(ours)).one()
        return id

    return await shop.database.write(attach)


async def test_a_picture_is_not_shown_or_shown_to_everybody(shop: Site, outside: Outside) -> None:
    id = await attached(shop, f"{outside.url}/a.png")
    path = f"{shop.url}/desk/media/{id}/0"

    async with (
        shop.visitor(await shop.cookie("Ann")) as http,
        http.get(path.removeprefix(shop.url)) as shown,
    ):
        assert (shown.status, shown.content_type, await shown.read()) == (200, "image/png", PNG)
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
    async with ClientSession() as stranger, stranger.get(path, allow_redirects=False) as refused:
        assert refused.status in {303, 302, 401, 403}
    assert outside.calls == ["/a.png"]


@pytest.mark.parametrize("content", [HTML, SVG, b"", b"%PDF-1.7", b"MZ\x90"])
async def test_what_may_hold_a_script_is_opened_in_the_page(
    shop: Site, outside: Outside, content: bytes
) -> None:
    outside.content = content
    id = await attached(shop, f"{outside.url}/a.png")

    async with (
        shop.visitor(await shop.cookie("Ann")) as http,
        http.get(f"/desk/media/{id}/0") as answer,
    ):
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_an_address_within_our_own_network_is_fetched(shop: Site, outside: Outside) -> None:
    bad = json.loads(shared_path("badinput/own/ssrf_urls.json").read_bytes())["items"][:20]
    id = await attached(shop, *bad)

    async with shop.visitor(await shop.cookie("Ann")) as http:
        for number in range(len(bad) + 1):
            async with http.get(f"/desk/media/{id}/{number}") as answer:
                assert answer.status == 404
        async with http.get(f"/desk/media/{id + 99}/0") as answer:
            assert answer.status == 404
    assert outside.calls == []


async def test_the_desk_leaves_pictures_out(shop: Site, outside: Outside) -> None:
    id = await attached(shop, f"{outside.url}/a.png")

    async with shop.visitor(await shop.cookie("Ann")) as http, http.get("/desk/1") as answer:
        shown = await answer.text()

    assert f'<img src="/desk/media/{id}/0" loading="lazy" alt="Image a picture">' in shown
    assert outside.url not in shown
