"""The desk for everybody: no violation of WCAG 2.2 A and AA that axe can find."""

from typing import Any

import pytest
from sqlalchemy import Connection

from bot.store import lessons, reviews, teaching
from bot.store.agents import Role, set_language
from tests.browser.access import WCAG, violations
from tests.browser.conftest import OpenPage
from tests.web.site import START, Site, Talk, hear

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def reviewable(shop: Site) -> None:
    """Something to review, and one example of each state."""
    for thread, text in (("r1", "有賣雨傘嗎"), ("r2", "do you sell umbrellas")):
        said: dict[str, Any] = {
            "message": f"{thread}-0",
            "decision": "Respond",
            "intent": "oos",
            "why": "x",
        }
        said |= {"templates": ["not_sure"], "language": "en", "source": "classifier"}
        facts = said | {"ranking": [["stock", 0.4], ["price", 0.3]], "confidence": 0.6}
        await shop.talk(Talk(thread=thread, lines=(text,), log=(("decided", "bot", facts),)))
    at, ada = shop.clock(), shop.people["Ada"]
    looked = await shop.database.read(lambda conn: reviews.look(conn, after=0, now=at))

    def write(connection: Connection) -> None:
        reviews.keep(connection, looked, now=at)
        for text in ("one", "two", "three", "four"):
            teaching.teach(
                connection,
                intent="stock",
                language="en",
                text=text,
                message_id=None,
                agent_id=ada,
                at=at,
            )
        teaching.judged(connection, [1], used=True, at=at)
        teaching.judged(connection, [2], used=False, at=at)
        teaching.withdraw(connection, 3, agent_id=ada, at=at)
        number = lessons.claim(connection, owner="a", now=at)
        assert number is not None
        lessons.end(connection, number, now=at, accepted=False, before=0.9, after=0.8)

    await shop.database.write(write)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-Hant", "en"])
async def test_no_page_shuts_anybody_out(
    shop: Site, open_page: OpenPage, scheme: str, language: str
) -> None:
    ada = shop.people["Ada"]
    await shop.database.write(lambda conn: set_language(conn, ada, language))
    await shop.hire("Zoe", Role.MANAGER)
    facts = {"intent": "price", "confidence": 0.5, "why": "x", "ranking": [["price", 0.5]]}
    talk = await shop.talk(
        Talk(
            thread="1",
            ago=30,
            log=(("decided", "bot", facts), ("handoff", "bot", {"reason": "rule"})),
        )
    )
    for ago in (1, 7):
        await shop.talk(Talk(thread=f"t{ago}", ago=ago, channel="page_comments"))

    def more(connection: object) -> None:
        for author, columns in (("bot", {}), ("agent", {}), ("agent", {"visibility": "note"})):
            hear(connection, talk, "words", START, direction="out", author=author, **columns)  # type: ignore[arg-type]

    await shop.database.write(more)
    await reviewable(shop)
    found: list[str] = []
    paths = ("/desk", f"/desk/{talk}", "/account", "/desk/agents", "/desk/replies", "/desk/parked")
    others = ("/review", "/review/taught", f"/desk/{talk}/why/1", "/login")
    for path in (*paths, *others):
        who = None if path == "/login" else "Ada"
        page = await open_page(who, path, color_scheme=scheme, bypass_csp=True, locale=language)
        if path == f"/desk/{talk}":
            await page.locator("details.why summary").click()
            await page.locator("#text").press_sequentially("/")
            await page.locator("#canned .option").first.wait_for()
        if path == "/review":
            await page.locator("details.start summary").first.click()
            found += [f"{path} {one}" for one in await violations(page, WCAG)]
            await page.locator(".why-link").first.click()
            await page.locator("#drawer .explained").wait_for()
        found += [f"{path} {one}" for one in await violations(page, WCAG)]
        await page.context.close()

    assert found == []


async def test_an_address_is_torn_to_letters_on_a_phone(shop: Site, open_page: OpenPage) -> None:
    page = await open_page("Ada", "/desk/agents", viewport={"width": 390, "height": 844})

    box = await page.get_by_text("ann@example.com").bounding_box()

    assert box is not None
    assert box["height"] < 32
