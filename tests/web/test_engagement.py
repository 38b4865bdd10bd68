"""Beyond the response: links, orders, opinions and segments, each number open to what it counts."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.store import counted
from bot.store.counted import Verdict
from bot.store.outbox import Item
from channels.messages import Surface
from tests.history import History, ramble
from tests.linked import bought, clicks, replied
from tests.web.site import Site
from tests.web.test_reports import NOW, SPAN, asks_listed, body, from_csv, get, office

__all__ = ["office"]

HOUR = timedelta(hours=1)
BEGUN = NOW - timedelta(days=5)
CELL = re.compile(r'data-key="(\w+)"[^>]*>(?:<a [^>]*>)?<data[^>]* value="([^"]*)">([^<]*)')
ROW = re.compile(r'<tr data-row="([^"]+)">(.*?)</tr>', re.DOTALL)


def tell(connection: Connection) -> None:
    """Twelve replies with links: some followed, some led to orders in two currencies."""
    history = History(connection, BEGUN)
    for number in range(10):
        thread = f"L{number}"
        meant = {"intent": "size_fit" if number % 2 else "order_status", "language": "en"}
        at = BEGUN + number * HOUR
        history.says(thread, "where?", at, id=f"link-{number}", understood=meant)
        sent = replied(
            connection,
            history.conversation(thread),
            at,
            intent=meant["intent"],
            template="sizes" if number % 2 else "order_status",
        )
        made = clicks(connection, sent, [BEGUN + 20 * HOUR] * (number % 3))
        for click in made[:1]:
            bought(connection, click, f"A{number}", BEGUN + 21 * HOUR, "10.50", "TWD")
            bought(connection, click, f"B{number}", BEGUN + 22 * HOUR, "3", "USD", signed=True)
    id = history.conversation("L0")
    replied(connection, id, BEGUN + HOUR, author="agent", template=None, intent=None)
    replied(connection, id, BEGUN + HOUR, state=Item.CANCELLED)
    replied(connection, id, NOW - timedelta(days=40))
    counted.refuse(connection, Verdict.LATE, day=BEGUN.date().toordinal())
    counted.refuse(connection, Verdict.FOREIGN, day=BEGUN.date().toordinal() - 60)


@pytest.fixture
async def shop(office: Site) -> Site:
    await office.database.write(tell)
    return office


def rows(page: str, section: str) -> dict[str, dict[str, str]]:
    """The cells of one table, by row and key, as programs read them."""
    found = re.search(rf'aria-labelledby="s-{section}".*?</section>', page, re.DOTALL)
    assert found, section
    return {
        html.unescape(name): {key: raw or text for key, raw, text in CELL.findall(cells)}
        for name, cells in ROW.findall(found[0])
    }


async def test_links_are_counted_otherwise_than_they_were_followed(shop: Site) -> None:
    page = await get(shop, "/reports/engagement", **SPAN)

    [whole] = rows(page, "links").values()
    assert whole["linked"] == "11"
    assert float(whole["clicked"]) == pytest.approx(6 / 11)
    assert float(whole["led"]) == pytest.approx(6 / 11)
    assert (whole["orders"], whole["signed"]) == ("12", "6")
    assert whole["worth"] == "TWD 63.00 · USD 18.00"
    assert "95 %: 28.0% to 78.7%" in page
    by_author = rows(page, "links_author")
    assert {name: cells["linked"] for name, cells in by_author.items()} == {
        "bot": "10",
        "agent": "1",
    }
    # An agent's link is about what the customer asked last.
    intents = rows(page, "links_intent")
    assert {name: cells["linked"] for name, cells in intents.items()} == {
        "order_status": "6",
        "size_fit": "5",
    }
    assert rows(page, "refused") == {"late": {"refused": "1"}}


async def test_a_number_opens_other_replies_than_it_counts(shop: Site) -> None:
    page = await get(shop, "/reports/engagement", **SPAN)
    opened = 0
    async with shop.visitor(await shop.cookie("Mia")) as visitor:
        for href, shown in re.findall(
            r'<a [^>]*href="(/reports/replies\?[^"]+)"[^>]*><data value="(\d+)"', page
        ):
            total, listed = await asks_listed(visitor, html.unescape(href))
            assert total == len(set(listed)) == int(shown), href
            opened += 1

    assert opened > 20


async def test_the_filters_leave_other_replies_than_they_say(shop: Site) -> None:
    for chosen, count in (
        ({"intent": "size_fit"}, 5),
        ({"topic": "order"}, 6),
        ({"channel": "line"}, 11),
        ({"channel": "x"}, 0),
        ({"template": "sizes"}, 5),
        ({"author": "agent"}, 1),
        ({"template": "-"}, 1),
        ({"figure": "led", "topic": "buying"}, 3),
        ({"from": "2026-01-01"}, 12),
    ):
        text = await get(shop, "/reports/replies", **(SPAN | chosen))
        assert f'id="total" value="{count}"' in text, chosen
        lines = from_csv(await get(shop, "/reports/replies.csv", **(SPAN | chosen)))
        assert len(lines) == count, chosen


async def test_the_file_says_otherwise_than_the_page(shop: Site) -> None:
    lines = from_csv(await get(shop, "/reports/replies.csv", **SPAN))

    assert sum(int(line["clicks"]) for line in lines) == 9
    assert sum(int(line["orders"]) for line in lines) == 12
    assert {line["value"] for line in lines} == {"", "TWD 10.50 USD 3"}
    made = json.loads(await get(shop, "/reports/engagement.json", **SPAN))
    assert made["links"]["whole"]["values"] == [["TWD", "63.00"], ["USD", "18"]]
    assert made["refused"] == {"late": 1}


@pytest.mark.parametrize("odd", [{"figure": "all"}, {"page": "0"}, {"author": "x" * 201}])
async def test_a_wrong_address_breaks_the_page(shop: Site, odd: dict[str, str]) -> None:
    async with (
        shop.visitor(await shop.cookie("Mia")) as visitor,
        visitor.get("/reports/replies", params=odd) as answer,
    ):
        assert answer.status == 422


async def test_an_agent_sees_what_is_for_managers(shop: Site) -> None:
    async with shop.visitor(await shop.cookie("Ann")) as visitor:
        for path in ("engagement", "engagement.json", "replies", "replies.csv"):
            async with visitor.get(f"/reports/{path}") as answer:
                assert answer.status == 403, path


async def test_opinions_in_public_are_taken_for_others(office: Site) -> None:
    def write(connection: Connection) -> None:
        history = History(connection, BEGUN)
        for number in range(12):
            where: dict[str, Any] = {"channel": "page_comments", "surface": Surface.COMMENT}
            intent = ("praise_comment", "negative_comment", "abuse", "price")[number % 4]
            history.says(
                f"T{number}",
                "your shop is something",
                BEGUN + number * HOUR,
                bot={} if number % 2 else None,
                understood={"intent": intent},
                contact=f"F{number % 2}",
                post="P",
                **where,
            )
        history.says("U1", "bad", BEGUN, understood={"intent": "negative_comment"})

    await office.database.write(write)
    page = await get(office, "/reports/engagement", **SPAN)

    opinions = rows(page, "opinions")
    assert {name: cells["asks"] for name, cells in opinions.items()} == {
        "praise": "3",
        "complaint": "3",
        "abuse": "3",
    }
    days = rows(page, "opinions_day").values()
    assert sum(int(cells["complaint"]) for cells in days) == 3
    segments = rows(page, "segments")
    assert segments["complaint/page_comments"]["asks"] == "3"
    assert segments["complaint/page_comments"]["contacts"] == "1"
    assert segments["complaint/line"]["contacts"] == "1"


async def test_asks_are_in_two_segments_or_none(office: Site) -> None:
    await office.database.write(lambda conn: ramble(conn, 5, until=NOW, steps=120))

    page = await get(office, "/reports/engagement", **SPAN)
    counts = [int(cells["asks"]) for cells in rows(page, "segments").values()]

    async with office.visitor(await office.cookie("Mia")) as visitor:
        total, _ = await asks_listed(visitor, f"/reports/asks?from={SPAN['from']}&to={SPAN['to']}")
        assert sum(counts) == total > 10
        assert "What this does not prove" in page
        assert "這不能證明" in await get(office, "/reports/engagement", name="Wei", **SPAN)
        assert "sales" not in await body(visitor, "/reports/engagement")
