"""Saved views: shared by managers, moving with the calendar, mailed once, late if need be."""

import asyncio
import csv
import html
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot.config import load
from bot.mail import MailError
from bot.store import mails, schema, views
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.store.mails import LEASE, Mail
from bot.store.tables import report_views
from bot.store.views import Every, Recipient, View
from bot.web import reports
from bot.web.keys import CONFIG, KEEPER
from bot.web.reports import query, shown
from bot.web.reports.mailing import TRIES, Mailing
from bot.web.reports.spans import SPANS, days_of
from tests.history import ramble
from tests.postoffice import PostOffice, post_office
from tests.web.site import Clock, Site, config, site

NOW = datetime(2026, 3, 12, 3, 20, 5, tzinfo=UTC)
TODAY = date(2026, 3, 12)
BRAND = """\
brand:
  name: {{zh-Hant: 好日子選物, en: Good Day Goods}}
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
web: {{public_url: "https://desk.shop.example", secure_cookies: false}}
channels: {{webchat: [{{account: site}}]}}
mail: {{host: 127.0.0.1, port: {port}, from: bot@shop.example, tls: none}}
"""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bureau:
    """A desk with two managers, ten days behind it, and a mail server."""

    site: Site
    office: PostOffice

    def mailing(self, name: str = "one") -> Mailing:
        app = self.site.app
        return Mailing(
            name=name,
            config=app[CONFIG],
            database=self.site.database,
            keeper=app[KEEPER],
            clock=self.site.clock,
            patience=0.5,
        )

    async def posts(self, path: str, who: str = "Mia", /, **fields: str) -> tuple[int, str]:
        cookie = await self.site.cookie(who)
        given = {"csrf": await self.site.csrf(cookie), **fields}
        async with self.site.visitor(cookie) as visitor:
            return await _answer(visitor, path, given)

    async def page(self, path: str = "/reports/views", name: str = "Mia") -> str:
        cookie = await self.site.cookie(name)
        async with self.site.visitor(cookie) as visitor, visitor.get(path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def view(self) -> View:
        (found,) = await self.site.database.read(views.everything)
        return found

    async def saved(
        self, *to: tuple[str, str], every: Every = "day", address: str = "/reports?span=7d"
    ) -> View:
        await self.posts("/reports/views", name="Morning", page="", address=address)
        view = await self.view()
        recipients = [Recipient(address=who, language=tag) for who, tag in to]
        at = self.site.clock()
        await self.site.database.write(
            lambda conn: views.mail(
                conn, view.id, every=every, hour=9, recipients=recipients, at=at
            )
        )
        return await self.view()

    async def mails(self) -> list[Mail]:
        view = await self.view()
        return await self.site.database.read(lambda conn: mails.latest(conn, view.id, limit=99))


async def _answer(visitor: ClientSession, path: str, given: dict[str, str]) -> tuple[int, str]:
    async with visitor.post(path, data=given, allow_redirects=False) as answer:
        return answer.status, await answer.text()


@pytest.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Bureau]:
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    made.dispose()
    async with post_office() as office:
        file = tmp_path / "config.yml"
        file.write_text(BRAND.format(port=office.port), encoding="utf-8")

        def extra(app: web.Application) -> None:
            app[CONFIG] = load(file, {})
            reports.setup(app)

        async with site(tmp_path, clock=Clock(now=NOW), extra=extra) as running:
            await running.hire("Ann")
            await running.hire("Mia", Role.MANAGER)
            await running.hire("Wei", Role.MANAGER, "zh-Hant")
            await running.database.write(lambda conn: ramble(conn, 5, until=NOW, steps=60))
            yield Bureau(running, office)


def parts(said: EmailMessage) -> dict[str, str]:
    return {
        each.get_content_type(): _text(each.get_payload(decode=True))
        for each in said.walk()
        if not each.is_multipart()
    }


def _text(payload: object) -> str:
    assert isinstance(payload, bytes)
    return payload.decode()


