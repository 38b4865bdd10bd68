"""The manager's walk-through: what its text promises stands on the pages, and its pictures.

PICTURES=docs/pictures writes the pictures anew (`make pictures`); else they are only taken.
"""

import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, expect

from bot.config import load
from bot.store.agents import Role
from bot.web import reports
from bot.web.keys import CONFIG
from tests import demo_month
from tests.browser.conftest import OpenPage
from tests.browser.test_exported import written
from tests.exports.scenario import ZONE, Chat, Said
from tests.web.site import Clock, Site, site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parents[2]
# A Monday morning in Taipei.
NOW = datetime(2026, 3, 16, 2, 20, 5, tzinfo=UTC)
DESKTOP = {"width": 1180, "height": 900}
READERS = {"en": "Mia", "zh": "Wei"}
PAGES = {"en": ROOT / "docs/manager.md", "zh": ROOT / "docs/manager.zh-Hant.md"}
HEAVIEST = 200_000
OPEN = "09:00-21:00"
BRAND = f"""\
brand:
  name: {{zh-Hant: 示範品牌, en: Demo brand}}
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
  hours: {{{
    ", ".join(
        f'{day}: ["{OPEN}"]'
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}}}
channels: {{webchat: [{{account: site}}]}}
"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """An invented brand's desk with five weeks behind it, and a manager for each language."""
    folder = tmp_path_factory.mktemp("walk")
    (folder / "config.yml").write_text(BRAND, encoding="utf-8")

    def extra(app: web.Application) -> None:
        app[CONFIG] = load(folder / "config.yml", {})
        reports.setup(app)

    async with site(folder, clock=Clock(now=NOW), extra=extra) as made:
        await made.hire("Mia", Role.MANAGER)
        await made.hire("Wei", Role.MANAGER, "zh-Hant")
        await made.database.write(lambda conn: demo_month.tell(conn, until=NOW))
        yield made


def _chats() -> list[Chat]:
    """A week of an invented shop that answers nine customers in ten."""
    luck = Random(5)
    chats = []
    for number in range(140):
        asked_at = datetime(2026, 3, 2 + luck.randrange(7), luck.randrange(9, 22), tzinfo=ZONE)
        asked_at += timedelta(minutes=luck.randrange(60), seconds=luck.randrange(60))
        said = [Said(at=asked_at, who="customer", text="請問還有貨嗎？")]
        if luck.random() < 0.9:
            wait = timedelta(minutes=25 * 3 ** luck.gauss(0, 1))
            said.append(Said(at=asked_at + wait, who="agent", text=f"您好，第 {number} 位，有貨"))
        chats.append(Chat(number=number, customer=f"示範顧客 {number}", said=said))
    return chats


async def picture(page: Page, name: str, *parts: Locator) -> None:
    """Take what encloses *parts*, with a little air, and keep it where PICTURES asks for it."""
    boxes = [await part.bounding_box() for part in parts]
    known = [box for box in boxes if box is not None]
    assert len(known) == len(parts)
    left, top = (min(box[side] for box in known) - 12 for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in known) + 12
    bottom = max(box["y"] + box["height"] for box in known) + 12
    clip = {"x": left, "y": max(top, 0), "width": right - left, "height": bottom - max(top, 0)}
    taken = await page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    assert len(taken) < HEAVIEST
    if folder := os.environ.get("PICTURES"):
        (ROOT / folder / name).write_bytes(taken)


@pytest.mark.parametrize("language", READERS)
async def test_the_overview_is_otherwise_than_told(open_page: OpenPage, language: str) -> None:
    page = await open_page(READERS[language], "/reports", viewport=DESKTOP)

    await expect(page.locator(".counted")).to_contain_text(re.compile("as of|統計至"))
    share = page.locator(".tile.within_1h")
    await expect(share.locator(".interval")).to_contain_text("95")
    await expect(share.locator(".counts")).to_contain_text("n = ")
    await picture(page, f"report-{language}.png", page.locator("h1"), page.locator(".tiles").first)


