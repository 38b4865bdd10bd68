"""The pages of the API in a real browser: within the content policy, readable by everybody."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import Connection

from bot.store import tokens
from bot.store.agents import Role
from bot.store.tokens import Scope
from bot.web import api
from tests.browser.access import violations
from tests.browser.conftest import OpenPage
from tests.web.site import START, Site, site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"width": 390, "height": 844}
PATHS = ("/desk/tokens", "/api?lang=en", "/api?lang=zh-Hant")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with an admin for each language, and tokens that live, ended and were revoked."""

    def make(connection: Connection) -> None:
        for name, ends in (("Monthly spreadsheet", None), ("報表匯出", START - timedelta(days=1))):
            given = {"name": name, "scopes": [Scope.REPORTS, Scope.ASKS], "actor": "system"}
            tokens.add(connection, **given, at=START - timedelta(days=2), expires_at=ends)  # type: ignore[arg-type]
        tokens.add(
            connection,
            name="x" * 64,
            scopes=list(Scope),
            at=START,
            expires_at=None,
            actor="system",
        )
        tokens.revoke(connection, 3, at=START, actor="system")

    async with site(tmp_path, extra=api.setup) as made:
        await made.hire("Ada", Role.ADMIN)
        await made.hire("Wei", Role.ADMIN, "zh-Hant")
        await made.database.write(make)
        yield made


@pytest.mark.parametrize(("name", "scheme"), [("Ada", "dark"), ("Wei", "light")])
async def test_a_page_shuts_somebody_out(open_page: OpenPage, name: str, scheme: str) -> None:
    for path in PATHS:
        page = await open_page(name, path, color_scheme=scheme, bypass_csp=True)

        assert await violations(page) == [], path


@pytest.mark.parametrize("name", ["Ada", "Wei"])
async def test_a_page_runs_over_the_side_of_a_phone(open_page: OpenPage, name: str) -> None:
    for path in PATHS:
        page = await open_page(name, path, viewport=PHONE)

        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, path


async def test_a_token_is_not_made_by_keyboard_and_revoked(open_page: OpenPage, shop: Site) -> None:
    page = await open_page("Ada", "/desk/tokens")

    await page.get_by_label("Name", exact=True).fill("By keyboard")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator(".secret")).to_have_count(1)
    await page.get_by_role("button", name="Revoke By keyboard").press("Enter")
    await expect(page.locator("tr[data-token='4'].gone")).to_have_count(1)

    (newest, *_) = await shop.database.read(tokens.everything)
    assert (newest.name, newest.scopes) == ("By keyboard", (Scope.REPORTS,))
    assert not newest.lives(shop.clock())
