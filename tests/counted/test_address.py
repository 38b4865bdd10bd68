"""Addresses: whatever is written, a counted link leads to the brand's hosts and to no other."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser
from yarl import URL

from bot.counted.address import allowed, swapped, with_parameter
from tests.browser.conftest import chromium

__all__ = ["chromium"]

HOSTS = frozenset({"shop.example", "www.shop.example"})
HOSTILE = (
    "https://shop.example@evil.example/",
    "https://shop.example:pass@evil.example/",
    "https://shop.example%40evil.example/",
    "https://shop.example%2f@evil.example/",
    "https://shop.example\\@evil.example/",
    "https:\\\\evil.example\\shop.example",
    "https://evil.example\\.shop.example/",
    "https:/\\shop.example/",
    "https:///evil.example/shop.example",
    "https://shop.example.evil.example/",
    "https://shop.example./",
    "https://evil.example#@shop.example/",
    "https://evil.example?.shop.example/",
    "https://evil.example;.shop.example/",
    "//evil.example/",
    "https:evil.example",
    "http://shop.example/",
    "HTTPS://SHOP.EXAMPLE/",
    "javascript:alert(1)//https://shop.example/",
    "https://shop\u3002example/",
    "https://\uff53\uff48\uff4f\uff50.example/",
    "https://shop.example\t.evil.example/",
    "https://shop.example\n.evil.example/",
    "https://sh\u00adop.example/",
    "https://shop.example\u200b.evil.example/",
    "https://shop.example:443@evil.example/",
    "https://shop.example:8443/",
    "https://[::1]/",
    "https://shop.example,evil.example/",
    "https://shop.example&@evil.example/",
    "https://evil.example/https://shop.example/",
    "https://\u017fhop.example/",
    "https://shop.example\x00.evil.example/",
    "https://shop.example/\r\nSet-Cookie: a=b",
    "https://shop.example/ x",
    "https://shop.example/\\evil",
)
FRIENDLY = (
    "https://shop.example",
    "https://shop.example/",
    "https://shop.example/a/b?c=d&e=%E4%B8%AD#f",
    "https://www.shop.example?x=1",
    "https://shop.example/@someone//https://evil.example/",
    "https://shop.example#part",
)
# Pieces that confuse parsers, put together in every order.
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("https://", "http:", "//", "/", "\\", "@", ":", "?", "#", "%2f", "%40", "%5c"),
                *("shop.example", "evil.example", ".", "\t", "\n", "\r", "\x00", "。", "．", "／"),
                *("＠", "\u200b", "\u00ad", "[", "]", "443", "antiphon=", "&", ";", ",", "　"),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=9,
).map("".join)
ANYTHING = PIECES | PIECES.map("https://shop.example".__add__) | st.text()


def hosts_of(address: str) -> set[str | None]:
    return {urlsplit(address).hostname, URL(address).host, URL(address, encoded=True).host}


@settings(max_examples=1500)
@given(ANYTHING)
@example("https://shop.example@evil.example/")
def test_an_address_leaves_the_brands_hosts(text: str) -> None:
    if allowed(text, HOSTS):
        for address in (text, with_parameter(text, "12.ab")):
            assert hosts_of(address) <= HOSTS
            assert urlsplit(address).scheme == "https"
            assert urlsplit(address).username is None
            assert address.isascii()
            assert address.isprintable()
            assert allowed(address, HOSTS)


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_let_through(address: str) -> None:
    assert not allowed(address, HOSTS)


@pytest.mark.parametrize("address", FRIENDLY)
def test_the_brands_own_address_is_kept_out(address: str) -> None:
    assert allowed(address, HOSTS)


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_browser_reads_an_address_otherwise(chromium: Browser) -> None:
    page = await chromium.new_page()
    swap = """all => all.map(one => { try { return new URL(one).host } catch { return null } })"""
    found: list[str] = []

    @settings(max_examples=1500, database=None)
    @given(ANYTHING)
    def collect(text: str) -> None:
        found.extend(one for one in (text, f"https://shop.example{text}") if allowed(one, HOSTS))

    collect()
    tried = [*FRIENDLY, *dict.fromkeys(found)]
    tried += [with_parameter(one, "12.ab") for one in tried]
    hosts = await page.evaluate(swap, tried)
    await page.close()

    assert len(tried) > 20
    assert set(hosts) <= HOSTS


@settings(max_examples=1500)
@given(ANYTHING)
def test_a_text_loses_or_gains_more_than_its_links(text: str) -> None:
    made: list[str] = []

    def swap(address: str) -> str | None:
        if not allowed(address, HOSTS):
            return None
        made.append(address)
        return f"\ue000{len(made) - 1}\ue001"

    back = swapped(text, swap)
    for number, address in enumerate(made):
        back = back.replace(f"\ue000{number}\ue001", address, 1)

    assert back == text or "\ue000" in text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("請看 https://shop.example/sizes，謝謝", ["https://shop.example/sizes"]),
        ("(see https://shop.example/a_(b)).", ["https://shop.example/a_(b)"]),
        ("https://shop.example/a. Then", ["https://shop.example/a"]),
        ("https://shop.example/商品/1", []),
        ("https://shop.example/sizes查看", []),
        ("<https://shop.example/a>", ["https://shop.example/a"]),
        ("**https://shop.example/a**", ["https://shop.example/a"]),
        ("https://shop.example/a?b=c&d", ["https://shop.example/a?b=c&d"]),
        ("xhttps://shop.example/a", ["https://shop.example/a"]),
        ("https://other.example/?u=https://shop.example/", []),
    ],
)
def test_the_end_of_an_address_in_a_sentence_is_missed(text: str, found: list[str]) -> None:
    made: list[str] = []
    swapped(text, lambda one: made.append(one) if allowed(one, HOSTS) else None)

    assert made == found


@pytest.mark.parametrize(
    ("address", "tagged"),
    [
        ("https://shop.example", "https://shop.example/?antiphon=1"),
        ("https://shop.example#a?b", "https://shop.example/?antiphon=1#a?b"),
        ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c&antiphon=1#d"),
        ("https://shop.example/a?antiphon=9&b=c", "https://shop.example/a?b=c&antiphon=1"),
        ("https://shop.example?", "https://shop.example/?antiphon=1"),
    ],
)
def test_the_parameter_stands_in_the_wrong_place(address: str, tagged: str) -> None:
    assert with_parameter(address, "1") == tagged
