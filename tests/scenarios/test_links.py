"""Links that are counted, through the real door: reply, click, order, report, erasure."""

import hmac
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot import handoff
from bot.counted import counting
from bot.store import contacts, thread
from bot.store.tables import clicks, conversion_refusals, conversions, links
from bot.web.keys import CAPABILITIES, CONFIG
from tests.house import House, house
from tests.scenarios import scene

KEY = "test-key-of-the-links"
BASE = "https://chat.shop.example"
OFFERS = "https://shop.example/offers"
ON = {
    "web": {"public_url": BASE},
    "links": {"count": True, "hosts": ["shop.example"], "key": KEY},
    "variables": {"shop": {"promotions_url": OFFERS}},
    "answers": {"thanks": {"template": "promotion"}},
}
LINK = re.compile(re.escape(BASE) + r"(/l/[A-Za-z0-9_-]{16})")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 [FBAN/FBIOS]"
PREVIEWS = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.24.1 A",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "",
)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, **ON) as h:
        yield h


async def offered(h: House, who: str = "7001") -> str:
    """The path of the link in the bot's answer to *who*."""
    before = len(h.sent(who))
    await h.says(who, "優惠活動")
    await h.until(lambda: len(h.sent(who)) > before)
    await h.settled()
    found = LINK.search(h.sent(who)[-1].text or "")
    assert found, h.sent(who)[-1].text
    return found[1]


async def follow(h: House, path: str, *, agent: str = PHONE, **headers: str) -> str:
    """Where the link leads a reader with that browser."""
    sent = {"User-Agent": agent} | headers
    async with h.http.get(h.url + path, headers=sent, allow_redirects=False) as answer:
        assert answer.status == 302, answer.status
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.headers["Location"]


def reference(location: str) -> str:
    assert location.startswith(OFFERS)
    return parse_qs(urlsplit(location).query)["antiphon"][0]


async def told(h: House, **said: str) -> str:
    """What the pixel makes of an order."""
    async with h.http.get(f"{h.url}/c.gif", params=said) as answer:
        assert answer.status == 200
        assert answer.content_type == "image/gif"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        return answer.headers["X-Result"]


async def reported(h: House, said: Any, *, key: str = KEY) -> tuple[int, str]:
    """Status and result of a signed report."""
    body = json.dumps(said).encode()
    signature = "sha256=" + hmac.new(key.encode(), body, sha256).hexdigest()
    headers = {"X-Antiphon-Signature": signature}
    async with h.http.post(f"{h.url}/api/conversions", data=body, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text)["result"] if answer.status != 401 else ""


async def rows(h: House, table: Any) -> list[Any]:
    return await h.database.read(lambda conn: list(conn.execute(select(table)).all()))


async def count(h: House, table: Any) -> int:
    return len(await rows(h, table))


async def test_a_click_or_its_order_is_lost_or_counted_twice(home: House) -> None:
    location = await follow(home, await offered(home))
    ref = reference(location)

    first = {"antiphon": ref, "order": "A-1", "value": "1200.50", "currency": "TWD"}
    assert await told(home, **first) == "counted"
    assert await told(home, **first) == "duplicate"
    assert await reported(home, {"antiphon": ref, "order": "B-2"}) == (200, "counted")
    assert await reported(home, {"antiphon": ref, "order": "B-2"}) == (200, "duplicate")

    assert await count(home, clicks) == 1
    kept = [
        (one.number, one.value, one.currency, one.signed) for one in await rows(home, conversions)
    ]
    assert kept == [("A-1", "1200.50", "TWD", False), ("B-2", None, None, True)]
    [link] = await rows(home, links)
    assert (link.target, link.template, link.intent) == (OFFERS, "promotion", "promotion")
    assert (link.author, link.public, link.language) == ("bot", False, "zh-Hant")


async def test_what_the_shop_signed_stands_behind_what_a_browser_told(home: House) -> None:
    ref = reference(await follow(home, await offered(home)))
    assert await told(home, antiphon=ref, order="A-1", value="9", currency="TWD") == "counted"

    signed = {"antiphon": ref, "order": "A-1", "value": 1200, "currency": "TWD"}
    assert await reported(home, signed) == (200, "counted")
    assert await told(home, antiphon=ref, order="A-1", value="9", currency="TWD") == "duplicate"

    [kept] = await rows(home, conversions)
    assert (kept.value, kept.signed) == ("1200", True)


async def test_an_order_that_is_none_of_ours_is_counted(home: House) -> None:
    ref = reference(await follow(home, await offered(home)))
    number, _, signature = ref.partition(".")

    assert await told(home, antiphon=f"{int(number) + 1}.{signature}", order="A") == "foreign"
    assert await told(home, antiphon="x", order="A") == "foreign"
    assert await reported(home, {"antiphon": ref, "order": "A"}, key="another") == (401, "")
    for bad in (
        {"antiphon": ref},
        {"antiphon": ref, "order": "A B"},
        {"antiphon": ref, "order": "A", "value": "5"},
        {"antiphon": ref, "order": "A", "currency": "TWD"},
        {"antiphon": ref, "order": "A", "value": "-5", "currency": "TWD"},
        {"antiphon": ref, "order": "A", "value": "5", "currency": "twd"},
        {"antiphon": ref, "order": "A", "value": "\u0665", "currency": "TWD"},
        {"antiphon": ref, "order": "A", "more": "x"},
    ):
        assert await told(home, **bad) == "malformed", bad
        assert await reported(home, bad) == (422, "malformed"), bad
    odd_ones: list[Any] = [[], None, {"antiphon": [ref], "order": "A"}, {"antiphon": ref}]
    for odd in odd_ones:
        assert await reported(home, odd) == (422, "malformed"), odd

    assert await count(home, conversions) == 0
    refused = {one.verdict: one.count for one in await rows(home, conversion_refusals)}
    assert refused == {"foreign": 3, "malformed": 20}