async def test_a_view_of_one_manager_is_lost_on_another(bureau: Bureau) -> None:
    address = "/reports/channels?channel=line&span=month&target=300&as_of=2026-01-01T00:00:00Z"
    await bureau.posts("/reports/views", name="LINE 月報", page="channels", address=address)

    text = await bureau.page(name="Wei")

    (href,) = re.findall(r'<h2 id="v-\d+"><a href="([^"]+)"><bdi>LINE 月報', text)
    path = urlsplit(html.unescape(href))
    assert path.path == "/reports/channels"
    assert dict(parse_qsl(path.query)) == {"span": "month", "channel": "line", "target": "300"}
    assert "上個月" in text
    assert "2026-02-28" in await bureau.page(html.unescape(href))


async def test_a_view_cannot_be_renamed_or_deleted_or_two_bear_one_name(bureau: Bureau) -> None:
    for name in ("One", "Two"):
        assert (await bureau.posts("/reports/views", name=name, page="", address=""))[0] == 303
    status, text = await bureau.posts("/reports/views", name="Two", page="", address="")
    assert (status, "Another view has this name." in text) == (422, True)
    one, two = await bureau.site.database.read(views.everything)

    assert (await bureau.posts(f"/reports/views/{one.id}/name", name="Two"))[0] == 422
    assert (await bureau.posts(f"/reports/views/{one.id}/name", name=" Uno "))[0] == 303
    assert (await bureau.posts(f"/reports/views/{two.id}/remove"))[0] == 303

    assert [each.name for each in await bureau.site.database.read(views.everything)] == ["Uno"]
    for act in ("remove", "test", "name", "watch", "mail"):
        status, _ = await bureau.posts(f"/reports/views/{two.id}/{act}", name="X", hour="8")
        assert status == 404, act


@pytest.mark.parametrize(
    ("name", "page", "address", "status"),
    [
        ("", "", "", 422),
        ("x" * 65, "", "", 422),
        ("a\u2028b", "", "", 422),
        ("A", "nowhere", "", 422),
        ("A", "", "/reports?target=0", 422),
        ("A", "", "/reports?span=never", 422),
        ("A", "", "https://elsewhere.example/?channel=line", 303),
    ],
)
async def test_nonsense_is_saved(
    bureau: Bureau, name: str, page: str, address: str, status: int
) -> None:
    assert (await bureau.posts("/reports/views", name=name, page=page, address=address))[
        0
    ] == status


async def test_a_stranger_changes_a_view(bureau: Bureau) -> None:
    await bureau.saved()
    id = (await bureau.view()).id
    changes = [f"/reports/views/{id}/{act}" for act in ("name", "mail", "test", "watch", "remove")]

    for path in ("/reports/views", *changes, "/reports/alarms/1/acknowledge"):
        assert (await bureau.posts(path, "Ann"))[0] == 403, path
        assert (await bureau.posts(path, csrf="forged"))[0] == 403, path

    assert (await bureau.view()).name == "Morning"


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sampled_from(SPANS))
def test_a_span_has_a_gap_or_reaches_into_the_future(today: date, span: str) -> None:
    first, last = days_of(span, today)

    assert first <= last <= today
    if span in ("week", "month"):
        following, _ = last + timedelta(days=1), today
        assert days_of(span, following)[1] == last
        assert days_of(span, first)[1] == first - timedelta(days=1)


@pytest.mark.parametrize("span", SPANS)
def test_a_span_is_lost_in_a_link_or_holds_the_days_that_were_chosen(
    tmp_path: Path, span: str
) -> None:
    brand = config(tmp_path)
    asked = query.read({"span": span}, brand, now=NOW)
    link = dict(parse_qsl(urlsplit(asked.link("/reports/times", target=300)).query))
    form = {"span": span, "from": str(asked.first), "to": str(asked.last)}

    assert link == {"span": span, "target": "300"}
    assert query.read(form, brand, now=NOW) == asked
    other = query.read({**form, "from": "2026-01-01"}, brand, now=NOW)
    assert (other.first, other.last, other.span) == (date(2026, 1, 1), asked.last, None)
    assert "span" not in asked.of_day(TODAY, "asks")
    later = query.read(link, brand, now=NOW + timedelta(days=40))
    assert (later.first, later.last) == days_of(span, date(2026, 4, 21))


