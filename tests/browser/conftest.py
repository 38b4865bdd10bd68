"""One Chromium, a new context per test, and no complaint of the page goes unheard."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Dialog, Page, async_playwright

from bot.store.agents import Role
from tests.web.site import Site, site

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The browser logs these by itself, though the page handles them.
EXPECTED = ("status of 409", "status of 415", "status of 422", "net::ERR_FAILED")
WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of the whole run."""
    _need_chromium()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with an agent (Ann), another one (Bob) and an admin (Ada)."""
    canned = {"hello": {"en": "Hello {{name}}, {{agent}} here.", "zh-Hant": "{{name}}您好"}}
    async with site(tmp_path, canned=canned) as made:
        await made.hire("Ann")
        await made.hire("Bob")
        await made.hire("Ada", Role.ADMIN)
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, shop: Site) -> AsyncIterator[OpenPage]:
    """Open a page as an agent: ``await open_page("Ann", "/desk", **context_options)``."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    async def opened(name: str | None, path: str, **options: Any) -> Page:
        context = await chromium.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(8000)
        if name is not None:
            cookie = await shop.cookie(name)
            await context.add_cookies([{"name": "desk", "value": cookie, "url": shop.url}])
        await context.add_init_script(WATCH)
        page = await context.new_page()
        _listen(page, shop.url, complaints)
        await page.goto(shop.url + path)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert complaints == []


def _need_chromium() -> None:
    if CHROMIUM.exists():
        return
    if os.environ.get("CI"):
        pytest.fail(f"no Chromium at {CHROMIUM}")
    pytest.skip(f"no Chromium at {CHROMIUM}")


def _listen(page: Page, origin: str, complaints: list[str]) -> None:
    def said(kind: str, text: str) -> None:
        if not any(each in text for each in EXPECTED):
            complaints.append(f"{kind}: {text}")

    def requested(url: str) -> None:
        if not url.startswith((origin, origin.replace("http", "ws"), "data:", "blob:")):
            complaints.append(f"foreign request: {url}")

    page.on("console", lambda one: said(one.type, one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said("pageerror", str(error)))
    page.on("request", lambda one: requested(one.url))

    async def refuse(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    page.on("dialog", refuse)
