"""Amounts, quantities, times and list entries, as customers write them."""

import json
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.entities import reading
from intents.lists import Entry, Lists
from intents.match import DateOrder, Entity
from intents.values import Values
from tests.shared import SHARED

# A Thursday.
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")
PHRASES = [
    json.loads(line)
    for line in Path(__file__).with_name("values.jsonl").read_text("utf-8").splitlines()
]
# Edges of months, ranges and festivals, more than a hundred of them none at all.
DAYS = [
    json.loads(line)
    for line in Path(__file__).with_name("days.jsonl").read_text("utf-8").splitlines()
]
LISTS = {
    "product": [
        Entry(name="星空馬克杯", also=("星空杯", "Starry Mug")),
        Entry(name="抹茶禮盒", also=("matcha gift box",)),
        Entry(name="iPhone 15 手機殼", also=("iPhone 15 case",)),
        Entry(name="iPhone 15 Pro 手機殼", also=("iPhone 15 Pro case",)),
    ],
    "place": [
        Entry(name="台北信義店", also=("信義店",)),
        Entry(name="台中店", also=("台中", "Taichung")),
    ],
}
VALUES = Values(zone=TAIPEI, lists=LISTS)
# Every kind of phrase, cut up: what grows together from these is what readers trip over.
SCRAPS = (
    *(
        "1",
        "12",
        "3/4",
        "25:00",
        "31",
        "2026",
        "-",
        "/",
        ":",
        ".",
        ",",
        "$",
        "NT$",
        "元",
        "塊",
        "萬",
    ),
    *(
        "一",
        "二十",
        "百",
        "千",
        "兩",
        "半",
        "月",
        "日",
        "號",
        "年",
        "民國",
        "週",
        "下",
        "下下",
        "個",
        "天後",
    ),
    *("明天", "明早", "下午", "點", "分", "到", "~", " ", "，", "tomorrow", "next", "friday", "pm"),
    *("底", "初", "中秋", "除夕", "農曆", "end of", "the", "the month", "20th", "to", "mon"),
    *(
        "at",
        "noon",
        "in",
        "3",
        "days",
        "ago",
        "half past",
        "six",
        "mar",
        "5th",
        "a hundred",
        "bucks",
    ),
    *("星空", "杯", "starry", "mug", "ß", "İ", "ﬁ", "é", "e\u0301", "\u200b", "𝟙", "１", "ｍ"),  # noqa: RUF001
)


def found(text: str, *, at: datetime = NOW, values: Values = VALUES) -> tuple[Entity, ...]:
    return values.found(text, at=at, language="zh-Hant", taken=reading(text).entities)


def told(text: str) -> Counter[tuple[str, ...]]:
    """What is found as (name, as written, value, unit), without the parts of a moment."""
    entities = found(text)
    moments = [range(one.start, one.end) for one in entities if one.name == "datetime"]
    return Counter(
        (one.name, text[one.start : one.end], one.value, one.unit or "")
        for one in entities
        if one.name == "datetime" or not any(one.start in each for each in moments)
    )


@pytest.mark.parametrize("lang", ["zh-Hant", "en"])
def test_values_are_missed_or_seen_where_there_are_none(lang: str) -> None:
    right, wrong, missed = 0, [], []
    for phrase in (one for one in PHRASES if one["lang"] == lang):
        wanted: Counter[tuple[str, ...]] = Counter(
            (one["name"], one["written"], one["value"], one.get("unit", ""))
            for one in phrase["entities"]
        )
        seen = told(phrase["text"])
        right += (wanted & seen).total()
        wrong += [(phrase["text"], *one) for one in seen - wanted]
        missed += [(phrase["text"], *one) for one in wanted - seen]

    assert len(wrong) <= 0.02 * right, wrong
    assert len(missed) <= 0.02 * right, missed


