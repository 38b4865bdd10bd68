"""The page that `antiphon report PATH --html` writes, opened from disk as whoever gets it does."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.cli import main
from tests.browser.access import WCAG, violations
from tests.exports.layouts import LAYOUTS
from tests.exports.scenario import CHATS, Chat, Said, at

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BUSY = [
    *CHATS,
    *(
        Chat(
            number=20 + place,
            customer=f"Demo Customer {place}",
            said=[
                Said(at=at(f"{place % 12 + 8}:0{place % 10}:00"), who="customer", text="Hi there?"),
                Said(at=at(f"{place % 12 + 9}:2{place % 10}:00"), who="agent", text=f"Yes {place}"),
            ],
        )
        for place in range(72)
    ),
]


def written(folder: Path, language: str, chats: Sequence[Chat] = BUSY) -> Path:
    path = LAYOUTS["line_oa zh-Hant"].write(folder, chats)
    page = folder / "page.html"
    given = ("--tz", "Asia/Taipei", "--html", str(page), "--language", language)
    assert main(["report", str(path), *given]) == 0
    return page


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hant", "dark")])
async def test_the_page_breaks_its_policy_shuts_somebody_out_or_is_too_wide(
    chromium: Browser, tmp_path: Path, language: str, scheme: str, width: int
) -> None:
    complaints: list[str] = []
    context = await chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    page.on("console", lambda one: complaints.append(one.text))
    page.on(
        "request", lambda one: complaints.append(one.url) if "page.html" not in one.url else None
    )
    await page.goto(written(tmp_path, language).as_uri())

    assert await page.evaluate("document.documentElement.scrollWidth") == width
    # The style sheet is applied, so its hash is right.
    assert await page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert complaints == []
    for summary in await page.locator("summary").all():
        await summary.click()
    await page.get_by_role("table").first.wait_for()
    assert await page.locator("rect.fill").count() > 5
    await context.close()

    checked = await chromium.new_context(bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = await checked.new_page()
    await page.goto((tmp_path / "page.html").as_uri())
    assert await violations(page, WCAG) == []
    await checked.close()


async def test_paper_lacks_the_tables_beside_the_charts(chromium: Browser, tmp_path: Path) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(written(tmp_path, "en").as_uri())
    await page.emulate_media(media="print")

    table = page.locator("details table").first
    box = await table.bounding_box()
    assert box is not None
    assert box["height"] > 50
    await context.close()
