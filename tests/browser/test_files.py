"""An agent attaches files in a real browser: by keyboard, by pasting, by dropping."""

import asyncio

import pytest
from playwright.async_api import FileChooser, FilePayload, Page, expect
from sqlalchemy import select

from bot.store.tables import outbox
from tests.browser.conftest import OpenPage
from tests.web.site import Site, Talk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Draws a picture and hands it over as the system would.
GIVE = """async ([kind, name]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 240, height: 120 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#0b6b5d";
  pen.fillRect(0, 0, 240, 120);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const data = new DataTransfer();
  data.items.add(new File([blob], name, { type: "image/png" }));
  const how = { bubbles: true, cancelable: true };
  const box = document.getElementById("text");
  const events =
    kind === "paste"
      ? [new ClipboardEvent("paste", { ...how, clipboardData: data })]
      : ["dragover", "drop"].map((type) => new DragEvent(type, { ...how, dataTransfer: data }));
  for (const event of events) box.dispatchEvent(event);
}"""


async def chosen(page: Page, *names: str) -> None:
    await expect(page.locator("#tray bdi")).to_have_text(list(names))


async def test_files_need_a_mouse_or_are_lost_on_the_way(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="w1", channel="webchat"))
    page = await open_page("Ann", f"/desk/{talk}")
    await expect(page.locator("#line")).to_have_attribute("data-state", "on")

    # Listened for from the start: the browser must know before the key is pressed.
    asked: asyncio.Future[FileChooser] = asyncio.get_running_loop().create_future()
    page.on("filechooser", lambda one: asked.set_result(one))
    await page.locator("#text").focus()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#file")).to_be_focused()
    await page.keyboard.press("Enter")
    pdf = FilePayload(name="報價單.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 x")
    await (await asked).set_files([pdf])
    await chosen(page, "報價單.pdf")
    await page.evaluate(GIVE, ["paste", "pasted.png"])
    await page.evaluate(GIVE, ["drop", "dropped.png"])
    await chosen(page, "報價單.pdf", "pasted.png", "dropped.png")
    await page.get_by_role("button", name="Remove dropped.png").press("Enter")
    await expect(page.locator("#file")).to_be_focused()
    await chosen(page, "報價單.pdf", "pasted.png")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("#tray")).to_be_empty()
    picture = page.locator("#lines .agent img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 240
    await expect(page.locator("#lines .agent .attachment bdi")).to_have_text("報價單.pdf")
    query = select(outbox.c.message).order_by(outbox.c.seq)
    sent = await shop.database.read(lambda conn: list(conn.scalars(query)))
    assert [each["title"] for one in sent for each in one["attachments"]] == [
        "報價單.pdf",
        "pasted.png",
    ]


async def test_a_refused_file_takes_the_draft_along(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="w1", channel="webchat"))
    page = await open_page("Ann", f"/desk/{talk}")
    await page.fill("#text", "my draft")

    exe = FilePayload(name="photo.png", mimeType="image/png", buffer=b"MZ")
    await page.set_input_files("#file", [exe] * 6)
    await expect(page.locator("#alert")).to_contain_text("At most 5 files")
    await expect(page.locator("#tray")).to_be_empty()
    await page.set_input_files("#file", [exe])
    await page.locator("#send").click()

    await expect(page.locator("#alert")).to_contain_text("Only PNG, JPEG")
    await expect(page.locator("#text")).to_have_value("my draft")
    await chosen(page, "photo.png")


async def test_nobody_learns_why_files_are_off(shop: Site, open_page: OpenPage) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    page = await open_page("Ann", f"/desk/{talk}")

    await page.locator("#text").focus()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#attach-off")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.locator("#alert")).to_contain_text("web.public_url")
    await page.evaluate(GIVE, ["drop", "dropped.png"])
    await expect(page.locator("#tray")).to_be_empty()