async def test_a_mail_lacks_a_part_or_differs_from_the_page(bureau: Bureau) -> None:
    await bureau.saved(("mia@shop.example", "en"), ("wei@shop.example", "zh-Hant"))
    bureau.site.clock.turn(timedelta(days=1))

    await bureau.mailing().look()

    got = dict(bureau.office.taken)
    assert set(got) == {"mia@shop.example", "wei@shop.example"}
    said = got["mia@shop.example"]
    assert said["Subject"] == "Morning · Good Day Goods"
    assert got["wei@shop.example"]["Subject"] == "Morning．好日子選物"
    found = parts(said)
    (link,) = re.findall(r"https://desk\.shop\.example(/reports\?\S+)", found["text/plain"])
    page = await bureau.page(link)
    (csv,) = re.findall(r'href="(/reports/asks\.csv[^"]+)" download', page)
    assert await bureau.page(html.unescape(csv)) == found["text/csv"]
    (n,) = re.findall(r'<data id="n" value="(\d+)">', page)
    assert f"{n} asks" in found["text/plain"]
    shown = re.findall(r'<a class="figure" href="[^"]+"><data value="[^"]*">([^<]+)<', page)
    assert len(shown) > 3
    for figure in shown[:4]:
        assert figure in found["text/plain"]
        assert figure in html.unescape(found["text/html"])
    assert "<svg" not in found["text/html"]
    assert "全部提問" in parts(got["wei@shop.example"])["text/html"]
    links = re.findall(r'href="https://desk\.shop\.example([^"]+)"', found["text/html"])
    for href in links[:4]:
        assert await bureau.page(html.unescape(href))
    assert len(links) > 8


@pytest.mark.parametrize("page", shown.PAGES)
@pytest.mark.parametrize("every", ["day", "week", "month"])
async def test_a_page_cannot_be_mailed(bureau: Bureau, page: str, every: Every) -> None:
    await bureau.posts("/reports/views", name="Any", page=page, address="/reports?span=90d")
    id, at = (await bureau.view()).id, bureau.site.clock()
    to = [Recipient(address="wei@shop.example", language="zh-Hant")]
    await bureau.site.database.write(
        lambda conn: views.mail(conn, id, every=every, hour=9, recipients=to, at=at)
    )
    bureau.site.clock.turn(timedelta(days=31))

    await bureau.mailing().look()

    (one,) = bureau.office.taken
    found = parts(one[1])
    assert "<table" in found["text/html"]
    assert found["text/csv"].count("\n") > 3
    assert [text for text in found.values() if "{target}" in text] == []


@pytest.mark.parametrize("page", ["long", "peers", "staffing"])
async def test_a_mail_tells_other_figures_than_the_page(bureau: Bureau, page: str) -> None:
    own = "people=7&handling=90" if page == "staffing" else "span=28d&channel=line"
    address = f"/reports?target=300&{own}"
    await bureau.posts("/reports/views", name="Any", page=page, address=address)
    href = re.findall(r'<h2 id="v-\d+"><a href="([^"]+)">', await bureau.page())[0]
    id, at = (await bureau.view()).id, bureau.site.clock()
    to = [Recipient(address="mia@shop.example", language="en")]
    await bureau.site.database.write(
        lambda conn: views.mail(conn, id, every="day", hour=9, recipients=to, at=at)
    )
    bureau.site.clock.turn(timedelta(days=1))

    await bureau.mailing().look()

    ((_, said),) = bureau.office.taken
    found = parts(said)
    rows = list(csv.DictReader(io.StringIO(found["text/csv"].removeprefix("\ufeff"))))
    (link,) = re.findall(r"https://desk\.shop\.example(\S+)", found["text/plain"])
    assert urlsplit(link).path == urlsplit(href).path == f"/reports/{page}"
    assert own.split("&")[0] in html.unescape(href)
    if page != "peers":
        assert "Within 5 min" in found["text/plain"]
        assert "Within 5 min" in found["text/html"]
    shown_there = await bureau.page(link)
    figures = {row["value"] for row in rows if row["value"]}
    assert len(figures) > 3
    told = {
        "long": [row for row in rows if row["table"] == "long_whole"],
        "peers": [row for row in rows if row["figure"] == "value"],
        "staffing": [row for row in rows if row["figure"] in ("expected", "open")][:2],
    }[page]
    for row in told:
        assert f'value="{row["value"]}"' in shown_there, row
    if page == "staffing":
        assert rows[0] | {"value": "7"} == rows[0]
        assert 'name="handling" min="1" max="86400" value="90"' in shown_there


