"""What we would like to say, and what a platform takes of it."""

from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from channels.base import Capabilities, LengthUnit
from channels.messages import (
    Attachment,
    Button,
    Card,
    Content,
    Menu,
    QuickReply,
    Row,
    Surface,
)
from channels.rich import fitted, offered
from channels.text import length
from tests.channels.adapters.line import LINE
from tests.channels.adapters.messenger import MESSENGER
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults
from tests.channels.test_text import PIECES, URL

PLAIN = Capabilities(surface=Surface.DIRECT, max_text=100)
RICH = replace(
    PLAIN,
    max_quick_replies=3,
    max_buttons=2,
    link_buttons=True,
    max_cards=2,
    max_rows=3,
    media=frozenset({"image"}),
)
TRACK = Button(title="查訂單", payload="order_status")
SHOP = Button(title="逛商店", url="https://shop.example.test")
PICTURE = Attachment(type="image", url="https://cdn.example.test/a.png")


def test_what_a_platform_can_show_is_put_into_words() -> None:
    whole = Content(text="要什麼？", buttons=(TRACK, SHOP))

    assert fitted(whole, RICH) == (whole,)


def test_a_choice_is_lost_where_there_are_no_buttons() -> None:
    whole = Content(text="要什麼？", buttons=(TRACK, SHOP))
    quick = replace(RICH, max_buttons=0)

    assert fitted(whole, quick) == (
        Content(
            text="要什麼？\n逛商店: https://shop.example.test",
            quick_replies=(QuickReply(title="查訂單", payload="order_status"),),
        ),
    )
    assert fitted(whole, PLAIN) == (
        Content(
            text="要什麼？\n逛商店: https://shop.example.test\n1. 查訂單",
            options=(QuickReply(title="查訂單", payload="order_status"),),
        ),
    )


def test_a_menu_is_lost_or_offers_another_order() -> None:
    rows = tuple(Row(title=f"第 {n} 項", payload=f"p{n}") for n in range(4))
    whole = Content(text="選一個", menu=Menu(title="選擇", rows=rows))

    [shown] = fitted(whole, RICH)

    assert shown.text == "選一個\n1. 第 0 項\n2. 第 1 項\n3. 第 2 項\n4. 第 3 項"
    assert offered(shown) == offered(whole)
    assert [one.payload for one in offered(shown)] == ["p0", "p1", "p2", "p3"]


def test_a_payload_is_cut_or_sent_too_long() -> None:
    whole = Content(text="要什麼？", quick_replies=(QuickReply(title="查", payload="查" * 30),))

    [shown] = fitted(whole, replace(RICH, max_payload=64))

    assert shown.quick_replies == ()
    assert shown.options == whole.quick_replies


def test_the_public_is_asked_to_choose() -> None:
    whole = Content(text="要什麼？", buttons=(TRACK, SHOP))

    assert fitted(whole, replace(PLAIN, surface=Surface.COMMENT)) == (
        Content(text="要什麼？\n逛商店: https://shop.example.test"),
    )


def test_a_picture_travels_in_one_message_with_a_text_where_it_may_not() -> None:
    whole = Content(text="新品", attachments=(PICTURE,))

    assert fitted(whole, RICH) == (Content(attachments=(PICTURE,)), Content(text="新品"))
    assert fitted(whole, replace(RICH, max_caption=10)) == (whole,)
    assert fitted(whole, PLAIN) == (Content(text=f"新品\nimage: {PICTURE.url}"),)


def test_cards_are_too_many_or_lost() -> None:
    cards = tuple(Card(title=f"商品 {n}", text="新品", buttons=(TRACK,)) for n in range(3))

    assert fitted(Content(cards=cards), RICH) == (
        Content(cards=cards[:2]),
        Content(cards=cards[2:]),
    )
    [words] = fitted(Content(cards=cards[:1]), PLAIN)
    assert words.text == "商品 0\n新品\n1. 查訂單"


