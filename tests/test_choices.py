"""A customer who types what we offered has chosen it; nothing else chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.choices import choices, chosen
from channels.messages import Button, Content, Menu, QuickReply, Row

OPEN = (("查訂單", "order_status"), ("Shipping fee", "shipping_fee"), ("找真人", "human_request"))


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        *(
            ("1", "order_status"),
            ("\uff12", "shipping_fee"),
            ("3.", "human_request"),
            (" 3 ", "human_request"),
        ),
        *(
            ("二", "shipping_fee"),
            ("第三個", "human_request"),
            ("選 1", "order_status"),
            ("#2", "shipping_fee"),
        ),
        *(
            ("查訂單", "order_status"),
            ("查订单！", "order_status"),
            ("shipping FEE", "shipping_fee"),
        ),
        *(("option 2", "shipping_fee"), ("我要2", "shipping_fee"), ("2)", "shipping_fee")),
    ],
)
def test_what_was_offered_is_typed_in_vain(text: str, payload: str) -> None:
    assert chosen(text, OPEN) == payload


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "0",
            "4",
            "11",
            "1 2",
            "A1001",
            "我要 2 個杯子",
            "12345",
            "order_status",
            "intent:order_status",
        ),
        *("human_request", "查訂單 1001", "2 days?", "-1", "1.5", "十一"),
    ],
)
def test_what_was_not_offered_is_chosen(text: str) -> None:
    assert chosen(text, OPEN) is None


def test_an_old_number_chooses_after_nothing_was_offered() -> None:
    assert chosen("1", ()) is None


@given(st.text(max_size=300))
def test_some_text_breaks_the_choice_or_is_a_payload_of_its_own(text: str) -> None:
    assert chosen(text, OPEN) in {None, *(payload for _, payload in OPEN)}
    assert chosen(text, [(text, "it")]) in {"it", None}


def test_the_numbers_differ_from_the_order_of_what_was_offered() -> None:
    menu = Menu(title="more", rows=(Row(title="c", payload="3"),))
    button = Button(title="b", payload="2")
    parts = [
        Content(text="x"),
        Content(buttons=(button,), quick_replies=(QuickReply(title="a", payload="1"),), menu=menu),
    ]

    assert choices(parts) == (("a", "1"), ("b", "2"), ("c", "3"))