async def test_a_team_that_means_nothing_is_saved(bureau: Bureau) -> None:
    address = "/reports?people=0"
    assert (await bureau.posts("/reports/views", name="A", page="staffing", address=address))[
        0
    ] == 422


async def test_a_mail_is_sent_twice_too_early_or_for_a_time_before_it_was_wanted(
    bureau: Bureau,
) -> None:
    await bureau.saved(("mia@shop.example", "en"))
    clock, days = bureau.site.clock, []
    for _ in range(24 * 4):
        clock.turn(HOUR)
        before = len(bureau.office.taken)
        await asyncio.gather(*(bureau.mailing(f"p{each}").look() for each in range(3)))
        days += [clock().astimezone(UTC)] * (len(bureau.office.taken) - before)

    # It was 11:20 in Taipei; nine o'clock there is one o'clock in UTC.
    assert [(each.day, each.hour) for each in days] == [(13, 1), (14, 1), (15, 1), (16, 1)]


async def test_after_days_of_downtime_all_that_was_missed_comes_or_nothing(bureau: Bureau) -> None:
    await bureau.saved(("mia@shop.example", "en"))
    bureau.site.clock.turn(timedelta(days=5, hours=3))

    for name in ("before", "restarted"):
        await bureau.mailing(name).look()

    ((_, said),) = bureau.office.taken
    assert "2026-03-17 09:00:00" in parts(said)["text/plain"]


async def test_a_server_that_is_down_loses_a_mail_or_gets_it_twice(bureau: Bureau) -> None:
    await bureau.saved(("mia@shop.example", "en"))
    bureau.site.clock.turn(timedelta(days=1))
    bureau.office.behaviour = "busy"
    for _ in range(3):
        await bureau.mailing().look()

    (waiting,) = await bureau.mails()
    assert (waiting.state, waiting.tries, bureau.office.talks) == ("waiting", 1, 1)
    assert "450 4.2.0 come back later" in await bureau.page()

    bureau.office.behaviour = "takes"
    bureau.site.clock.turn(timedelta(seconds=61))
    for _ in range(3):
        await bureau.mailing().look()
    (sent,) = await bureau.mails()
    assert (sent.state, sent.tries, sent.reason) == ("sent", 2, None)
    assert len(bureau.office.taken) == 1


@pytest.mark.parametrize(
    ("behaviour", "tries"), [("refuses", 1), ("denies", 1), ("busy", TRIES), ("drops", TRIES)]
)
async def test_a_mail_is_tried_for_ever_or_given_up_in_silence(
    bureau: Bureau, behaviour: str, tries: int
) -> None:
    await bureau.saved(("mia@shop.example", "en"), every="month")
    bureau.site.clock.turn(timedelta(days=21))
    bureau.office.behaviour = behaviour
    for _ in range(TRIES + 3):
        await bureau.mailing().look()
        bureau.site.clock.turn(2 * HOUR)

    (given_up,) = await bureau.mails()
    assert (given_up.state, given_up.tries) == ("failed", tries)
    text = await bureau.page()
    assert f"Given up after {tries} tries" in text
    assert html.escape(given_up.reason or "") in text