words = st.lists(st.sampled_from([*PIECES, "查詢訂單", "退貨"]), max_size=10).map("".join)
titles = words.filter(lambda text: bool(text.strip()))
payloads = st.sampled_from(["A", "ORDER", "查" * 40, "x" * 300])
buttons = st.builds(Button, title=titles, payload=payloads) | st.builds(
    Button, title=titles, url=st.just(URL)
)
contents = st.builds(
    Content,
    text=words,
    quick_replies=st.lists(st.builds(QuickReply, title=titles, payload=payloads), max_size=5).map(
        tuple
    ),
    buttons=st.lists(buttons, max_size=5).map(tuple),
    cards=st.lists(
        st.builds(Card, title=titles, text=words, buttons=st.lists(buttons, max_size=4).map(tuple)),
        max_size=4,
    ).map(tuple),
    menu=st.none()
    | st.builds(
        Menu,
        title=titles,
        rows=st.lists(
            st.builds(Row, title=titles, payload=payloads, text=words), min_size=1, max_size=5
        ).map(tuple),
    ),
    attachments=st.lists(st.just(PICTURE), max_size=2).map(tuple),
)
platforms = st.builds(
    Capabilities,
    surface=st.just(Surface.DIRECT),
    max_text=st.integers(100, 300),
    unit=st.sampled_from(LengthUnit),
    max_quick_replies=st.sampled_from([0, 3, 13]),
    max_quick_reply_title=st.just(40),
    max_buttons=st.sampled_from([0, 3]),
    max_button_title=st.just(40),
    link_buttons=st.booleans(),
    max_text_beside=st.none() | st.integers(80, 100),
    max_cards=st.sampled_from([0, 2]),
    max_rows=st.sampled_from([0, 10]),
    max_payload=st.sampled_from([64, 1000]),
    media=st.sampled_from([frozenset(), frozenset({"image"})]),
    max_caption=st.sampled_from([0, 50]),
)


@given(whole=contents, can=platforms)
def test_a_part_breaks_the_platforms_limits(whole: Content, can: Capabilities) -> None:
    for part in fitted(whole, can):
        beside = bool(part.buttons or part.menu)
        most = min(can.max_text, can.max_text_beside or can.max_text) if beside else can.max_text
        assert length(part.text, can.unit) <= most
        assert len(part.quick_replies) <= can.max_quick_replies
        assert len(part.buttons) <= can.max_buttons
        assert len(part.cards) <= can.max_cards
        assert {one.type for one in part.attachments} <= can.media
        shown = [*part.buttons, *(one for card in part.cards for one in card.buttons)]
        assert can.link_buttons or all(one.url is None for one in shown)
        assert all(length(one.title, can.unit) <= can.max_button_title for one in shown)
        native = offered(replace(part, options=()))
        assert all(len(one.payload.encode()) <= can.max_payload for one in native)
        assert part.text or part.cards or part.attachments


@given(whole=contents, can=platforms)
def test_a_choice_or_an_address_is_lost_on_the_way(whole: Content, can: Capabilities) -> None:
    parts = fitted(whole, can)

    assert {one.payload for part in parts for one in offered(part)} == {
        one.payload for one in offered(whole)
    }
    links = [*whole.buttons, *(one for card in whole.cards for one in card.buttons)]
    shown = [one for part in parts for one in part.buttons]
    shown += [one for part in parts for card in part.cards for one in card.buttons]
    said = "".join(part.text for part in parts)
    # Addresses may stand in the customer's words as well.
    assert sum(one.url is not None for one in links) <= said.count(URL) + sum(
        one.url is not None for one in shown
    )


@given(whole=contents, can=platforms)
def test_a_title_ends_inside_a_character(whole: Content, can: Capabilities) -> None:
    clusters = {cluster for one in offered(whole) for cluster in regex.findall(r"\X", one.title)}
    # A character that is longer than all of a title has to be cut.
    narrow = min(can.max_quick_reply_title, can.max_button_title, can.max_row_title)
    assume(all(length(cluster, can.unit) + 3 <= narrow for cluster in clusters))
    for part in fitted(whole, can):
        for one in offered(replace(part, options=())):
            inside = regex.findall(r"\X", one.title.removesuffix("…"))
            assert set(inside) - clusters <= set(PIECES) | {""}


@pytest.mark.parametrize(
    "said",
    [
        Content(text="要什麼？", buttons=(TRACK, SHOP)),
        Content(cards=(Card(title="新品", text="到貨", image_url=PICTURE.url, buttons=(TRACK,)),)),
        Content(attachments=(PICTURE,)),
        Content(text="好", quick_replies=(QuickReply(title="查", payload="A"),)),
    ],
    ids=["buttons", "cards", "picture", "quick replies"],
)
async def test_a_platform_refuses_what_was_fitted_for_it(
    said: Content, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    for adapter, schema in (
        (MESSENGER, "meta/messenger-send.composed.schema.json"),
        (LINE, "line/derived/PushMessageRequest.schema.json"),
    ):
        platform.answers(200, adapter.taken)
        channel = adapter.make(http, api=platform.address)
        for part in fitted(said, channel.capabilities):
            fields: dict[str, Any] = {
                name: getattr(part, name)
                for name in ("text", "quick_replies", "buttons", "cards", "menu", "attachments")
            }
            await channel.send(replace(adapter.message, **fields))
        assert [fault for call in platform.calls for fault in faults(schema, call.body)] == []
        platform.calls.clear()