async def test_an_order_counts_for_ever_or_for_the_wrong_reply(home: House) -> None:
    first = reference(await follow(home, await offered(home)))
    home.clock.ahead += timedelta(days=6)
    second = reference(await follow(home, await offered(home)))
    assert await told(home, antiphon=first, order="A") == "counted"

    kept = await rows(home, conversions)
    assert [str(one.click_id) for one in kept] == [second.partition(".")[0]]
    home.clock.ahead += timedelta(days=7, seconds=1)
    assert await told(home, antiphon=second, order="B") == "late"
    assert await told(home, antiphon=second, order="A") == "duplicate"


async def test_a_preview_counts_as_a_reader(home: House) -> None:
    path = await offered(home)
    for agent in PREVIEWS:
        assert await follow(home, path, agent=agent) == OFFERS
    assert await follow(home, path, **{"Sec-Purpose": "prefetch"}) == OFFERS
    assert await follow(home, path, Cookie="desk=an-agent-who-looks") == OFFERS
    async with home.http.head(home.url + path, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, OFFERS)
    assert await count(home, clicks) == 0

    assert "antiphon=" in await follow(home, path, agent="Mozilla/5.0 (Linux; CUBOT X30) Chrome/1")
    assert await count(home, clicks) == 1


async def test_one_reader_counts_without_end(home: House) -> None:
    path = await offered(home)
    for _ in range(25):
        await follow(home, path)

    assert await count(home, clicks) == 10


async def test_a_link_that_ended_leads_somewhere(home: House) -> None:
    path = await offered(home)
    home.clock.ahead += timedelta(days=181)

    async def ended() -> bool:
        return [one.target for one in await rows(home, links)] == [None]

    for wrong in (path, "/l/AAAAAAAAAAAAAAAA"):
        async with home.http.get(home.url + wrong, allow_redirects=False) as answer:
            assert answer.status == 410
    await scene.until(home, ended)


async def test_an_erased_customer_can_be_followed(home: House) -> None:
    path = await offered(home)
    ref = reference(await follow(home, path))
    assert await told(home, antiphon=ref, order="A-1", value="5", currency="TWD") == "counted"

    await home.database.write(
        lambda conn: contacts.forget(
            conn, channel="messenger", account="shop", contact_id="7001", at=home.clock()
        )
    )

    [link], [click], [order] = [await rows(home, table) for table in (links, clicks, conversions)]
    assert (link.target, click.at, order.at) == (None, None, None)
    assert order.number == f"erased:{order.id}"
    assert (order.value, order.currency) == ("5", "TWD")
    assert await told(home, antiphon=ref, order="A-2") == "unknown"
    async with home.http.get(home.url + path, allow_redirects=False) as answer:
        assert answer.status == 410


async def test_an_agent_reads_a_counted_link_and_counts(home: House) -> None:
    path = await offered(home)
    row = await scene.conversation(home, "7001")

    shown = await home.database.read(lambda conn: thread.thread(conn, row.id))

    assert shown is not None
    said = [line.text or "" for line in shown.lines if line.author == "bot" and line.text]
    assert any(OFFERS in text for text in said)
    assert not any(path in text for text in said)


async def test_two_customers_share_a_link(home: House) -> None:
    assert await offered(home, "7001") != await offered(home, "7002")


async def test_an_agents_link_is_not_counted(home: House) -> None:
    await offered(home)
    ann = await scene.hire(home)
    row = await scene.conversation(home, "7001")
    await home.database.write(
        lambda conn: handoff.reply(
            conn,
            conversation_id=row.id,
            agent_id=ann,
            text=f"請看 {OFFERS}/2，謝謝 https://other.example/",
            client_id=uuid4(),
            seen=10**9,
            at=home.clock(),
            capabilities=home.service.app[CAPABILITIES]["messenger"],
            links=counting(home.service.app[CONFIG]),
        )
    )
    await home.until(lambda: "other.example" in (home.sent("7001")[-1].text or ""))

    said = home.sent("7001")[-1].text or ""
    assert OFFERS not in said
    assert said.endswith("，謝謝 https://other.example/")
    found = LINK.search(said)
    assert found
    assert (await follow(home, found[1])).startswith(f"{OFFERS}/2?antiphon=")
    kept = {one.author: one for one in await rows(home, links)}
    assert (kept["agent"].intent, kept["agent"].template) == ("promotion", None)


async def test_links_are_counted_though_nobody_asked_for_it(tmp_path: Path) -> None:
    off = {key: value for key, value in ON.items() if key != "links"}
    async with house(tmp_path, **off) as h:
        await h.says("7001", "優惠活動")
        await h.until(lambda: h.sent("7001"))
        assert OFFERS in (h.sent("7001")[-1].text or "")
        async with h.http.get(f"{h.url}/c.gif") as answer:
            assert answer.status == 404
