"""The reports in a real browser: within the content policy, readable by everybody, printable."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.store.agents import Role
from bot.web import reports
from tests.browser.access import violations
from tests.browser.conftest import OpenPage
from tests.history import ramble
from tests.web.site import Clock, Site, site
from tests.web.test_engagement import tell as engaged

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW = datetime(2026, 3, 12, 3, 20, 5, tzinfo=UTC)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
PATHS = (
    "/reports",
    "/reports/times",
    "/reports/times?layer=median",
    "/reports/long",
    "/reports/unanswered",
    "/reports/agents",
    "/reports/channels",
    "/reports/engagement",
    "/reports/replies",
    "/reports/intents",
    "/reports/targets",
    "/reports/staffing",
    "/reports/peers",
    "/reports/peers/zendesk/first_reply_mean",
    "/reports/asks?figure=all",
    "/reports?label=nobody",
)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with a manager for each language, and ten days behind it."""
    async with site(tmp_path, clock=Clock(now=NOW), extra=reports.setup) as made:
        await made.hire("Mia", Role.MANAGER)
        await made.hire("Wei", Role.MANAGER, "zh-Hant")
        await made.database.write(lambda conn: ramble(conn, 3, until=NOW))
        await made.database.write(engaged)
        yield made


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("name", "scheme"), [("Mia", "dark"), ("Wei", "light")])
async def test_a_page_shuts_somebody_out(
    open_page: OpenPage, name: str, scheme: str, path: str
) -> None:
    page = await open_page(name, path, color_scheme=scheme, bypass_csp=True)
    for summary in await page.locator("summary").all():
        await summary.click()

    assert await violations(page) == []


@pytest.mark.parametrize(("name", "scheme"), [("Mia", "dark"), ("Wei", "light")])
async def test_the_page_of_one_ask_shuts_somebody_out(
    open_page: OpenPage, name: str, scheme: str
) -> None:
    page = await open_page(name, "/reports/asks", color_scheme=scheme, bypass_csp=True)
    await page.locator(".asks tbody a").first.click()
    await expect(page.locator("[data-reason=opens]")).to_have_count(1)

    assert await violations(page) == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_runs_over_the_side_of_a_phone(open_page: OpenPage, path: str) -> None:
    page = await open_page("Wei", path, viewport=PHONE)

    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_from_a_figure_to_the_conversation_by_keyboard(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports")

    await page.locator(".tile.open .figure").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#total")).to_be_visible()
    shown = await page.locator("#total").get_attribute("value")
    await expect(page.locator(".asks tbody tr")).to_have_count(int(shown or 0))
    await page.locator(".asks tbody a").first.focus()
    await page.keyboard.press("Enter")
    await page.locator("a.go").focus()
    await page.keyboard.press("Enter")

    await expect(page.locator("#head h2")).to_be_visible()


async def test_a_filter_does_not_change_what_is_shown(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports")

    await page.locator("select[name=channel]").select_option("page_comments")
    await page.locator("select[name=actor]").select_option("human")
    await page.get_by_role("button", name="Show").click()

    await expect(page.locator(".reports .facts")).to_contain_text("Page comments")
    await expect(page.locator("tr[data-row=line]")).to_have_count(0)
    await expect(page.locator(".curve.chosen")).to_have_class("curve human chosen")


async def test_an_hour_of_the_week_cannot_be_opened_by_keyboard(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports/times")
    square = page.locator("svg a:has(rect.hour)").first
    label = await square.get_attribute("aria-label")

    await square.focus()
    await page.keyboard.press("Enter")

    total = await page.locator("#total").get_attribute("value")
    assert (label or "").endswith(f", {total} asks")


async def test_a_further_filter_is_out_of_reach_or_forgotten(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports")

    await page.locator(".further summary").click()
    await page.locator("select[name=intent]").select_option("price")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name="Intents").click()

    await expect(page.locator(".reports .facts")).to_contain_text("Intent: ")
    await expect(page.locator("tbody tr")).to_have_count(2)


async def test_a_waiting_customer_is_taken_with_two_keys(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports/unanswered")

    await page.get_by_role("button", name="Take over").first.focus()
    await page.keyboard.press("Enter")

    await expect(page.locator("#head h2")).to_be_visible()
    await page.go_back()
    await page.reload()
    await expect(page.locator("td", has_text="In the hands of Mia").first).to_be_visible()


async def test_a_chart_has_no_line_or_no_table(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports")

    box = await page.locator(".curve.chosen").bounding_box()
    assert box is not None
    assert box["width"] > 300
    await page.locator("summary", has_text="The curve as a table").click()
    await expect(page.locator("table.plain").first.locator("tbody tr")).to_have_count(9)
    await page.locator("summary", has_text="The days as a table").click()
    await expect(page.locator("table.plain").last.locator("tbody tr")).to_have_count(28)


async def test_paper_shows_what_only_a_screen_needs(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports")

    await page.emulate_media(media="print")

    await expect(page.locator(".filters")).to_be_hidden()
    await expect(page.locator(".tile.median .value")).to_be_visible()
    await expect(page.locator(".counted")).to_be_visible()


@pytest.mark.parametrize("path", PATHS)
async def test_a_dark_screen_prints_dark_paper_or_cuts_a_page(
    open_page: OpenPage, path: str
) -> None:
    # As wide as A4 within its margins.
    sheet = {"width": 688, "height": 1000}
    page = await open_page("Wei", path, color_scheme="dark", viewport=sheet)

    await page.emulate_media(media="print", color_scheme="dark")

    over = await page.evaluate(
        "Math.max(0, ...[...document.querySelectorAll('main *')]"
        ".map((each) => each.getBoundingClientRect().right)) - innerWidth"
    )
    paper = await page.evaluate(
        "getComputedStyle(document.querySelector('.panel')).backgroundColor"
    )
    assert over <= 0
    assert paper == "rgb(255, 255, 255)"
    assert (await page.pdf(format="A4"))[:5] == b"%PDF-"


async def test_an_attack_in_a_customers_words_runs(open_page: OpenPage) -> None:
    page = await open_page("Mia", "/reports/asks?figure=all")

    await expect(page.locator(".said", has_text="<script>alert(1)</script>").first).to_be_visible()


async def test_on_a_phone_names_hide_the_figures_or_the_way_there_is_cut(
    open_page: OpenPage,
) -> None:
    page = await open_page("Mia", "/reports/long", viewport=PHONE)

    widths = await page.locator(".wide tbody th").evaluate_all(
        "(names) => names.map((name) => name.offsetWidth)"
    )
    assert max(widths) < PHONE["width"] * 0.4
    bar = page.locator(".bar nav")
    assert await bar.evaluate("(bar) => bar.scrollWidth - bar.clientWidth") <= 0


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/reports/agents", DESKTOP),
        ("/reports/channels", DESKTOP),
        ("/reports/intents", DESKTOP),
        ("/reports/unanswered", PHONE),
        ("/reports/asks?figure=all", PHONE),
    ],
)
async def test_a_table_is_cut(open_page: OpenPage, path: str, size: dict[str, int]) -> None:
    page = await open_page("Mia", path, viewport=size)

    over = await page.locator(".wide").evaluate_all(
        "(tables) => tables.map((table) => table.scrollWidth - table.clientWidth)"
    )
    assert max(over) <= 0
