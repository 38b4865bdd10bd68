"""Every page of the reports: its numbers open the asks they count, its filters hold together."""

import html
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.store.agents import Role
from bot.web import reports
from tests.history import History, ramble
from tests.web.site import Clock, Site, site
from tests.web.test_reports import NOW, SPAN, asks_listed, body, from_csv, get, office

__all__ = ["office"]

PAGES = ("", "/times", "/agents", "/channels", "/intents", "/targets", "/engagement", "/staffing")
COUNT = re.compile(
    r'<(?:td|li)[^>]*data-key="(\w+)"[^>]*>(?:(?!</td>|</li>).)*?<a class="figure[^"]*" '
    r'href="([^"]+)"><data value="([^"]*)">((?:(?!</td>|</li>).)*)',
    re.DOTALL,
)
N = re.compile(r"n = ([\d,]+)")
HITS = re.compile(r'<a href="([^"]+)" aria-label="[^"]*"><data value="(\d+)">')


@pytest.fixture
async def told(office: Site) -> Site:
    """A desk with ten days behind it."""
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW, steps=120))
    return office


@pytest.mark.parametrize(
    "page", ["", "/times", "/agents", "/channels", "/intents", "/targets", "/engagement"]
)
@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"measure": "touch", "target": "300"},
        {"measure": "human", "scope": "first"},
        {"actor": "human", "clock": "business", "channel": "line", "target": "14400"},
        {"intent": "price", "language": "en"},
    ],
)
async def test_a_number_opens_other_asks_than_it_counts(
    told: Site, page: str, chosen: dict[str, str]
) -> None:
    opened = 0
    async with told.visitor(await told.cookie("Mia")) as visitor:
        text = await body(visitor, f"/reports{page}", **SPAN, **chosen)
        for key, href, value, rest in COUNT.findall(text):
            if key == "oldest":
                continue
            n = N.search(rest)
            total, listed = await asks_listed(visitor, html.unescape(href))
            assert total == len(set(listed)) == int((n[1] if n else value).replace(",", "")), key
            for hits_href, hits in HITS.findall(rest):
                assert (await asks_listed(visitor, html.unescape(hits_href)))[0] == int(hits), key
            opened += 1

    assert opened > 5


@pytest.mark.parametrize("page", PAGES)
async def test_page_and_json_of_one_address_differ(told: Site, page: str) -> None:
    path = f"/reports{page}.json" if page else "/reports/report.json"

    made = json.loads(await get(told, path, **SPAN))
    text = await get(told, f"/reports{page}", **SPAN)

    raw = set(
        re.findall(
            r'(?:class="(?:value|figure)[^>]*>|<p class="counted">.*?)<data[^>]* value="([^"]+)"',
            text,
        )
    )
    numbers = {str(number) for number in _numbers(made)}
    shown = {each for each in raw if "." in each}
    assert shown <= numbers
    assert len(shown) > (1 if page == "/staffing" else 3)


def _numbers(value: object) -> list[object]:
    match value:
        case dict():
            return [each for inner in value.values() for each in _numbers(inner)]
        case list():
            return [each for inner in value for each in _numbers(inner)]
        case _:
            return [value]


async def test_a_filter_is_lost_on_the_way_to_the_asks_or_to_the_file(told: Site) -> None:
    chosen = {"intent": "price", "scope": "first", "surface": "dm"}
    async with told.visitor(await told.cookie("Mia")) as visitor:
        text = await body(visitor, "/reports/times", **SPAN, **chosen)
        found = re.search(r'<data id="n" value="(\d+)">', text)
        assert found
        (csv,) = re.findall(r'href="([^"]*asks[.]csv[^"]*)" download', text)
        rows = from_csv(await body(visitor, html.unescape(csv)))

    assert len([row for row in rows if row["status"] != "withdrawn"]) == int(found[1]) > 0
    assert {row["intent"] for row in rows} == {"price"}
    assert {row["first_in_thread"] for row in rows} == {"True"}
    assert 'value="price" selected' in text


async def test_what_is_remembered_of_one_choice_is_shown_for_another(told: Site) -> None:
    async def n(**chosen: str) -> int:
        made = json.loads(await get(told, "/reports/intents.json", **SPAN, **chosen))
        assert made["page"]["whole"]["asks"] == made["counted"]["n"]
        return int(made["counted"]["n"])

    whole, dm, comments = await n(), await n(surface="dm"), await n(surface="comment")

    assert whole == dm + comments
    assert min(dm, comments) > 0


@pytest.mark.parametrize("page", [*PAGES, "/unanswered"])
@pytest.mark.parametrize("name", ["Mia", "Wei"])
async def test_before_the_first_message_a_page_breaks_or_leaves_people_alone(
    office: Site, page: str, name: str
) -> None:
    text = await get(office, f"/reports{page}", name=name)

    assert re.search(
        "No asks in these days|Nobody is waiting|Too short|還沒有提問|沒有人在等|歷史太短", text
    )


@pytest.mark.parametrize(
    "address",
    [
        "?compare=never",
        "?measure=luck",
        "?surface=moon",
        "?weekday=7",
        "?hour=24",
        "?hour=-1",
        "?target=0",
        "?target=abc",
        "?target=99999999",
        "?scope=some",
        f"?label={'x' * 999}",
        "/times?layer=sky",
        "/staffing?people=0",
        "/staffing?handling=x",
        "/asks?figure=hand-",
    ],
)
async def test_nonsense_in_an_address_breaks_a_page(office: Site, address: str) -> None:
    cookie = await office.cookie("Mia")
    async with office.visitor(cookie) as visitor, visitor.get(f"/reports{address}") as got:
        assert got.status == 422