async def test_a_process_that_died_while_it_sent_loses_the_mail(bureau: Bureau) -> None:
    await bureau.saved(("mia@shop.example", "en"))
    clock, database = bureau.site.clock, bureau.site.database
    clock.turn(timedelta(days=1))
    bureau.office.behaviour = "hangs"
    hung = asyncio.create_task(bureau.mailing("dying").look())
    await bureau.office.reached.wait()
    hung.cancel()
    await asyncio.gather(hung, return_exceptions=True)
    bureau.office.behaviour = "takes"

    await bureau.mailing("other").look()
    assert bureau.office.taken == []
    assert await database.read(lambda conn: mails.due(conn, clock())) is False
    clock.turn(LEASE)
    await bureau.mailing("other").look()

    assert len(bureau.office.taken) == 1
    assert (await bureau.mails())[0].state == "sent"


async def test_who_was_taken_off_the_list_still_gets_what_waits(bureau: Bureau) -> None:
    view = await bureau.saved(("mia@shop.example", "en"), ("old@shop.example", "en"))
    bureau.site.clock.turn(timedelta(days=1))
    bureau.office.behaviour = "busy"
    await bureau.mailing().look()
    bureau.office.behaviour = "takes"

    fields = {"every": "day", "hour": "9", "to.en": "mia@shop.example", "to.zh-Hant": ""}
    await bureau.posts(f"/reports/views/{view.id}/mail", **fields)
    bureau.site.clock.turn(HOUR)
    await bureau.mailing().look()

    assert [address for address, _ in bureau.office.taken] == ["mia@shop.example"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"every": "day", "hour": "9", "to.en": "a@b.example c@d.example"}, 303),
        ({"every": "", "hour": "0", "to.en": ""}, 303),
        ({"every": "day", "hour": "9", "to.en": ""}, 422),
        ({"every": "day", "hour": "9", "to.en": "nobody"}, 422),
        ({"every": "day", "hour": "24", "to.en": "a@b.example"}, 422),
        ({"every": "day", "hour": "9", "to.en": '"a\r\nBcc: x"@b.example'}, 422),
        (
            {"every": "day", "hour": "9", "to.en": " ".join(f"a{n}@b.example" for n in range(21))},
            422,
        ),
    ],
)
async def test_a_mail_goes_to_what_is_no_address(
    bureau: Bureau, fields: dict[str, str], status: int
) -> None:
    view = await bureau.saved()

    assert (await bureau.posts(f"/reports/views/{view.id}/mail", **fields))[0] == status


async def test_a_test_goes_to_others_or_hides_why_it_failed(bureau: Bureau) -> None:
    view = await bureau.saved(("boss@shop.example", "en"))

    status, text = await bureau.posts(f"/reports/views/{view.id}/test", "Wei")
    assert (status, "已寄到 wei@example.com" in text) == (200, True)
    bureau.office.behaviour = "denies"
    status, text = await bureau.posts(f"/reports/views/{view.id}/test")

    assert (status, "554 5.7.1 no such mails here" in text) == (422, True)
    assert [address for address, _ in bureau.office.taken] == ["wei@example.com"]
    assert await bureau.mails() == []


async def test_a_view_whose_filters_broke_stops_the_others(bureau: Bureau) -> None:
    await bureau.saved(("mia@shop.example", "en"))

    broken = update(report_views).values(filters={"clock": "business"})
    await bureau.site.database.write(lambda conn: conn.execute(broken))
    bureau.site.clock.turn(timedelta(days=1))
    await bureau.mailing().look()

    assert [each.state for each in await bureau.mails()] == ["failed"]
    assert "Its filters mean nothing any more" in await bureau.page()
    with pytest.raises(MailError):
        await bureau.mailing().send_test(await bureau.view(), (await bureau.mails())[0])