@pytest.mark.parametrize("lang", ["zh-Hant", "en"])
def test_an_edge_a_range_or_a_festival_is_missed_or_seen_where_there_is_none(lang: str) -> None:
    right, wrong, missed = 0, [], []
    for phrase in (one for one in DAYS if one["lang"] == lang):
        text = phrase["text"]
        wanted = Counter(
            (one["name"], one["written"], one["value"], one.get("role"))
            for one in phrase["entities"]
        )
        seen = Counter(
            (one.name, text[one.start : one.end], one.value, one.role) for one in found(text)
        )
        right += (wanted & seen).total()
        wrong += [(text, *one) for one in seen - wanted]
        missed += [(text, *one) for one in wanted - seen]

    assert len([one for one in DAYS if one["lang"] == lang]) > 90
    assert len(wrong) <= 0.02 * right, wrong
    assert len(missed) <= 0.02 * right, missed


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("明天兩點到四點", [("datetime", "from"), ("date", None), ("time", "from")]),
        ("500到800元", [("amount", "from"), ("amount", "to")]),
        ("週一和週五", [("date", None), ("date", None)]),
        ("Monday and Friday", [("date", None), ("date", None)]),
        ("between Monday and Friday", [("date", "from"), ("date", "to")]),
        ("this month to next month", [("month", "from"), ("month", "to")]),
        ("12/20到上週五", [("date", None), ("date", None)]),
    ],
)
def test_the_ends_of_a_range_cannot_be_told_apart(
    text: str, roles: list[tuple[str, str | None]]
) -> None:
    assert [(one.name, one.role) for one in found(text)][: len(roles)] == roles


@given(
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    st.sampled_from(["週{a}到週{b}", "{m}/{c}到{n}/{d}", "{c}號到{d}號", "{m}月{c}日到{d}日"]),
    st.integers(0, 6),
    st.integers(0, 6),
    *(st.integers(1, 12), st.integers(1, 12), st.integers(1, 28), st.integers(1, 28)),
)
def test_a_range_ends_before_it_begins(
    today: date, shape: str, a: int, b: int, m: int, n: int, c: int, d: int
) -> None:
    text = shape.format(a="一二三四五六日"[a], b="一二三四五六日"[b], m=m, n=n, c=c, d=d)
    at = datetime.combine(today, datetime.min.time(), UTC)

    first, last = (one for one in found(text, at=at) if one.name == "date")

    assert (first.role, last.role) == ("from", "to")
    assert first.value <= last.value


@given(
    st.dates(date(1998, 1, 1), date(2098, 12, 31)),
    st.sampled_from(["中秋節前", "端午節前", "除夕前", "聖誕節前", "before Christmas"]),
)
def test_a_festival_that_is_waited_for_is_past(today: date, text: str) -> None:
    at = datetime.combine(today, datetime.min.time(), UTC)

    [day] = found(text, at=at)

    assert 0 <= (date.fromisoformat(day.value) - today).days < 400


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # The eves of the lunar years, as the government's calendars have them.
        ("2025年除夕", "2025-01-28"),
        ("2026年除夕", "2026-02-16"),
        ("2026年中秋節", "2026-09-25"),
        ("2028年端午節", "2028-05-28"),
    ],
)
def test_a_festival_stands_on_another_day(text: str, value: str) -> None:
    assert [one.value for one in found(text)] == [value]


@pytest.mark.parametrize("text", ["農曆八月初三", "農曆8月15日", "農曆 七月十五", "1850年中秋節"])
def test_a_day_of_the_lunar_calendar_is_taken_for_one_of_ours(text: str) -> None:
    assert [one.value for one in found(text) if one.name in {"date", "month"}] == []


def test_the_parts_of_a_moment_are_lost_to_a_form_that_asks_for_each() -> None:
    assert [(one.name, one.value, one.start, one.end) for one in found("明天下午三點")] == [
        ("datetime", "2026-11-27T15:00+08:00", 0, 6),
        ("date", "2026-11-27", 0, 2),
        ("time", "15:00", 2, 6),
    ]


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        ("下午三點", ()),
        ("三點", ("half_of_day",)),
        ("明天三點", ("half_of_day",)),
        ("15:00", ()),
        ("12/31", ("year",)),
        ("2026/12/31", ()),
        ("03/04", ("year", "order")),
        ("5號可以嗎", ("month",)),
        ("週五", ("week",)),
        ("下週五", ()),
    ],
)
def test_a_guess_is_told_as_if_the_customer_had_said_it(text: str, assumed: tuple[str]) -> None:
    assert found(text)[0].assumed == assumed


@pytest.mark.parametrize(
    ("order", "value"), [("month_day", "2027-03-04"), ("day_month", "2027-04-03")]
)
def test_a_brand_cannot_say_which_of_two_numbers_is_the_month(order: DateOrder, value: str) -> None:
    values = Values(zone=TAIPEI, orders={"zh-Hant": order})

    assert [one.value for one in found("03/04", values=values)] == [value]
    assert [one.value for one in found("25/12", values=values)] == ["2026-12-25"]


def test_today_is_another_day_where_the_brand_is() -> None:
    late = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)

    assert [one.value for one in found("今天", at=late)] == ["2026-11-27"]
    new_york = Values(zone=ZoneInfo("America/New_York"))
    assert [one.value for one in found("tomorrow at 3pm", at=late, values=new_york)] == [
        *("2026-11-27T15:00-05:00", "2026-11-27", "15:00"),
    ]


