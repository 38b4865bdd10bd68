"""The pages about templates in a real browser: for everybody, by keyboard, on a phone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect
from sqlalchemy import Connection

from bot.config import load
from bot.store.agents import Role
from bot.web import template_pages
from bot.web.keys import CONFIG
from tests.browser.access import violations
from tests.browser.conftest import OpenPage
from tests.told import Telling, told_brand
from tests.web.site import Clock, Site, site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW = datetime(2026, 3, 12, 3, 20, 5, tzinfo=UTC)
PHONE = {"width": 390, "height": 844}
BEHIND = "/templates/greet/figures/replies?language=en&version=greet&group=thanked&variant=1"
PATHS = (
    *("/templates", "/templates/greet?channel=messenger", "/templates/sale?channel=messenger"),
    *("/templates/handoff?hours=closed", "/templates/greet/figures", BEHIND),
)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with a manager for each language, and a greeting in two variants."""
    config = told_brand(tmp_path)

    def extra(app: web.Application) -> None:
        app[CONFIG] = load(config, {})
        template_pages.setup(app)

    def tell(connection: Connection) -> None:
        telling = Telling(connection=connection, file=config.parent / "answers/en/greet.j2")
        for number in range(80):
            glad = [("thanks", "<script>alert(1)</script>")] * (number % 4 == 0)
            telling.tell(NOW - timedelta(days=2, minutes=number), number % 2, *glad)
        telling.tell(NOW - timedelta(hours=3), 0)
        telling.tell(NOW - timedelta(days=9), 0, draw="older")

    async with site(tmp_path, clock=Clock(now=NOW), extra=extra) as made:
        await made.hire("Mia", Role.MANAGER)
        await made.hire("Wei", Role.MANAGER, "zh-Hant")
        await made.database.write(tell)
        yield made


@pytest.mark.parametrize(
    ("name", "scheme", "phone"),
    [("Mia", "dark", False), ("Wei", "light", False), ("Wei", "dark", True)],
)
async def test_a_page_shuts_somebody_out(
    open_page: OpenPage, name: str, scheme: str, phone: bool
) -> None:
    for path in PATHS:
        size = {"viewport": PHONE} if phone else {}
        page = await open_page(name, path, color_scheme=scheme, bypass_csp=True, **size)
        for summary in await page.locator("summary").all():
            await summary.click()

        assert await violations(page) == [], path
        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, path
        await page.context.close()


async def test_from_a_search_to_the_customers_words_by_keyboard(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/templates")

    await page.locator("input[name=q]").focus()
    await page.keyboard.type("looking for")
    await page.keyboard.press("Enter")
    await expect(page.locator("tr[data-template]")).to_have_count(1)
    await page.locator("tr[data-template=greet] th a").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="What came of it").focus()
    await page.keyboard.press("Enter")
    hits = page.locator('[data-file="en/greet"] tr[data-row=thanked] .counts a').first
    number = await hits.inner_text()
    await hits.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#total")).to_have_attribute("value", number)
    await expect(page.locator(".behind tbody tr")).to_have_count(int(number))
    await expect(page.locator(".behind tbody tr").first).to_contain_text("<script>")
    await page.locator("a.go").first.focus()
    await page.keyboard.press("Enter")

    await expect(page.locator("#head h2")).to_be_visible()


async def test_the_chosen_channel_does_not_change_the_preview(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/templates/greet?channel=messenger")
    english = page.locator("[data-language=en]")
    await expect(english.locator(".quick-replies").first).to_contain_text("Track my order")

    await page.locator("select[name=channel]").select_option("x")
    await page.get_by_role("button", name="Show").click()

    await expect(english.locator(".bubble").first).to_contain_text("1. Track my order")
    await expect(english.locator(".quick-replies")).to_have_count(0)


async def test_the_source_cannot_be_copied(open_page: OpenPage) -> None:
    page = await open_page(
        "Mia", "/templates/sale", permissions=["clipboard-read", "clipboard-write"]
    )

    await page.locator("details.file-source summary").click()
    await page.get_by_role("button", name="Copy text").click()

    await expect(page.locator("#copied")).to_have_text("Copied")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("---\ncards:")


async def test_a_browser_that_forbids_copying_says_that_it_did(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/templates/sale")
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    await page.locator("details.file-source summary").click()
    await page.get_by_role("button", name="Copy text").click()

    await expect(page.locator("#copied")).to_contain_text("did not let us copy")
    assert "cards:" in await page.evaluate("String(getSelection())")
