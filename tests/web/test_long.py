"""The long view: other figures than the overview's are a fault; every row leads there."""

import html
import json
import re

from tests.history import ramble
from tests.web.site import Site
from tests.web.test_reports import NOW, SPAN, get, office

__all__ = ["office"]


async def test_the_long_view_counts_otherwise_than_the_overview(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 3, until=NOW))
    span = SPAN | {"as_of": NOW.isoformat()}
    told = json.loads(await get(office, "/reports/long.json", **span))
    [report] = json.loads(await get(office, "/reports/report.json", **span))["reports"]
    either = report["by_actor"]["either"]

    assert told["whole"]["n"] == either["spread"]["n"] > 10
    assert told["whole"]["answered"] == either["spread"]["answered"]
    assert told["whole"]["open"] == either["open"]
    assert [each["n"] for each in told["spans"]] == [each["n"] for each in report["days"]]
    assert {name: each["n"] for name, each in told["channels"]} == {
        each["channel"]: each["by_actor"]["either"]["spread"]["n"] for each in report["channels"]
    }


async def test_a_row_leads_to_other_asks_than_it_counts(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 4, until=NOW))
    page = await get(office, "/reports/long", **SPAN)
    rows = re.findall(r'data-key="asks"><a class="figure" href="([^"]+)"><data value="(\d+)"', page)

    assert len(rows) > 3
    for href, count in rows:
        overview = await get(office, html.unescape(href))
        found = re.search(r'<data id="n" value="(\d+)"', overview)
        assert found
        assert found[1] == count


async def test_a_filter_that_needs_single_asks_is_dropped_without_a_word(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW))
    plain = await get(office, "/reports/long", **SPAN, channel="line")
    narrowed = await get(office, "/reports/long", **SPAN, channel="line", agent="Mei")

    assert "are left out here" not in plain
    assert "are left out here" in narrowed


async def test_before_the_first_message_the_long_view_breaks(office: Site) -> None:
    assert '<data id="n" value="0">' in await get(office, "/reports/long")


async def test_the_long_view_does_not_say_whose_answers_it_counts_or_how_soon(
    office: Site,
) -> None:
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW))

    text = await get(office, "/reports/long", **SPAN, actor="human", target="300", intent="price")

    (facts,) = re.findall(r'<p class="facts">.*?</p>', text, re.DOTALL)
    assert "<span>Person</span>" in facts
    assert "Intent: <b><bdi>Price</bdi></b>" in facts
    assert '<th scope="col">Within 5 min</th>' in text


async def test_the_long_view_names_a_filter_that_it_leaves_out(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW))

    text = await get(office, "/reports/long", **SPAN, agent="Mei")

    (facts,) = re.findall(r'<p class="facts">.*?</p>', text, re.DOTALL)
    assert "Mei" not in facts
