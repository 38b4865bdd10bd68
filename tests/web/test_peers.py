"""Other products' figures on the page: as worked out, and each opens into its messages."""

import html
import json
import re

import pytest

from bot.reports.peers import PEERS, Scope, views
from bot.reports.report import Window
from bot.store.log import report_events
from bot.web.words import words
from tests.history import ramble
from tests.web.site import Site
from tests.web.test_reports import NOW, SPAN, WINDOW, get, office

__all__ = ["office"]

FIGURE = re.compile(
    r'<tr data-figure="([a-z_.]+)">.*?href="([^"]+)"><data value="([^"]*)">.*?'
    r'class="number">([\d,]+)<',
    re.DOTALL,
)
FIXED = SPAN | {"as_of": NOW.isoformat()}


async def test_a_figure_of_another_product_is_shown_otherwise_or_opens_elsewhere(
    office: Site,
) -> None:
    await office.database.write(lambda conn: ramble(conn, 2, until=NOW))
    events = await office.database.read(lambda conn: report_events(conn, until=NOW))
    hours = Scope(window=Window(start_at=WINDOW.start_at, end_at=WINDOW.end_at, as_of=NOW))
    expected = {
        f"{view.peer}.{each.name}": each for view in views(events, hours) for each in view.figures
    }
    shown = FIGURE.findall(await get(office, "/reports/peers", **FIXED))

    assert {name for name, *_ in shown} >= expected.keys()
    assert sum(int(n) for *_, n in shown) > 50
    for name, href, value, n in shown:
        if name in expected:
            assert value == ("" if expected[name].value is None else str(expected[name].value))
            assert int(n) == expected[name].n
        listed = await get(office, html.unescape(href))
        assert f'id="total" value="{n}"' in listed
        assert len(re.findall("data-message=", listed)) == min(int(n), 50)


async def test_what_a_product_leaves_out_cannot_be_opened(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 6, until=NOW))
    told = json.loads(await get(office, "/reports/peers.json", **FIXED))["peers"]

    assert set(told) == set(PEERS)
    assert told["intercom"]["left_out"] > 0
    for peer, view in told.items():
        listed = await get(office, f"/reports/peers/{peer}/unseen", **FIXED)
        assert f'id="total" value="{view["left_out"]}"' in listed
        assert listed.count("not answered</td>") == view["left_out_unanswered"]


@pytest.mark.parametrize("path", ["/reports/peers/nobody/unseen", "/reports/peers/meta/nothing"])
async def test_an_unknown_product_or_figure_breaks_the_page(office: Site, path: str) -> None:
    cookie = await office.cookie("Mia")
    async with office.visitor(cookie) as visitor, visitor.get(path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_a_product_is_not_explained(language: str) -> None:
    t = words(language)

    for peer in PEERS:
        for key in ("name", "rule", "leaves_out", "sure"):
            assert t(f"peers.{peer}.{key}")
