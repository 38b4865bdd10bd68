"""Language by script, sticky when a message says little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.language import language_of
from intents.normalize import half_width, normalized


@pytest.mark.parametrize(
    ("text", "sticky", "language"),
    [
        ("我的訂單到哪了", None, "zh-Hant"),
        ("我的订单到哪了", "en", "zh-Hant"),
        ("好", "en", "zh-Hant"),
        ("ㄏㄏ", "en", "zh-Hant"),
        ("這個 size M 還有 stock 嗎", "en", "zh-Hant"),
        ("我の訂單在哪", None, "zh-Hant"),
        ("where is my order", "zh-Hant", "en"),
        ("I bought 珍珠 yesterday and it was good", "zh-Hant", "en"),
        ("hi", None, "en"),
        ("ok", "zh-Hant", "zh-Hant"),
        ("thank you", "zh-Hant", "zh-Hant"),
        ("LINE Pay", "zh-Hant", "zh-Hant"),
        ("iPhone 手機", "en", "zh-Hant"),
        ("👍", "zh-Hant", "zh-Hant"),
        ("+1", "en", "en"),
        ("+1", None, None),
        ("", None, None),
        ("注文の確認をしたいです", None, None),
        ("где мой заказ", "en", "en"),
    ],
)
def test_language_is_guessed_wrong(text: str, sticky: str | None, language: str | None) -> None:
    assert language_of(normalized(text), sticky=sticky) == language


@given(st.text(), st.sampled_from([None, "zh-Hant", "en", "ja"]))
def test_a_language_comes_from_nowhere(text: str, sticky: str | None) -> None:
    assert language_of(normalized(text), sticky=sticky) in {"zh-Hant", "en", sticky}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("訂單１２３ ＯＫ！", "订单123 ok!"),  # noqa: RUF001
        ("謝謝～～～～～～", "谢谢~~~"),
        ("臺灣裡面", "台湾里面"),
        ("👍🏽👍🏿", "👍👍"),
        ("a\u200bb\u0301\u0302c", "abc"),
        ("I’m  \n here", "i'm here"),  # noqa: RUF001
        ("ＳＴＲＡẞＥ", "strasse"),
    ],
)
def test_two_spellings_of_one_message_differ(text: str, plain: str) -> None:
    assert normalized(text) == plain


@given(st.text())
def test_a_second_normalisation_changes_the_text(text: str) -> None:
    once = normalized(text)

    assert normalized(once).replace(" ", "") == once.replace(" ", "")


@given(st.text())
def test_half_width_moves_positions(text: str) -> None:
    assert len(half_width(text)) == len(text)
