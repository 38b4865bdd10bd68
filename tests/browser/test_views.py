"""Saved views and alarms in a real browser, for keyboards, phones and screen readers."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect
from sqlalchemy import Connection, insert

from bot.config import load
from bot.store import alarms, mails, schema, views
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.store.tables import report_mails
from bot.store.views import Recipient
from bot.web import reports
from bot.web.keys import CONFIG
from tests.browser.access import violations
from tests.browser.conftest import OpenPage
from tests.browser.test_reports import NOW, PHONE
from tests.history import ramble
from tests.postoffice import PostOffice, post_office
from tests.web.site import Clock, Site, site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BRAND = """\
brand:
  name: {{zh-Hant: 好日子選物, en: Good Day Goods}}
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
channels: {{webchat: [{{account: site}}]}}
mail: {{host: 127.0.0.1, port: {port}, from: bot@shop.example, tls: none}}
"""
FACTS = {
    "n": 21,
    "missed": 14,
    "unanswered": 9,
    "usual": 0.113,
    "target": 3600,
    "channel": "line",
    "channel_n": 16,
    "channel_missed": 12,
    "hour": "2026-03-12T09:00:00+08:00",
    "hour_missed": 7,
}
REASON = "the login was refused: 535 5.7.8 Authentication credentials invalid"


@pytest_asyncio.fixture(loop_scope="session")
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path, office: PostOffice) -> AsyncIterator[Site]:
    """A desk with two managers, two saved views, a mail that failed, and an alarm."""
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    made.dispose()
    file = tmp_path / "config.yml"
    file.write_text(BRAND.format(port=office.port), encoding="utf-8")

    def extra(app: web.Application) -> None:
        app[CONFIG] = load(file, {})
        reports.setup(app)

    async with site(tmp_path, clock=Clock(now=NOW), extra=extra) as running:
        await running.hire("Mia", Role.MANAGER)
        await running.hire("Wei", Role.MANAGER, "zh-Hant")
        await running.database.write(lambda conn: ramble(conn, 3, until=NOW))
        await running.database.write(lambda conn: furnish(conn, running.people["Mia"]))
        yield running


def furnish(connection: Connection, mia: int) -> None:
    """What two managers have saved."""
    filters = {"span": "7d", "channel": "line"}
    for name, page, given in (
        ("LINE 早會", "", filters),
        ("Last month", "targets", {"span": "month"}),
    ):
        views.add(connection, name=name, page=page, filters=given, agent_id=mia, at=NOW)
    (_, first) = sorted(views.everything(connection), key=lambda each: each.page, reverse=True)
    to = [
        Recipient(address="mia@shop.example", language="en"),
        Recipient(address="wei@shop.example", language="zh-Hant"),
    ]
    views.mail(connection, first.id, every="day", hour=8, recipients=to, at=NOW)
    views.watch(connection, first.id, watched=True)
    row = {
        "view_id": first.id,
        "occasion": "2026-03-12",
        "due_at": NOW,
        "next_at": NOW + timedelta(minutes=4),
        "tries": 3,
    }
    for each, ended in ((to[0], None), (to[1], NOW)):
        values = {"address": each.address, "language": each.language, "ended_at": ended}
        state = {"state": "sent" if ended else "waiting", "reason": None if ended else REASON}
        connection.execute(insert(report_mails).values(row | values | state))
    alarms.raise_once(
        connection,
        first.id,
        began_at=NOW - timedelta(hours=3),
        raised_at=NOW,
        quiet=timedelta(hours=12),
        facts=FACTS,
        asks=[],
    )


OPEN = "document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
PATHS = ("/reports/views", "/reports/targets", "/reports/alarms/1")


@pytest.mark.parametrize(("name", "scheme"), [("Mia", "dark"), ("Wei", "light")])
async def test_a_page_of_views_shuts_somebody_out(
    open_page: OpenPage, name: str, scheme: str
) -> None:
    for path in PATHS:
        page = await open_page(name, path, color_scheme=scheme, bypass_csp=True)
        await page.evaluate(OPEN)

        assert await violations(page) == []
        if folder := os.environ.get("SCREENSHOTS"):
            file = f"{folder}/{name}{path.replace('/', '-')}.png"
            await page.screenshot(path=file, full_page=True)


async def test_a_page_of_views_runs_over_the_side_of_a_phone(open_page: OpenPage) -> None:
    for path in PATHS:
        page = await open_page("Wei", path, viewport=PHONE)
        await page.evaluate(OPEN)

        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, path
        if folder := os.environ.get("SCREENSHOTS"):
            await page.screenshot(
                path=f"{folder}/phone{path.replace('/', '-')}.png", full_page=True
            )


async def test_a_view_is_saved_opened_and_mailed_by_keyboard_alone(
    open_page: OpenPage, office: PostOffice
) -> None:
    page = await open_page("Mia", "/reports/channels?span=28d")

    await page.get_by_text("Save this view").press("Enter")
    await page.get_by_label("Name").fill("Four weeks")
    await page.get_by_label("Name").press("Enter")
    await expect(page.locator("h2 a", has_text="Four weeks")).to_be_visible()
    await page.get_by_role("button", name="Send me a test: Four weeks").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("mia@example.com")
    await page.locator("h2 a", has_text="Four weeks").press("Enter")

    await expect(page.locator("h1")).to_have_text("Channels and comments")
    assert [said["Subject"] for _, said in office.taken] == ["Four weeks · Good Day Goods"]


async def test_a_schedule_is_lost_or_an_alarm_stays_after_it_was_seen(
    open_page: OpenPage, shop: Site
) -> None:
    page = await open_page("Mia", "/reports/views")
    view = page.locator(".view", has_text="Last month").first

    await view.locator("summary").first.click()
    await view.get_by_label("By mail").select_option("week")
    await view.get_by_label("Recipients who read English").fill("a@shop.example\nb@shop.example")
    await view.locator("form[action$=mail] button").click()
    await expect(
        page.locator(".view", has_text="Last month").locator(".schedule").first
    ).to_have_text("Mailed every Monday at 08:00, recipients: 2")
    await page.get_by_role("button", name="I have seen it: LINE 早會").click()

    await expect(page.locator("h1")).to_contain_text("LINE 早會")
    await expect(page.locator(".alarm")).to_have_count(0)
    assert await shop.database.read(lambda conn: mails.due(conn, NOW)) is False
