"""Order numbers, phones and e-mail addresses, as customers write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.entities import reading
from intents.match import Entity


def values(text: str) -> list[tuple[str, str]]:
    return [(entity.name, entity.value) for entity in reading(text).entities]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("訂單編號 20261123001 到哪了", "20261123001"),
        ("訂單編號：０９１２３４５６７８", "0912345678"),  # noqa: RUF001
        ("我的訂單A1234567呢", "A1234567"),
        ("訂單 5566", "5566"),
        ("單號是tw20261123-0042", "TW20261123-0042"),
        ("#12345678", "12345678"),
        ("order #1001 please", "1001"),
        ("order number is AB-20261123-0042", "AB-20261123-0042"),
        ("＃１２３４５６７８", "12345678"),  # noqa: RUF001
        ("20261123001", "20261123001"),
    ],
)
def test_an_order_number_is_missed(text: str, value: str) -> None:
    assert values(text) == [("order_number", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("電話0912-345-678 謝謝", "0912345678"),
        ("０９１２３４５６７８", "0912345678"),  # noqa: RUF001
        ("訂單 0912345678", "0912345678"),
        ("(02)2345-6789", "0223456789"),
        ("02-2345-6789 分機 12", "0223456789"),
        ("037-123456", "037123456"),
        ("0800-123-456", "0800123456"),
        ("+886 912 345 678", "+886912345678"),
        ("+886(0)912345678", "+886912345678"),
        ("call +1 (415) 555-0123 now", "+14155550123"),
    ],
)
def test_a_phone_number_is_missed(text: str, value: str) -> None:
    assert values(text) == [("phone", value)]


@pytest.mark.parametrize(
    "text",
    [
        "統編 12345678",
        "訂單 1200元",
        "my order 1500 dollars",
        "訂單 2026-03-05 買的",
        "統一編號：87654321",
        "電話 987654321",
        "卡號：123456789012",
        "2026-11-23 會到嗎",
        "20261123",
        "160/50 穿什麼",
        "NT$1200",
        "iphone15 有嗎",
        "7-11 取貨",
        "我要+1",
        "卡號 4111 1111 1111 1111",
        "4111111111111111",
        "1,000.00",
        "a@b",
        "@小美 已完成",
        "https://shop.example/orders?id=A1234567&to=a@b.co",
    ],
)
def test_something_else_is_taken_for_an_entity(text: str) -> None:
    assert values(text) == []


def test_two_entities_are_read_in_order_with_their_places() -> None:
    text = "我是 Amy.Lin＠Example.com.tw，訂單 #A1234567"

    assert reading(text).entities == (
        Entity(name="email", value="amy.lin@example.com.tw", start=3, end=25),
        Entity(name="order_number", value="A1234567", start=29, end=38),
    )
    assert text[29:38] == "#A1234567"


def test_two_orders_make_two_different_messages() -> None:
    assert reading("查 A1234567").masked == reading("查 B7654321").masked


@given(st.text(st.sampled_from("09+-() #@.a單號訂編１＠\n"), max_size=200))  # noqa: RUF001
def test_entities_overlap_or_leave_the_text(text: str) -> None:
    entities = reading(text).entities

    spans = [0, *(at for entity in entities for at in (entity.start, entity.end)), len(text)]
    assert spans == sorted(spans)
    assert all(entity.start < entity.end and entity.value for entity in entities)


@pytest.mark.parametrize(
    "unit", ["1", "1-", "a", "a.", "@", "a@", "#", "訂單", "+(1 ", "0-", "http://", "A12345 ", "(1"]
)
def test_a_long_text_takes_for_ever(unit: str) -> None:
    text = unit * (20_000 // len(unit)) + "@!"
    started = time.process_time()

    reading(text)

    assert time.process_time() - started < 0.5