def test_an_order_number_a_phone_or_an_address_is_read_as_money_or_a_date() -> None:
    text = "訂單 2026112300 手機 0912-345-678 https://shop.example/2026/12/31 a.3pm@shop.example"

    assert found(text) == ()
    assert found("訂單編號 2026-03-05") == ()


def test_a_name_of_the_brands_is_read_as_money() -> None:
    values = Values(zone=TAIPEI, lists={"gift": [Entry(name="一千元禮盒")]})

    assert [one.value for one in found("一千元禮盒", values=values)] == ["一千元禮盒"]


@pytest.mark.parametrize(
    ("text", "value"), [("12/20", "2026-12-20"), ("7/20", "2027-07-20"), ("12月20日", "2026-12-20")]
)
def test_an_order_of_last_month_is_put_into_next_winter(text: str, value: str) -> None:
    january = datetime(2027, 1, 20, 2, 0, tzinfo=UTC)

    assert [one.value for one in found(text, at=january)] == [value]


def test_a_short_name_hides_the_longer_one_it_begins() -> None:
    assert told("iphone 15 pro 手機殼") == Counter(
        {("product", "iphone 15 pro 手機殼", "iPhone 15 Pro 手機殼", ""): 1}
    )


@pytest.mark.parametrize("text", ["starrymug", "a starry mugs", "iphone 15 cases", "xTaichung"])
def test_a_part_of_another_word_is_taken_for_an_entry(text: str) -> None:
    assert found(text) == ()


@given(st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join))
def test_what_is_found_does_not_stand_where_it_says(text: str) -> None:
    check(text)


@given(st.text(max_size=80))
def test_any_text_at_all_breaks_the_readers(text: str) -> None:
    check(text)


@given(
    st.text(st.sampled_from("ﬁßİé\u0301\u200b🙂👩‍👧①㈱ｱﾞ＃ "), max_size=8),  # noqa: RUF001
    st.sampled_from([phrase["text"] for phrase in PHRASES]),
)
def test_odd_letters_shift_what_comes_after_them(odd: str, text: str) -> None:
    before = f"{odd}。"
    moved = [
        replace(one, start=one.start + len(before), end=one.end + len(before))
        for one in found(text)
    ]

    assert [*found(before + text)] == moved


def check(text: str) -> None:
    entities = found(text)
    for one in entities:
        assert 0 <= one.start < one.end <= len(text)
        assert one.value
        assert text[one.start : one.end].strip()
        if one.name in LISTS:
            # Read alone, the written words say the same.
            alone = list(Lists({one.name: LISTS[one.name]}).found(text[one.start : one.end]))
            assert [each.value for each in alone] == [one.value]
    for name in {one.name for one in entities}:
        spans = [at for one in entities if one.name == name for at in (one.start, one.end)]
        assert spans == sorted(spans)
    order = [one.start for one in entities]
    assert order == sorted(order)


def test_hostile_texts_break_the_readers() -> None:
    folder = SHARED / "badinput"
    if not folder.is_dir():
        pytest.skip("no shared data beside the project: badinput")
    texts = [
        item
        for file in folder.rglob("*.json")
        for item in json.loads(file.read_text("utf-8"))["items"]
        if isinstance(item, str)
    ]

    assert len(texts) > 1_000
    for text in texts:
        check(text)


@pytest.mark.parametrize(
    "unit",
    [
        *("1", "1,", "1,111", "一", "百", "一百", "萬", "1.", "$1", "NT$", "元", "一元", "三百五 "),
        *(
            "a ",
            "a hundred ",
            "one ",
            "1/",
            "1/1 ",
            "1-",
            "1:",
            "1點",
            "一點",
            "下",
            "下個",
            "週",
            "月",
        ),
        *(
            "1月",
            "一月",
            "民國",
            "今天",
            "今",
            "明早",
            "下午",
            "mar ",
            "5th ",
            "next ",
            "next friday ",
        ),
        *(
            "at 1 ",
            "in 1 ",
            "1 day ",
            "two boxes ",
            "星",
            "星空",
            "starry ",
            " ",
            "\u200b",
            "ß",
            "(",
        ),
        *("月底", "年底", "12月底", "農曆", "中秋", "end of the ", "1號到", "1/1-", "周一到"),
        *("the 1st to ", "mon to ", "before christmas ", "正月初"),
        *("明天到", "1點到", "$1-", "half past ", "between 1 and "),
    ],
)
def test_a_long_text_takes_for_ever(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    started = time.process_time()

    found(text)

    assert time.process_time() - started < 0.5
