"""A shop's page with the chat on it, in a real browser that tolerates no error of ours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Frame, Page, async_playwright
from pydantic import SecretStr

from channels.webchat import Settings
from tests.web.webchat_site import Site

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH = """
window.__violations = [];
addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
HOST_POLICY = (
    "default-src 'none'; style-src 'none'; script-src {chat}; frame-src {chat}; img-src data:"
)
PAGE: web.AppKey[dict[str, str]] = web.AppKey("PAGE")
# What a browser says about a server that is away, which some tests mean to be.
AWAY = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket connection to")


@dataclass
class Shop:
    """A page of the brand's shop with the widget on it, and what went wrong on it."""

    page: Page
    site: Site
    url: str
    served: dict[str, str]
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note from now on what the browser asks for and complains of."""
        self.page.on("pageerror", lambda error: self.troubles.append(f"error {error}"))
        self.page.on("dialog", lambda dialog: self.troubles.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._console)

    def _console(self, line: ConsoleMessage) -> None:
        if line.type == "error" and not any(word in line.text for word in AWAY):
            self.troubles.append(line.text)

    async def reload(self, attributes: str) -> None:
        """Load the shop's page again, with other attributes on the script tag."""
        self.served.update(_page(self.site, attributes))
        await self.page.goto(self.url)

    async def open(self) -> Frame:
        """Press the launcher; returns the chat's frame when it can be typed into."""
        size = self.page.viewport_size
        assert size is not None
        await until(lambda: self.page.evaluate("() => !!window.AntiphonChat"))
        await self.page.mouse.click(size["width"] - 40, size["height"] - 40)
        return await self.frame()

    async def frame(self) -> Frame:
        """The chat's frame."""
        await until(lambda: self.frame_or_none() is not None)
        frame = cast(Frame, self.frame_or_none())
        await frame.wait_for_selector("#text", state="visible")
        return frame

    def frame_or_none(self) -> Frame | None:
        found = [each for each in self.page.frames if "/frame" in each.url]
        return found[0] if found else None

    async def clean(self) -> list[str]:
        """What a browser complained of."""
        found = list(self.troubles)
        for frame in self.page.frames:
            found += await frame.evaluate("window.__violations || []")
        return found


async def until(true: Callable[[], Any], *, within: float = 30.0) -> None:
    """Wait until *true* holds."""
    async with asyncio.timeout(within):
        while True:
            found = true()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def shop(
    browser: Browser,
    folder: Path,
    *,
    lang: str = "zh-Hant",
    attributes: str = "",
    **options: Any,
) -> AsyncIterator[Shop]:
    """A page of another origin than the chat, whose policy allows no style at all."""
    pages = web.Application()
    async with _served(pages) as origin:
        chat = Settings(
            account="site", origins=(origin,), identity_secret=SecretStr("identity-secret")
        )
        async with Site(folder, [chat]) as site, site.answering_bot("找真人"):
            pages[PAGE].update(_page(site, attributes))
            async with await browser.new_context(locale=lang, **options) as context:
                context.set_default_timeout(8000)
                await context.add_init_script(WATCH)
                shown = Shop(
                    page=await context.new_page(),
                    site=site,
                    url=f"{origin}/",
                    served=pages[PAGE],
                )
                shown.watch()
                await shown.page.goto(shown.url)
                yield shown


@asynccontextmanager
async def _served(pages: web.Application) -> AsyncIterator[str]:
    pages[PAGE] = {}
    pages.router.add_get("/{path:.*}", _serve)
    runner = web.AppRunner(pages)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _serve(request: web.Request) -> web.Response:
    page = request.app[PAGE]
    return web.Response(
        text=page["text"],
        content_type="text/html",
        headers={"Content-Security-Policy": page["policy"]},
    )


def _page(site: Site, attributes: str) -> dict[str, str]:
    tag = f'<script async src="{site.url}/widget.js" {attributes}></script>'
    text = f'<!doctype html><title>Shop</title><link rel="icon" href="data:,">{tag}<h1>Shop</h1>'
    return {"text": text, "policy": HOST_POLICY.format(chat=site.origin)}