@pytest.mark.parametrize("language", READERS)
async def test_a_figure_does_not_open_as_told(open_page: OpenPage, language: str) -> None:
    page = await open_page(READERS[language], "/reports", viewport=DESKTOP)

    late = page.locator(".tile.within_1h .figure")
    count = await page.locator("#n").get_attribute("value")
    await late.click()
    await expect(page.locator("#total")).to_have_attribute("value", count or "")
    by_person = page.locator(".asks tbody tr", has_text="Demo B").first
    await by_person.locator("a").first.click()
    for reason in ("opens", "notice", "handoff", "take", "answers"):
        await expect(page.locator(f"[data-reason={reason}]")).to_be_visible()
    await picture(page, f"ask-{language}.png", page.locator(".lead"), page.locator(".panel").last)


@pytest.mark.parametrize("language", READERS)
async def test_who_waits_is_otherwise_than_told(open_page: OpenPage, language: str) -> None:
    page = await open_page(READERS[language], "/reports/unanswered", viewport=DESKTOP)

    waits = await page.locator(".asks td.number data").evaluate_all(
        "(all) => all.map((each) => Number(each.value))"
    )
    assert len(waits) > 1
    assert waits == sorted(waits, reverse=True)
    await expect(page.locator(".asks form button").first).to_be_visible()
    await picture(page, f"waiting-{language}.png", page.locator("h1"), page.locator(".panel"))


@pytest.mark.parametrize("language", READERS)
async def test_the_hours_of_the_week_are_otherwise_than_told(
    open_page: OpenPage, language: str
) -> None:
    page = await open_page(READERS[language], "/reports/times?actor=human", viewport=DESKTOP)

    panel = page.locator(".panel", has=page.locator("rect.hour").first)
    await expect(panel.locator(".chart rect.hour")).to_have_count(168)
    await expect(panel.locator(".scale")).to_be_visible()
    await expect(panel.locator(".actions a")).to_have_count(3)
    await picture(page, f"week-{language}.png", panel)


@pytest.mark.parametrize("language", READERS)
async def test_agents_are_ranked(open_page: OpenPage, language: str) -> None:
    page = await open_page(READERS[language], "/reports/agents", viewport=DESKTOP)

    table = page.locator(".panel").first
    names = await table.locator("tbody th").all_inner_texts()
    assert names == sorted(demo_month.AGENTS)
    await expect(table.locator(".interval").first).to_be_visible()
    await expect(table.locator(".change")).to_have_count(len(names))
    await picture(page, f"agents-{language}.png", table)


@pytest.mark.parametrize("language", READERS)
async def test_next_week_is_otherwise_than_told(open_page: OpenPage, language: str) -> None:
    page = await open_page(READERS[language], "/reports/staffing", viewport=DESKTOP)

    await page.locator("input[name=people]").fill("2")
    await page.locator("button", has_text=re.compile("Try|試算")).click()
    await expect(page.locator("input[name=people]")).to_have_value("2")
    await expect(page.locator("path.band")).to_be_visible()
    parts = (page.locator("form.filters").last, page.locator(".panel").first)
    await picture(page, f"staffing-{language}.png", *parts)


@pytest.mark.parametrize("language", READERS)
async def test_a_name_in_the_text_stands_on_no_page(open_page: OpenPage, language: str) -> None:
    page = await open_page(READERS[language], "/reports", viewport=DESKTOP)
    links = await page.locator(".reports-nav a").evaluate_all("(all) => all.map((a) => a.href)")
    seen = ""
    for link in links:
        await page.goto(link)
        seen += await page.locator("body").inner_text()

    named = re.findall(r"\*\*(.+?)\*\*", PAGES[language].read_text("utf-8"))
    parts = {part.strip() for name in named for part in name.split("…")}
    assert len(named) > 12
    assert {part for part in parts if part not in seen} == set()


@pytest.mark.parametrize("path", ["/reports/targets", "/reports/long", "/reports/peers"])
async def test_a_page_that_is_told_of_is_empty(open_page: OpenPage, path: str) -> None:
    page = await open_page("Mia", path, viewport=DESKTOP)

    assert await page.locator("td .figure").count() > 10


@pytest.mark.parametrize("language", READERS)
async def test_the_page_from_an_export_is_otherwise_than_told(
    chromium: Browser, tmp_path: Path, language: str
) -> None:
    context = await chromium.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = await context.new_page()
    tag = {"en": "en", "zh": "zh-Hant"}[language]
    await page.goto(written(tmp_path, tag, _chats()).as_uri())

    await expect(page.locator("body")).to_contain_text("95")
    await expect(page.locator("h1")).to_be_visible()
    await picture(page, f"export-{language}.png", page.locator("h1"), page.locator("table").first)
    await context.close()
