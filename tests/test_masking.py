"""What becomes an example tells nobody who wrote it, and teaches what the customer's words did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masking import folded, hinted, masked
from intents.match import Utterance
from intents.prepared import prepared

CARD = "4111 1111 1111 1111"
WIDE = "".join(chr(ord(digit) + 0xFEE0) for digit in "0912345678")
PERSONAL = (
    ("my order A123456789 is late", "A123456789"),
    ("訂單編號 20260301-0042 到哪了", "0042"),
    ("打 0912-345-678 給我", "345"),
    ("call +886 2 2345 6789 please", "2345"),
    ("寄到 ann.lin@shop.example.tw", "ann.lin"),
    (f"刷卡 {CARD} 失敗", "1111"),
    ("卡號4111-1111-1111-1111", "4111"),
    ("amex 3782 822463 10005", "822463"),
    ("身分證 A123456789", "A123456789"),
    ("統編12345678", "12345678"),
    ("@mei_lin 你看", "mei_lin"),
    ("see https://shop.example/orders/77?u=ann", "ann"),
    (f"電話 {WIDE}", WIDE[:4]),
    ("我叫陳怡君，訂單呢", "怡君"),
    ("請林先生回電", "林"),
    ("my name is Mary Jones", "Mary"),
    ("寄到台北市信義區松仁路 100 號", "松仁"),
    ("ship to 221 Baker Street please", "Baker"),
)
WORDS = st.sampled_from(
    [
        *("我的", "order", "?", "，", "到了嗎", " ", "\n", "A123456789", "0912345678", CARD),
        *("a@b.tw", "@mei", "https://x.tw/1", "20260301", "12", "5折", "{{ x }}", "é", "\ue004"),
    ]
)
# Of names and streets the words are lost: an example says a name, not whose.
OWN = st.sampled_from(
    [
        *(
            "我叫陳怡君",
            "林先生",
            "歐陽小姐",
            "門牌120號5樓",
            "12弄3號",
            "住在和平東路",
            "收件人：吳建宏",
        ),
        *("my name is amy", "this is Tom speaking", "Ms. Chen", "221 Baker Street"),
    ]
)


@pytest.mark.parametrize(("text", "secret"), PERSONAL)
def test_an_example_tells_who_wrote_it(text: str, secret: str) -> None:
    assert secret not in masked(text)


@given(st.lists(WORDS, max_size=8).map(" 呢 ".join))
def test_a_masked_example_teaches_something_else_than_the_message(text: str) -> None:
    words = prepared(Utterance(text=text)).tokens

    assert prepared(Utterance(text=masked(text))).tokens == words
    assert masked(masked(text)) == masked(text)


@given(st.lists(st.one_of(WORDS, OWN), max_size=8).map(" 呢 ".join))
def test_an_example_changes_each_time_it_is_masked(text: str) -> None:
    assert masked(masked(text)) == masked(text)


def test_messages_that_say_the_same_are_two_groups() -> None:
    assert folded("訂單 A123456789 到哪了。") == folded("订单 B987654321  到哪了")
    assert folded("有貨嗎") != folded("沒貨嗎")
    assert folded("！？") is None


@pytest.mark.parametrize(("value", "shown"), [("0912345678", "••••••••78"), ("ab", "••"), ("", "")])
def test_a_hint_tells_the_value(value: str, shown: str) -> None:
    assert hinted(value) == shown
