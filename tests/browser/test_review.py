"""Reviewing and teaching in a real browser, by keyboard alone, and the drawer that explains."""

import re
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.store import agents, reviews
from bot.store.tables import reviews as table
from bot.store.tables import taught
from tests.browser.conftest import OpenPage
from tests.web.site import Site, Talk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RANKING = [["stock", 0.41], ["price", 0.33], ["size_fit", 0.11]]


async def asked(shop: Site, *texts: str, **more: Any) -> list[int]:
    """Customers whom the bot did not understand; returns their conversations, oldest first."""
    talks = []
    for place, text in enumerate(texts):
        said: dict[str, Any] = {
            "message": f"{place}-0",
            "decision": "Respond",
            "rule": "not_understood",
        }
        said |= {"why": "not understood: oos at 0.59", "intent": "oos", "source": "classifier"}
        said |= {"language": "en", "templates": ["not_sure"]}
        facts = said | {"confidence": 0.59, "ranking": RANKING, "evidence": ["umbrella"]} | more
        log = (("decided", "bot", facts),)
        talks.append(await shop.talk(Talk(thread=str(place), lines=(text,), state="bot", log=log)))
    at = shop.clock()
    looked = await shop.database.read(lambda conn: reviews.look(conn, after=0, now=at))
    await shop.database.write(lambda conn: reviews.keep(conn, looked, now=at))
    who = shop.people["Ann"]
    await shop.database.write(lambda conn: agents.set_teaches(conn, who, teaches=True))
    return talks


async def lessons(shop: Site) -> list[tuple[str, str]]:
    query = select(taught.c.intent, taught.c.text).order_by(taught.c.id)
    return await shop.database.read(lambda conn: [tuple(row) for row in conn.execute(query)])


async def verdicts(shop: Site) -> list[str | None]:
    query = select(table.c.verdict).order_by(table.c.message_id)
    return await shop.database.read(lambda conn: list(conn.scalars(query)))


async def test_from_the_desk_to_a_taught_example_and_the_next_card_without_a_mouse(
    shop: Site, open_page: OpenPage
) -> None:
    await asked(shop, "a red umbrella", "ribbons please", "wax seals", "any umbrella stands")
    page = await open_page("Ann", "/desk")
    focused = page.locator(":focus")

    link = page.get_by_role("link", name="Review")
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await link.evaluate("(link) => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/review$"))
    await page.keyboard.press("j")
    await expect(focused).to_contain_text("any umbrella stands")
    await page.keyboard.press("1")
    await expect(page.locator("#announcer")).to_have_text(re.compile("Taught"))
    await expect(focused).to_contain_text("wax seals")
    await page.keyboard.press("e")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("wax seals, dj123")
    await page.keyboard.press("Escape")
    await page.keyboard.press("o")
    await page.keyboard.type("Price")
    await page.keyboard.press("Enter")
    await expect(focused).to_contain_text("ribbons please")
    await page.keyboard.press("d")
    await expect(focused).to_contain_text("a red umbrella")
    await page.keyboard.press("b")
    await expect(page.locator("#nothing")).to_be_focused()

    assert await lessons(shop) == [
        ("stock", "any umbrella stands"),
        ("price", "wax seals, dj123"),
    ]
    assert await verdicts(shop) == ["right", "dismissed", "taught", "taught"]


async def test_a_new_intent_by_keyboard_is_lost_with_its_first_mistake(
    shop: Site, open_page: OpenPage
) -> None:
    await asked(shop, "can you wrap it")
    page = await open_page("Ann", "/review")

    await page.keyboard.press("j")
    await page.keyboard.press("n")
    await page.keyboard.type("gift wrap")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type("可以。")
    await page.keyboard.press("Tab")
    await page.keyboard.type("We can.")
    await page.keyboard.press("Tab")
    await page.keyboard.type("包裝")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Wrapping")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#alert [role=alert]")).to_contain_text("lower-case")
    await expect(page.locator(":focus")).to_have_value("gift wrap")
    await expect(page.get_by_label("Answer English")).to_have_value("We can.")
    await expect(page.get_by_label("What customers call it English")).to_have_value("Wrapping")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("gift_wrap")
    for _ in range(6):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#nothing")).to_be_focused()

    assert await lessons(shop) == [("gift_wrap", "can you wrap it")]


async def test_letters_judge_while_somebody_writes_or_switched_them_off(
    shop: Site, open_page: OpenPage
) -> None:
    await asked(shop, "a red umbrella")
    page = await open_page("Ann", "/review")

    await page.get_by_label("Example to learn from").focus()
    await page.keyboard.type("bd12")
    await page.locator("#help-button").click()
    await page.locator("#letters").uncheck()
    await page.keyboard.press("Escape")
    await page.locator(".card").focus()
    await page.keyboard.press("d")
    await page.keyboard.press("1")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_hidden()

    assert await verdicts(shop) == [None]


async def test_the_drawer_opens_and_gives_the_focus_back(shop: Site, open_page: OpenPage) -> None:
    (talk,) = await asked(shop, "a red umbrella")
    page = await open_page("Ann", f"/desk/{talk}")
    await expect(page.locator("#line")).to_have_attribute("data-state", "on")
    link = page.locator("#lines a.why-link")

    await page.locator("#scroll").focus()
    await page.keyboard.press("w")
    drawer = page.locator("#drawer")
    await expect(drawer).to_be_visible()
    await expect(page.locator("#drawer-body")).to_be_focused()
    await expect(drawer).to_contain_text("Not understood")
    await expect(drawer.locator(".ranking li")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(link).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(drawer).to_be_visible()
    await page.locator("#why-teach").click()
    await expect(page.locator(".card .words")).to_have_text("a red umbrella")


async def test_a_server_that_is_away_takes_the_card_along(shop: Site, open_page: OpenPage) -> None:
    await asked(shop, "a red umbrella")
    page = await open_page("Ann", "/review")
    await page.route("**/verdict*", lambda route: route.abort())

    await page.keyboard.press("j")
    await page.keyboard.press("d")

    await expect(page.locator("#alert [role=alert]")).to_contain_text("Nothing was changed")
    await expect(page.locator(".card")).to_have_count(1)
