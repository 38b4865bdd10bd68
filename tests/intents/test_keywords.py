"""Keywords: whole words in Latin script, anywhere in Chinese, the longest first."""

from collections.abc import Mapping

import pytest

from intents.errors import CatalogError
from intents.keywords import Keywords
from intents.match import Utterance
from intents.prepared import prepared


def found(keywords: Mapping[str, tuple[str, ...]], text: str) -> tuple[str, str] | None:
    [match] = Keywords(keywords).match([prepared(Utterance(text=text))])
    return (match.intent, match.evidence[0]) if match else None


@pytest.mark.parametrize("text", ["我在台北上班", "請問台北店", "台北", "臺北門市", "TAIPEI台北"])
def test_a_chinese_keyword_needs_no_space(text: str) -> None:
    assert found({"store_location": ("台北",)}, text) == ("store_location", "台北")


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("LINE Pay可以嗎", True),
        ("可用line pay嗎", True),
        ("online payment", False),
        ("line payment", False),
        ("ＬＩＮＥ Ｐａｙ", True),  # noqa: RUF001
    ],
)
def test_a_latin_keyword_matches_whole(text: str, *, hit: bool) -> None:
    assert (found({"payment_methods": ("LINE Pay",)}, text) is not None) is hit


def test_a_short_keyword_hides_a_longer_one_that_overlaps() -> None:
    keywords = {"return_item": ("要退",), "refund_status": ("退款進度",)}

    assert found(keywords, "我要退款進度") == ("refund_status", "退款進度")


def test_a_short_keyword_hides_a_longer_one_that_starts_alike() -> None:
    keywords = {"return_item": ("退款",), "refund_status": ("退款進度",)}

    assert found(keywords, "查退款進度") == ("refund_status", "退款進度")


def test_a_keyword_is_a_pattern() -> None:
    assert found({"price": ("c++ (x+)+y",)}, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") is None
    assert found({"price": ("c++",)}, "c++ 課程") == ("price", "c++")


def test_no_keywords_match_everything() -> None:
    assert found({}, "anything") is None


def test_one_keyword_means_two_intents() -> None:
    with pytest.raises(CatalogError, match="also a keyword of price"):
        Keywords({"price": ("多少錢",), "stock": ("多少钱",)})


def test_an_empty_keyword_matches_everything() -> None:
    with pytest.raises(CatalogError, match=r"keywords\.price: an empty keyword"):
        Keywords({"price": ("\u200b",)})