@pytest.mark.parametrize("page", PAGES[1:])
async def test_an_agent_reads_what_is_the_managers(office: Site, page: str) -> None:
    async with office.visitor(await office.cookie("Ann")) as visitor:
        for path in (f"/reports{page}", f"/reports{page}.json"):
            async with visitor.get(path) as answer:
                assert answer.status == 403


async def test_what_customers_and_agents_write_runs_as_markup(office: Site) -> None:
    evil = "<img src=x onerror=alert(1)>\"'"

    def tell(history: History) -> None:
        at = NOW - timedelta(hours=2)
        mei = history.agent(evil)
        meant = {"intent": evil, "language": evil}
        for each in range(6):
            history.says(f"t{each}", evil, at, hands_off=True, reason=evil, understood=meant)
            history.labels(f"t{each}", mei, evil[:64], at)
            history.replies(f"t{each}", mei, evil, at + timedelta(minutes=each + 1))

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))

    for page in PAGES:
        text = await get(office, f"/reports{page}", label=evil[:64], intent=evil)
        assert "<img" not in text


async def test_an_ask_that_waits_cannot_be_taken_from_the_list(office: Site) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        history.says("free", "在嗎？", NOW - timedelta(hours=2))
        history.says("held", "有貨嗎？", NOW - timedelta(hours=1))
        history.takes("held", mei, NOW - timedelta(minutes=5))

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))
    cookie = await office.cookie("Mia")
    text = await get(office, "/reports/unanswered")
    forms = re.findall(r'<form method="post" action="([^"]+/take[^"]*)">.*?value="([^"]+)"', text)
    assert len(forms) == 1
    assert "In the hands of <bdi>Mei</bdi>" in text

    async with office.visitor(cookie) as visitor:
        csrf = {"csrf": await office.csrf(cookie)}
        async with visitor.post(html.unescape(forms[0][0]), data=csrf) as got:
            assert got.status == 200

    assert "In the hands of <bdi>Mia</bdi>" in await get(office, "/reports/unanswered")


async def test_a_share_of_four_asks_is_shown_as_if_it_meant_something(office: Site) -> None:
    def tell(history: History) -> None:
        for each in range(4):
            history.says(f"t{each}", "在嗎？", NOW - timedelta(hours=2), bot={})

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))

    text = await get(office, "/reports")

    (tile,) = re.findall(r'<li class="tile answered thin".*?</li>', text, re.DOTALL)
    assert "too few to tell" in tile
    assert "100" not in tile
    assert "n = 4" in tile


async def test_the_figures_before_are_of_other_days_or_asks(office: Site) -> None:
    def tell(history: History) -> None:
        history.says("a", "早", NOW - timedelta(days=2), bot={})
        for each in range(3):
            history.says(f"t{each}", "在嗎？", NOW - timedelta(days=9), bot={})

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=20))))
    days = {"from": "2026-03-08", "to": "2026-03-12"}

    # The dash is how a span reads.
    before = "Compared with 2026-03-0{} ({}) – 2026-03-0{} ({}): 3 asks"
    assert before.format(3, "Tue", 7, "Sat") in await get(office, "/reports", **days)
    weeks = await get(office, "/reports", **days, compare="weeks")
    assert before.format(1, "Sun", 5, "Thu") in weeks
    assert "Compared with" not in await get(office, "/reports", **days, compare="none")


async def test_the_colours_of_the_week_have_no_ends(told: Site) -> None:
    made = json.loads(await get(told, "/reports/times.json", **SPAN))
    rates = [hour["per_hour"] for hour in made["page"]["week"] if hour["per_hour"] is not None]
    text = await get(told, "/reports/times", **SPAN)

    ends = re.findall(r'<p class="legend scale">(.*?)<svg.*?</svg>(.*?)</p>', text, re.DOTALL)
    assert ends == [(f"{min(rates):.1f}", f"{max(rates):.1f}")]
    assert min(rates) < max(rates)


@pytest.mark.parametrize("page", ["/agents", "/channels"])
async def test_a_share_within_the_target_does_not_say_which(told: Site, page: str) -> None:
    text = await get(told, f"/reports{page}", **SPAN, target="14400")

    headings = re.findall(r'<th scope="col">([^<]*)</th>', text)
    assert [one for one in headings if re.search("(Within|within) 4 h", one)] != []


async def test_staffing_speaks_of_opening_hours_that_nobody_set(
    office: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def tell(history: History) -> None:
        for week in (3, 2, 1):
            at = NOW - timedelta(weeks=week) + timedelta(hours=2)
            history.says(f"t{week}", "在嗎？", at, hands_off=True)

    def told(connection: Connection) -> None:
        tell(History(connection, NOW - timedelta(weeks=4)))

    await office.database.write(told)
    folder = tmp_path_factory.mktemp("always")
    async with site(folder, clock=Clock(now=NOW), extra=reports.setup) as always:
        await always.hire("Mia", Role.MANAGER)
        await always.database.write(told)

        assert "at work in the opening hours" in await get(office, "/reports/staffing")
        assert "at work day and night" in await get(always, "/reports/staffing")


async def test_closing_after_the_answer_is_said_to_leave_the_customer_waiting(
    office: Site,
) -> None:
    def tell(history: History) -> None:
        at = NOW - timedelta(hours=2)
        mei = history.agent("Mei")
        history.says("a", "在嗎？", at)
        history.replies("a", mei, "在。", at + timedelta(minutes=1))
        history.closes("a", mei, at + timedelta(minutes=2))

    await office.database.write(lambda conn: tell(History(conn, NOW - timedelta(days=1))))
    (place,) = set(re.findall(r'href="(/reports/asks/[^"]+)"', await get(office, "/reports/asks")))

    text = await get(office, html.unescape(place))
    assert "was closed, after the answer" in text
    assert "the clock runs on" not in text
