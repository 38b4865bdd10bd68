"""The managers' pages: the same figures as everywhere else, and each opens into its asks."""

import csv
import html
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web

from bot.cli import main
from bot.config import load
from bot.reports.asks import asks
from bot.reports.choice import Choice
from bot.reports.csv import unguarded
from bot.reports.hours import Calendar
from bot.reports.live import live
from bot.reports.report import Window, report, report_json, rows
from bot.reports.waits import measured
from bot.store import schema
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.store.log import report_events
from bot.web import reports
from bot.web.keys import CAPABILITIES, CONFIG
from bot.web.reports.seam import SOURCE
from bot.web.words import words
from channels.messages import Surface
from tests.history import History, ramble
from tests.shared import shared_path
from tests.web.site import Clock, Site, site

NOW = datetime(2026, 3, 12, 3, 20, 5, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")
BRAND = """\
brand:
  name: Demo
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
  hours: {monday: ["09:00-18:00"], thursday: ["09:00-18:00"], sunday: ["22:00-02:00"]}
channels: {webchat: [{account: site}]}
"""
SPAN = {"from": "2026-03-03", "to": "2026-03-12"}
WINDOW = Window(
    start_at=datetime(2026, 3, 3, tzinfo=TAIPEI),
    end_at=datetime(2026, 3, 13, tzinfo=TAIPEI),
    as_of=NOW,
)
FIGURE = re.compile(
    r'<td data-key="(\w+)"[^>]*><a class="figure[^"]*" href="([^"]+)"><data value="([^"]*)">.*?'
    r'n = ([\d,]+)(?: · <a href="([^"]+)" aria-label="[^"]*"><data value="(\d+)">)?',
    re.DOTALL,
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with an agent (Ann) and a manager (Mia) whose pages tell of `SPAN`."""
    (tmp_path / "config.yml").write_text(BRAND, encoding="utf-8")
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    made.dispose()

    def extra(app: web.Application) -> None:
        app[CONFIG] = load(tmp_path / "config.yml", {})
        reports.setup(app)

    async with site(tmp_path, clock=Clock(now=NOW), extra=extra) as running:
        await running.hire("Ann")
        await running.hire("Mia", Role.MANAGER)
        await running.hire("Wei", Role.MANAGER, "zh-Hant")
        yield running


async def get(office: Site, path: str, *, name: str = "Mia", **query: str) -> str:
    async with office.visitor(await office.cookie(name)) as visitor:
        return await body(visitor, path, **query)


async def body(visitor: ClientSession, path: str, **query: str) -> str:
    async with visitor.get(path, params=query) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def asks_listed(visitor: ClientSession, href: str) -> tuple[int, list[str]]:
    """The total that a list claims, and the asks on all of its pages."""
    listed: list[str] = []
    next_href: str | None = href
    total = -1
    while next_href:
        text = await body(visitor, next_href)
        found = re.search(r'id="total" value="(\d+)"', text)
        assert found
        total = int(found[1])
        listed += re.findall(r'<tr data-ask="([^"]+)"', text)
        more = re.search(r'<a rel="next" href="([^"]+)"', text)
        next_href = html.unescape(more[1]) if more else None
    return total, listed


def from_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    ("seed", "clock", "days_ago"), [(0, "calendar", 0), (1, "business", 0), (2, "calendar", 4)]
)
async def test_page_program_csv_and_json_differ_from_a_recomputation_of_the_log(
    office: Site,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    seed: int,
    clock: str,
    days_ago: int,
) -> None:
    await office.database.write(lambda conn: ramble(conn, seed, until=NOW))
    as_of = NOW - timedelta(days=days_ago)
    window = replace(WINDOW, as_of=as_of)
    span = SPAN | {"as_of": as_of.isoformat()}
    events = await office.database.read(lambda conn: report_events(conn, until=as_of))
    hours = load(tmp_path / "config.yml", {}).brand.opening_hours(range(2025, 2028))
    measure = Choice(window=window, zone=TAIPEI).clock if clock == "calendar" else hours
    paired = asks(events)
    expected = json.loads(
        json.dumps(report_json(report(paired, window, zone=TAIPEI, clock=measure)))
    )
    assert expected["by_actor"]["either"]["spread"]["n"] > 10

    page = await get(office, "/reports", **span, clock=clock)
    served = json.loads(await get(office, "/reports/report.json", **span, clock=clock))
    words = ["--start", "2026-03-03", "--end", "2026-03-13", "--as-of", as_of.isoformat()]
    file = tmp_path / "asks.csv"
    code = main(
        [
            *("report", "--config", str(tmp_path / "config.yml"), "--data", str(tmp_path)),
            *(*words, "--json", "--csv", str(file)),
        ]
    )
    told = json.loads(capsys.readouterr().out)
    downloaded = await get(office, "/reports/asks.csv", **span)

    assert code == 0
    assert served["reports"] == [expected]
    assert told["reports"][0 if clock == "calendar" else 1] == expected
    assert from_csv(downloaded) == from_csv(file.read_bytes().decode())
    for actor, figures in shown_rows(page).items():
        assert figures == expected_row(expected["by_actor"][actor])
    inside = [one for one in rows(paired, as_of=as_of) if WINDOW.start_at <= one["opened_at"]]
    of_file = [one for one in from_csv(downloaded) if one["status"] != "withdrawn"]
    assert [one["wait_seconds"] for one in of_file] == [
        str(one["wait_seconds"]) for one in inside if one["status"] != "withdrawn"
    ]


def shown_rows(page: str) -> dict[str, dict[str, str]]:
    found = re.findall(r'<tr data-row="(bot|human|either)">(.*?)</tr>', page, re.DOTALL)
    assert len(found) == 3
    return {
        actor: {key: value for key, _, value, *_ in FIGURE.findall(cells)} for actor, cells in found
    }


def expected_row(figures: dict[str, Any]) -> dict[str, str]:
    spread = figures["spread"]
    within = {each["seconds"]: each["share"]["value"] for each in spread["within"]}
    values = {
        "answered": spread["answered_to_date"]["value"],
        "median": spread["median"]["value"],
        "p90": spread["p90"]["value"],
        "within_5min": within[300],
        "within_1h": within[3600],
        "within_24h": within[86400],
    }
    return {key: "" if value is None else str(value) for key, value in values.items()}


@pytest.mark.parametrize("actor", ["human", "either"])
async def test_a_figure_opens_into_other_asks_than_it_counts(office: Site, actor: str) -> None:
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW))
    async with office.visitor(await office.cookie("Mia")) as visitor:
        page = await body(visitor, "/reports", **SPAN, actor=actor)
        whole = json.loads(await body(visitor, "/reports/report.json", **SPAN))["reports"][0]
        everything = from_csv(await body(visitor, "/reports/asks.csv", **SPAN, figure="asks"))
        withdrawn = from_csv(await body(visitor, "/reports/asks.csv", **SPAN, figure="withdrawn"))
        opened = 0
        for cells in re.findall(r'<tr data-row="\w+">(.*?)</tr>', page, re.DOTALL):
            for _, href, _, n, hits_href, hits in FIGURE.findall(cells):
                total, listed = await asks_listed(visitor, html.unescape(href))
                assert total == len(set(listed)) == int(n)
                if hits_href:
                    total, listed = await asks_listed(visitor, html.unescape(hits_href))
                    assert total == len(set(listed)) == int(hits)
                    assert set(listed) == hit_by(everything, html.unescape(hits_href))
                opened += 1
        days = re.findall(
            r'<a href="([^"]+)"><data value="(\d+)">\d+</data></a></td><td><a href="([^"]+)">'
            r'<data value="(\d+)">',
            page,
        )
        for asked_href, asked, answered_href, answered in days:
            assert (await asks_listed(visitor, html.unescape(asked_href)))[0] == int(asked)
            assert (await asks_listed(visitor, html.unescape(answered_href)))[0] == int(answered)
        figures = whole["by_actor"][actor]
        counts = {
            "open": figures["open"],
            "expired": figures["expired"],
            "closed": figures["closed_without_reply"],
            "withdrawn": whole["withdrawn"],
        }
        for key, count in counts.items():
            href, value = tile(page, key)
            assert int(value) == count == (await asks_listed(visitor, href))[0]

    assert opened == 6 * (3 + len(whole["channels"]))
    assert len(days) == 10
    assert len(everything) == whole["by_actor"]["either"]["spread"]["n"]
    assert len(withdrawn) == whole["withdrawn"] > 0


def tile(page: str, key: str) -> tuple[str, str]:
    found = re.search(
        rf'<li class="tile[^"]*" data-key="{key}">.*?href="([^"]+)"><data value="([^"]*)">',
        page,
        re.DOTALL,
    )
    assert found, key
    return html.unescape(found[1]), found[2]


def hit_by(rows: list[dict[str, str]], href: str) -> set[str]:
    """What the file says about the asks that an address promises."""
    query = dict(parse_qsl(urlsplit(href).query))
    by = {"bot": {"bot"}, "human": {"agent"}}.get(query.get("actor", ""), {"bot", "agent"})
    limit = float(query["figure"].partition("within-")[2] or "inf")
    return {
        row["ask"]
        for row in rows
        if row["answered_by"] in by
        and float(row["wait_seconds"]) <= limit
        and query.get("channel") in {None, row["channel"]}
    }


async def test_an_ask_does_not_say_why_each_line_counted(office: Site) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        at = NOW - timedelta(hours=2)
        minute = timedelta(minutes=1)
        history.says("a", "我要找真人", at, bot={"handoff": True}, hands_off=True)
        history.says("a", "在嗎？", at + minute)
        history.notes("a", mei, "VIP", at + 2 * minute)
        history.closes("a", mei, at + 3 * minute)
        history.replies("a", mei, "您好", at + 4 * minute)
        history.says("a", "謝謝", at + 5 * minute)

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))

    page = await get(office, "/reports/asks/1")

    assert re.findall(r'data-reason="(\w+)"', page) == [
        *("opens", "notice", "handoff", "joins", "note", "close", "take", "answers", "later"),
    ]
    assert "Mei" in page
    assert "4 min" in page


async def test_the_oldest_wait_is_not_first_or_leads_elsewhere(office: Site) -> None:
    def tell(history: History) -> None:
        history.says("new", "有貨嗎？", NOW - timedelta(hours=2), name="New")
        history.says("old", "多少錢？", NOW - timedelta(days=6), name="Old")
        history.says("gone", "還在嗎？", NOW - timedelta(days=8), name="Gone")

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=9))))

    page = await get(office, "/reports/unanswered", **{"from": "2026-03-12", "to": "2026-03-12"})

    assert re.findall(r"<bdi>(New|Old|Gone)</bdi>", page) == ["Old", "New"]
    assert re.findall(r'href="(/desk/\d+)', page)[-2:] == ["/desk/2", "/desk/1"]
    assert 'value="518400.0"' in page


async def test_a_polled_channels_waits_look_like_anothers(
    office: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(history: History) -> None:
        history.says("a", "hello?", NOW - timedelta(hours=1))

    await office.database.write(lambda conn: ask(History(conn, NOW - timedelta(days=1))))
    assert "does not call us" not in await get(office, "/reports")
    able = office.app[CAPABILITIES]
    asked = replace(able["line"], poll_interval=timedelta(seconds=60))
    monkeypatch.setitem(cast(dict[str, Any], able), "line", asked)

    assert "LINE does not call us: its waits hold up to 1 min" in await get(office, "/reports")


async def test_what_a_customer_writes_runs_as_markup(office: Site) -> None:
    def tell(history: History) -> None:
        evil = "<img src=x onerror=alert(1)>\"'"
        at = NOW - timedelta(hours=1)
        history.says("a", evil, at, name=evil, contact=evil)
        history.replies("a", history.agent(evil), evil, at + timedelta(minutes=1))

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))

    pages = [
        await get(office, "/reports"),
        await get(office, "/reports/asks"),
        await get(office, "/reports/asks/1"),
    ]

    assert all("<img" not in page for page in pages)
    assert all("&lt;img src=x onerror=alert(1)&gt;" in page for page in pages[1:])


async def test_a_hostile_cell_runs_in_a_spreadsheet_or_changes(office: Site) -> None:
    cells = [
        cell
        for cell in json.loads(
            shared_path("badinput/own/csv_cells.json").read_text(encoding="utf-8")
        )["items"]
        if "\0" not in cell
    ]
    place: dict[str, Any] = {"channel": "page_comments", "post": "p"}

    def tell(history: History) -> None:
        for number, cell in enumerate(cells):
            at = NOW - timedelta(hours=1, seconds=number)
            history.says(
                f"p/c{number}",
                "多少錢？",
                at,
                root=f"c{number}",
                contact=cell,
                surface=Surface.COMMENT,
                **place,
            )

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))

    text = await get(office, "/reports/asks.csv")
    authors = [one["author"] for one in from_csv(text)]

    assert text.startswith("\ufeff")
    assert [unguarded(each) for each in authors] == cells[::-1]
    assert not any(each[:1] in set("=+-@\t\r\n＝＋－＠") for each in authors)


async def test_an_agent_reads_the_reports(office: Site) -> None:
    async with office.visitor(await office.cookie("Ann")) as visitor:
        for path in ("/reports", "/reports/asks", "/reports/asks.csv", "/reports/report.json"):
            async with visitor.get(path) as answer:
                assert answer.status == 403


async def test_a_stranger_reads_the_reports(office: Site) -> None:
    async with office.visitor() as visitor, visitor.get("/reports", allow_redirects=False) as got:
        assert got.status == 303


async def test_who_waits_is_listed_without_how_it_goes_right_now(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 3, until=NOW, steps=300))
    text = await get(office, "/reports/unanswered", as_of=NOW.isoformat())

    events = await office.database.read(lambda conn: report_events(conn, until=NOW))
    group = measured(asks(events), as_of=NOW, clock=Calendar())
    found = live(group, as_of=NOW, seconds=3600)
    assert found.n > 3
    assert f'<data value="{found.within.value}">' in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports?from=2026-02-30", 422),
        ("/reports?from=2026-03-05&to=2026-03-04", 422),
        ("/reports?from=0001-01-01&to=9999-12-31", 422),
        ("/reports?from=0001-01-01", 422),
        ("/reports?actor=nobody", 422),
        ("/reports?clock=sundial", 422),
        ("/reports?as_of=2026-03-05T10:00", 422),
        ("/reports/asks?figure=all%27--", 422),
        ("/reports/asks?page=0", 422),
        ("/reports/asks?page=2", 404),
        ("/reports/asks/999", 404),
        ("/reports/asks/2", 404),
    ],
)
async def test_a_nonsensical_address_breaks_the_page(office: Site, path: str, status: int) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", NOW - timedelta(hours=1), bot={})

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))

    async with office.visitor(await office.cookie("Mia")) as visitor, visitor.get(path) as got:
        assert got.status == status


async def test_before_the_first_message_the_pages_show_figures(office: Site) -> None:
    assert "No asks in these days yet" in await get(office, "/reports")
    assert "Nobody is waiting" in await get(office, "/reports/unanswered")
    assert "這段期間還沒有提問" in await get(office, "/reports", name="Wei")


async def test_a_new_message_does_not_show_because_the_old_report_is_remembered(
    office: Site,
) -> None:
    at = NOW - timedelta(hours=1)
    await office.database.write(lambda conn: History(conn, at).says("a", "有貨嗎？", at, bot={}))
    first = await get(office, "/reports")
    remembered = office.app[SOURCE]
    await get(office, "/reports")

    await office.database.write(lambda conn: History(conn, at).says("b", "在嗎？", at, id="b"))

    assert tile(first, "open")[1] == "0"
    assert tile(await get(office, "/reports"), "open")[1] == "1"
    assert len(remembered._cohorts) == 1


async def test_an_older_instant_tells_what_was_known_then(office: Site) -> None:
    at = NOW - timedelta(hours=2)

    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at, bot={}, answered_at=at + timedelta(hours=1))

    await office.database.write(lambda conn: tell(History(conn, at)))
    then = (at + timedelta(minutes=30)).isoformat()

    assert tile(await get(office, "/reports"), "open")[1] == "0"
    assert tile(await get(office, "/reports", as_of=then), "open")[1] == "1"


async def test_durations_read_wrong_in_chinese(office: Site) -> None:
    at = NOW - timedelta(hours=2)

    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at, bot={}, answered_at=at + timedelta(seconds=680))

    await office.database.write(lambda conn: tell(History(conn, at)))

    assert "11 分 20 秒" in await get(office, "/reports", name="Wei")
    assert "11 min 20 s" in await get(office, "/reports")


def test_a_word_of_the_reports_is_missing_in_one_language() -> None:
    ours = [
        {key for key in words(language).texts if key.startswith("reports.")}
        for language in ("en", "zh-Hant")
    ]

    assert ours[0] == ours[1]
