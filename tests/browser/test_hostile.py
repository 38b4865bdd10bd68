"""What customers may write, shown to agents in a real browser: it stays text."""

import json
from typing import Any

import pytest
from playwright.async_api import expect

from bot.store import canned
from bot.store.tables import labels
from tests.browser.conftest import OpenPage
from tests.shared import shared_path
from tests.web.site import START, Site, Talk, hear

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def hostile() -> list[str]:
    own = json.loads(shared_path("badinput/own/desk_xss.json").read_text())["items"]
    tricks = json.loads(shared_path("badinput/own/unicode_tricks.json").read_text())["items"]
    lists = [
        json.loads(shared_path(f"badinput/fetched/{name}.json").read_text())["items"]
        for name in ("xss", "xss_h5sc")
    ]
    return [*own, *tricks, *lists[0][::12], *lists[1][::3]]


async def test_nothing_that_customers_write_ever_runs(shop: Site, open_page: OpenPage) -> None:
    items = [str(item).encode("utf-8", "replace").decode() for item in hostile()]
    assert len(items) > 200
    talk = await shop.talk(Talk(thread="0", name=items[0], slots={"order_number": items[1]}))

    def everywhere(connection: Any) -> None:
        for number, text in enumerate(items[:250]):
            column = [{"type": "file", "title": text, "url": text}]
            hear(connection, talk, text, START, attachments=column if number % 2 else None)
        connection.execute(labels.insert().values(conversation_id=talk, label=items[2][:64]))
        canned.add(connection, key="x", language="en", text=items[3])

    await shop.database.write(everywhere)
    others = [
        await shop.talk(
            Talk(thread=f"t{at}", name=text, lines=(text,), language=text[:16], reason=text[:64])
        )
        for at, text in enumerate(items[:45])
    ]

    page = await open_page("Ann", f"/desk/{talk}")
    await expect(page.locator("#lines .message")).to_have_count(251)
    await page.locator("#text").press_sequentially("/")
    await expect(page.locator("#canned .option").first).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("#lines .message").last.hover()
    shop.signals.publish("desk", {"conversation": talk, "type": "message"})
    await page.locator(f"#row-{others[0]}").click()
    await expect(page.locator("#head")).to_have_attribute("data-id", str(others[0]))

    assert await page.evaluate("window.__pwned") is None
    shown = await page.locator("#lines .message .text").first.text_content()
    assert shown == items[0] == "<script>window.__pwned=1</script>"
    foreign = "script:not([src^='/static/']), iframe, img, object, embed, video, base, [style]"
    assert await page.locator(foreign).count() == 0
