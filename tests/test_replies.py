"""What is sent: cut to the platform, said in the customer's language, and never run."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies import (
    BrokenTemplate,
    Drawn,
    EmptyReply,
    MissingVariable,
    Replies,
    Reply,
    ReplyError,
    ReplyTooLong,
    UnknownTemplate,
    check,
    opening,
    shortened,
    unlike,
    untold_facts,
    wait,
)
from bot.replies.draw import drawn
from bot.reports.hours import OpeningHours
from channels.base import Capabilities, LengthUnit
from channels.messages import Content, QuickReply, Surface
from tests.shared import shared_path
from tests.turns import COMMENT, DIRECT

BOTH = ("zh-Hant", "en")


class Folder:
    """A folder of templates that a test writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str, language: str = "zh-Hant") -> Path:
        path = self.path / language / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def replies(self, languages: Sequence[str] = BOTH, **variables: Any) -> Replies:
        return Replies([self.path], languages, variables)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def said(
    replies: Replies,
    template: str = "t",
    *,
    language: str | None = "zh-Hant",
    capabilities: Capabilities = DIRECT,
    seed: str = "line:acct:t1",
    channel: str = "",
    **variables: Any,
) -> Reply:
    return replies.render(
        template,
        language=language,
        capabilities=capabilities,
        variables=variables,
        conversation_seed=seed,
        channel=channel,
    )


def text(reply: Reply) -> str:
    return "".join(part.text for part in reply.parts)


# Customers' words


def hostile_texts() -> list[str]:
    own = json.loads(shared_path("badinput/own/template_text.json").read_text())["items"]
    fetched = json.loads(shared_path("badinput/fetched/ssti.json").read_text())["items"]
    return [*own, *fetched]


def test_a_customers_words_are_run_as_a_template(folder: Folder) -> None:
    folder.write("t.j2", "您好 {{ customer.name }}，找不到 {{ order_number }}。")
    replies = folder.replies()

    wrong = [
        hostile
        for hostile in hostile_texts()
        if text(said(replies, customer={"name": hostile}, order_number=hostile))
        != f"您好 {hostile}，找不到 {hostile}。"
    ]

    assert wrong == []


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_some_text_does_not_arrive_as_it_was_typed(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = Folder(tmp_path_factory.getbasetemp() / "literal")
    folder.write("t.j2", "[{{ customer.name }}]")

    assert text(said(folder.replies(["zh-Hant"]), customer={"name": name})) == f"[{name}]"


# Authors' templates


def hostile_templates() -> list[str]:
    return [
        "{{ 'a' * 10**8 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ '%999999999d' % 1 }}",
        "{% for a in range(999) %}{% for b in range(999) %}x{% endfor %}{% endfor %}",
        "{% for a in l %}{% for b in l %}{% for c in l %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in l recursive %}{{ loop(l) }}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ l.append(1) }}",
        "{{ l | map('upper') | join }}",
        "{{ 'x' | center(10000000) }}",
        "{{ 'a' | replace('a', 'aaaaaaaaaa') }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum(n=1000) }}",
        "{% set x = 'a' %}{{ x }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'other' %}",
        '{% import "/etc/passwd" as x %}',
        '{% from "../secret.j2" import x %}{{ x() }}',
        "{{ self }}",
        "{{ l[0] }}",
        "{{ l }}",
        "{{ none }}",
        "(" * 500 + "{{ " + "(" * 500,
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "not " * 3000 + "1 }}",
        "{{ " + "9" * 5000 + " }}",
        "{{ x" + " ~ x" * 3000 + " }}",
        "x" * 20_000,
    ]


@pytest.mark.parametrize("source", hostile_templates())
def test_an_authors_template_runs_away(folder: Folder, source: str) -> None:
    folder.write("t.j2", source)

    started = process_time()
    with pytest.raises(ReplyError):
        said(folder.replies(["zh-Hant"]), l=list(range(1000)), x="x" * 9000)
    assert process_time() - started < 1.0


def test_a_template_from_the_attack_list_reaches_into_python(folder: Folder) -> None:
    attacks = hostile_texts()
    for at, attack in enumerate(attacks):
        folder.write(f"t{at}.j2", attack)
    replies = folder.replies(["zh-Hant"], brand={"name": "店"})

    for at in range(len(attacks)):
        try:
            answer = text(said(replies, f"t{at}"))
        except ReplyError:
            continue
        assert "class" not in answer or answer == attacks[at].strip()


def test_the_largest_allowed_loop_takes_too_long(folder: Folder) -> None:
    silent = "{% if a == b %}x{% endif %}"
    folder.write("t.j2", "{% for a in l %}" + silent * 140 + "{% endfor %}done")
    replies = folder.replies(["zh-Hant"])
    numbers = list(range(100_000))

    started = process_time()
    reply = said(replies, l=numbers, b=-1)
    assert process_time() - started < 0.5
    assert text(reply) == "done"


def test_loops_in_loops_stop_the_bot_without_a_word(folder: Folder) -> None:
    loops = "".join(f"{{% for x{depth} in l %}}" for depth in range(3))
    folder.write("t.j2", loops + "{% endfor %}" * 3 + "done")

    with pytest.raises(BrokenTemplate, match="a loop inside a loop"):
        said(folder.replies(["zh-Hant"]), l=list(range(100)))


@pytest.mark.parametrize("inside", ["brand.name.isalpha", "brand.items", "brand.name.__len__"])
def test_a_template_asks_python_objects(folder: Folder, inside: str) -> None:
    folder.write("t.j2", "{{ 'yes' if " + inside + " else 'no' }}")

    with pytest.raises(MissingVariable):
        said(folder.replies(["zh-Hant"], brand={"name": "Shop"}))


def test_a_text_is_looped_over_letter_by_letter(folder: Folder) -> None:
    folder.write("t.j2", "{% for a in x %}{% endfor %}done")

    with pytest.raises(BrokenTemplate, match="a loop takes a list"):
        said(folder.replies(["zh-Hant"]), x="x" * 4000)


def test_a_reply_of_more_than_four_kilobytes_leaves(folder: Folder) -> None:
    folder.write("t.j2", "{{ x }}")
    replies = folder.replies()

    assert text(said(replies, x="字" * 1365)) == "字" * 1365
    with pytest.raises(ReplyTooLong):
        said(replies, x="字" * 1366)
    with pytest.raises(ReplyTooLong):
        replies.plain("字" * 1366, capabilities=DIRECT)


@pytest.mark.parametrize("value", [None, object(), ["a"], {"a": 1}, True, 10**50])
def test_a_value_that_is_no_text_reaches_a_customer(folder: Folder, value: object) -> None:
    folder.write("t.j2", "值是 {{ x }}")

    with pytest.raises((MissingVariable, BrokenTemplate)):
        said(folder.replies(), x=value)


def test_an_actions_list_can_be_changed_by_a_template_or_printed_badly(folder: Folder) -> None:
    folder.write("t.j2", "{% for x in l %}{{ x }}{% if not loop.last %}、{% endif %}{% endfor %}")

    assert text(said(folder.replies(), l=["a", "b", "c"])) == "a、b、c"


# What is missing


def test_a_missing_variable_reaches_a_customer(folder: Folder) -> None:
    folder.write("t.j2", "運費 {{ shop.fee }}")
    folder.write("u.j2", "---\nfallback: 請稍等\n---\n運費 {{ shop.fee }}")
    replies = folder.replies()

    with pytest.raises(MissingVariable):
        said(replies)
    assert text(said(replies, "u")) == "請稍等"


def test_an_unknown_empty_or_broken_template_reaches_a_customer(folder: Folder) -> None:
    folder.write("empty.j2", "---\nflags: [ack]\n---\n  \n")
    folder.write("broken.j2", "{% if %}")
    folder.write("fine.j2", "好")
    replies = folder.replies()

    with pytest.raises(EmptyReply):
        said(replies, "empty")
    with pytest.raises(BrokenTemplate):
        said(replies, "broken")
    with pytest.raises(UnknownTemplate):
        said(replies, "nothing")
    assert text(said(replies, "fine")) == "好"


def test_a_broken_macro_file_stops_other_templates(folder: Folder) -> None:
    (folder.path / "_macros.j2").write_text("{% macro x(a) %}{{ a * 3 }}{% endmacro %}")
    folder.write("t.j2", '{% from "_macros.j2" import x %}{{ x("a") }}')
    folder.write("u.j2", "好")
    replies = folder.replies()

    with pytest.raises(BrokenTemplate):
        said(replies)
    assert text(said(replies, "u")) == "好"
    assert [
        (Path(problem.file).name, problem.message)
        for problem in check([folder.path], languages=["zh-Hant"], needed=(), variables={})
    ] == [("_macros.j2", "mul is not allowed in replies")]


# Languages, folders, variants, versions


def test_a_reply_comes_in_the_wrong_language(folder: Folder) -> None:
    name = {"zh-Hant": "木村", "en": "Kimura"}
    folder.write("t.j2", "這裡是{{ brand.name }}")
    folder.write("t.j2", "This is {{ brand.name }}", "en")
    folder.write("only.j2", "只有中文 {{ brand.name }}")
    replies = folder.replies(brand={"name": name})

    assert text(said(replies, language="en")) == "This is Kimura"
    assert text(said(replies, language=None)) == "這裡是木村"
    assert text(said(replies, language="ja")) == "這裡是木村"
    assert text(said(replies, "only", language="en")) == "只有中文 木村"


def test_the_brands_own_template_loses_to_the_built_in_one(tmp_path: Path) -> None:
    ours, theirs = Folder(tmp_path / "ours"), Folder(tmp_path / "theirs")
    ours.write("t.j2", "內建")
    ours.write("u.j2", "內建")
    theirs.write("t.j2", "自己的")
    replies = Replies([theirs.path, ours.path], ["zh-Hant"], {})

    assert (text(said(replies)), text(said(replies, "u"))) == ("自己的", "內建")


def test_one_conversation_gets_now_this_and_now_that_variant(folder: Folder) -> None:
    folder.write("t.j2", "一\n--- variant\n二\n--- variant\n三")
    replies = folder.replies()

    assert len({text(said(replies, seed="same")) for _ in range(20)}) == 1
    assert {text(said(replies, seed=str(seed))) for seed in range(60)} == {"一", "二", "三"}


def test_weights_do_not_tell_how_often_a_variant_is_said(folder: Folder) -> None:
    folder.write("t.j2", "---\nweights: [3, 1, 0]\n---\n一\n--- variant\n二\n--- variant\n三")
    replies = folder.replies()

    heard = Counter(text(said(replies, seed=str(seed))) for seed in range(2000))
    assert set(heard) == {"一", "二"}
    # 1500 expected, and five standard deviations to either side.
    assert 1400 < heard["一"] < 1600


@given(st.lists(st.integers(0, 1000), min_size=1).filter(any), st.text(), st.data())
def test_more_weight_for_one_variant_moves_a_conversation_away_from_it(
    weights: list[int], seed: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(weights) - 1))
    more = [weight + (at == place) for at, weight in enumerate(weights)]
    before, after = drawn(seed, weights), drawn(seed, more)

    assert weights[before] > 0
    assert min(before, place) <= after <= max(before, place)


def test_two_draws_are_taken_for_one(folder: Folder) -> None:
    def draw(source: str, language: str = "zh-Hant") -> str:
        folder.write("t.j2", source, language)
        found = said(folder.replies(), language=language).drawn
        assert found is not None
        return found.draw

    first = draw("一\n--- variant\n二")

    assert draw("一 \n\n--- variant\n二\n") == first
    assert draw("---\nweights: [1, 1]\n---\n一\n--- variant\n二") == first
    others = {
        draw("一\n--- variant\n兩"),
        draw("二\n--- variant\n一"),
        draw("一\n--- variant\n二\n--- variant\n三"),
        draw("---\nweights: [2, 1]\n---\n一\n--- variant\n二"),
        draw("---\nquick_replies: [{title: a, payload: b}]\n---\n一\n--- variant\n二"),
    }
    assert len(others | {first}) == 6


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("weights: [1]", "2:1 header: weights: 1 for 2 variants; each needs one, 0 ends it"),
        ("weights: [0, 0]", "2:1 header: weights: at least one must be above 0"),
        ("flags: []\nweights: [1, -2]", "3:14 header: weights.1: Input should be greater than or "
         "equal to 0"),
        ("weights: [1, 1.5]", "2:14 header: weights.1: Input should be a valid integer"),
        ("buttons:\n  - {title: a, urll: b}", "3:16 header: buttons.0.urll: Extra inputs are not "
         "permitted"),
    ],
)  # fmt: skip
def test_a_wrong_header_is_told_without_its_place(folder: Folder, header: str, told: str) -> None:
    file = folder.write("t.j2", f"---\n{header}\n---\n一\n--- variant\n二")

    [problem] = check([folder.path], languages=["zh-Hant"], needed=(), variables={})
    assert str(problem) == f"{file}:{told}"


def test_a_comment_gets_the_words_meant_for_private(folder: Folder) -> None:
    folder.write("t.j2", "私訊")
    folder.write("t.comment.j2", "留言")
    folder.write("t.line.j2", "賴")
    replies = folder.replies()

    assert text(said(replies)) == "私訊"
    assert text(said(replies, capabilities=COMMENT)) == "留言"
    assert text(said(replies, channel="line")) == "賴"


# What the platform takes

BUTTONS = """---
quick_replies:
  - {title: Talk to a real person please, payload: human_request}
  - {title: 查訂單, payload: order_status}
flags: [expects_reply, ack]
---
要什麼？"""


def test_a_platform_refuses_the_quick_replies(folder: Folder) -> None:
    folder.write("t.j2", BUTTONS)
    small = Capabilities(
        surface=Surface.DIRECT, max_text=100, max_quick_replies=2, max_quick_reply_title=20
    )

    reply = said(folder.replies(), capabilities=small)

    assert reply.drawn is not None
    assert reply == Reply(
        parts=(
            Content(
                text="要什麼？",
                quick_replies=(
                    QuickReply(title="Talk to a real pers…", payload="human_request"),
                    QuickReply(title="查訂單", payload="order_status"),
                ),
            ),
        ),
        template="t",
        drawn=Drawn(language="zh-Hant", version="t", variant=0, of=1, draw=reply.drawn.draw),
        ack=True,
        expects_reply=True,
    )


def test_choices_are_lost_where_there_are_no_quick_replies(folder: Folder) -> None:
    folder.write("t.j2", BUTTONS)
    none = Capabilities(surface=Surface.DIRECT, max_text=100)
    replies = folder.replies()

    assert text(said(replies, capabilities=none)) == (
        "要什麼？\n1. Talk to a real person please\n2. 查訂單"
    )
    assert said(replies, capabilities=COMMENT).parts == (Content(text="要什麼？"),)


RICH = """\
---
buttons:
  - {title: 看尺寸表, url: "https://shop.example/{{ shop.page }}"}
  - {title: 找真人, payload: human_request}
cards:
  - title: 帆布包
    text: NT$980
    image: https://shop.example/bag.jpg
    buttons: [{title: 下單, payload: place_order_help}]
menu: {title: 更多, rows: [{title: 運費, payload: shipping_fee}]}
attachments: [{type: image, url: https://shop.example/map.png, title: 地圖}]
---
這些都可以看看。
"""


def test_what_a_template_offers_is_lost_or_leads_elsewhere(folder: Folder) -> None:
    folder.write("look.j2", RICH)
    everything = replace(
        DIRECT,
        max_buttons=3,
        link_buttons=True,
        max_cards=10,
        max_rows=10,
        media=frozenset({"image"}),
    )
    replies = folder.replies(shop={"page": "sizes"})

    rich = said(replies, "look", capabilities=everything).parts
    plain = said(replies, "look", capabilities=replace(DIRECT, max_quick_replies=0)).parts

    assert [one.url for part in rich for one in part.attachments] == [
        "https://shop.example/map.png"
    ]
    assert [one.url for part in rich for one in part.buttons] == [
        "https://shop.example/sizes",
        None,
    ]
    assert [card.title for part in rich for card in part.cards] == ["帆布包"]
    words = "\n".join(part.text for part in plain)
    for word in (
        "https://shop.example/sizes",
        "https://shop.example/map.png",
        "帆布包",
        "1. ",
        "運費",
    ):
        assert word in words
    payloads = {"human_request", "place_order_help", "shipping_fee"}
    assert {option.payload for part in plain for option in part.options} == payloads


@pytest.mark.parametrize(
    "header",
    [
        "buttons: [{title: a}]",
        "buttons: [{title: a, payload: b, url: c}]",
        "cards: [{text: a}]",
        "menu: {title: a, rows: []}",
        "attachments: [{type: script, url: a}]",
        'attachments: [{url: "https://{{ shop.x( }}"}]',
    ],
)
def test_a_header_without_sense_is_found_by_a_customer_first(folder: Folder, header: str) -> None:
    path = folder.write("look.j2", f"---\n{header}\n---\n看看\n")

    [problem] = check([folder.path], languages=["zh-Hant"], needed=["look"], variables={"shop": {}})

    assert (problem.file, problem.line) == (str(path), 2)


def test_an_author_does_not_learn_what_a_platform_makes_of_it(folder: Folder) -> None:
    folder.write("look.j2", RICH)
    narrow = replace(DIRECT, max_quick_replies=13, max_quick_reply_title=2)

    found = shortened(
        [folder.path], languages=["zh-Hant"], capabilities={"narrow": narrow, "post": COMMENT}
    )

    [problem] = found
    assert problem.message.startswith("on narrow: ")
    assert "'找真人' is shortened" in problem.message
    assert "cards become words" in problem.message
    assert "attachments become links" in problem.message


def test_a_long_reply_is_cut_in_bytes_or_loses_its_quick_replies(folder: Folder) -> None:
    folder.write("t.j2", BUTTONS.replace("要什麼？", "第一句話。第二句話。第三句話。"))
    tight = Capabilities(
        surface=Surface.DIRECT, max_text=32, unit=LengthUnit.UTF8, max_quick_replies=13
    )

    parts = said(folder.replies(), capabilities=tight).parts

    assert [part.text for part in parts] == ["第一句話。第二句話。", "第三句話。"]
    assert [len(part.quick_replies) for part in parts] == [0, 2]


def test_a_machine_is_taken_for_a_person(folder: Folder) -> None:
    folder.write("t.j2", BUTTONS)
    folder.write("disclosure.j2", "我是{{ brand.name }}的機器人。")
    replies = folder.replies(brand={"name": "店"})

    reply = replies.with_disclosure(
        said(replies), language="zh-Hant", capabilities=DIRECT, conversation_seed="x"
    )

    assert text(reply) == "我是店的機器人。\n\n要什麼？"
    assert (reply.template, len(reply.parts[-1].quick_replies)) == ("t", 2)


# Before any customer sees it


def test_a_mistake_in_a_template_is_found_by_a_customer_first(folder: Folder) -> None:
    folder.write("bad.j2", "---\nflags: [ack]\n---\n好\n--- variant\n好\n{% if x %}")
    folder.write("typo.j2", "一行\n運費 {{ shop.shiping_fee }} {{ custommer.name }}")
    folder.write("filter.j2", "{{ brand.name | shout }}")
    folder.write("header.j2", "---\nflags: [akc]\n---\n好")
    folder.write("yaml.j2", "---\nflags: [\n---\n好")
    folder.write("empty.j2", "好\n--- variant\n")
    folder.write("long.j2", "字" * 70)
    folder.write(
        "branches.j2", "{% if brand.name %}" + "字" * 40 + "{% else %}" + "字" * 40 + "{% endif %}"
    )
    able = {"tiny": Capabilities(surface=Surface.DIRECT, max_text=60)}

    found = check(
        [folder.path],
        languages=["zh-Hant"],
        needed=["bad", "griit"],
        variables={"brand": {"name": "店"}, "shop": {"shipping_fee": 80}},
        capabilities=able,
    )

    assert [
        (Path(problem.file).name, problem.line, problem.column, problem.message.split(";")[0])
        for problem in found
    ] == [
        ("bad.j2", 7, 1, found[0].message.split(";")[0]),
        ("empty.j2", 3, 1, "the text is empty"),
        ("filter.j2", 1, 1, "there is no filter 'shout'"),
        ("griit.j2", 1, 1, "there is no template 'griit' in zh-Hant"),
        ("header.j2", 2, 9, found[4].message.split(";")[0]),
        ("long.j2", 1, 1, "longer than one message on tiny: 70 of 60 characters"),
        ("typo.j2", 2, 7, "there is no shop.shiping_fee"),
        ("typo.j2", 2, 30, "nothing is called 'custommer' here"),
        ("yaml.j2", 2, 1, found[8].message.split(";")[0]),
    ]
    assert "did you mean 'shipping_fee'?" in found[6].message


def test_an_address_speaks_of_what_nobody_tells(folder: Folder) -> None:
    folder.write(
        "t.j2",
        "---\nbuttons:\n  - {title: a, url: 'https://{{ shop.url }}'}\n"
        "  - {title: b, url: 'https://a.example/{{ ordr_number }}'}\n---\n好",
    )

    found = check(
        [folder.path],
        languages=["zh-Hant"],
        needed=(),
        variables={},
        action_variables=["order_number"],
    )

    assert [(one.line, one.column, one.message) for one in found] == [
        (4, 43, "nothing is called 'ordr_number' here; did you mean 'order_number'?")
    ]


def test_nobody_tells_that_languages_differ(folder: Folder) -> None:
    folder.write("pair.j2", "一\n--- variant\n二\n--- variant\n三")
    folder.write("pair.j2", "one", "en")
    folder.write("same.j2", "一\n--- variant\n一 ")
    folder.write("same.j2", "one\n--- variant\ntwo", "en")
    header = "---\nflags: [{}]\nweights: [{}]\nquick_replies: [{{title: a, payload: {}}}]\n---\n"
    for language, told in (("zh-Hant", ("ack", "1, 2", "x")), ("en", ("", "1, 1", "y"))):
        folder.write("head.j2", header.format(*told) + "a\n--- variant\nb", language)

    found = unlike([folder.path], languages=BOTH)

    assert [
        f"{Path(one.file).relative_to(folder.path)}:{one.line}:{one.column} {one.message}"
        for one in sorted(found)
    ] == [
        "zh-Hant/head.j2:2:1 its flags are not those of en/head.j2",
        "zh-Hant/head.j2:2:1 its payloads are not those of en/head.j2",
        "zh-Hant/head.j2:3:1 its weights are not those of en/head.j2",
        "zh-Hant/pair.j2:3:1 variant 2 has no pair in en/pair.j2; write one there, or take it out "
        "here",
        "zh-Hant/same.j2:3:1 variant 2 says the same as variant 1: their figures tell nothing",
    ]


def test_nobody_knows_which_facts_are_untold(folder: Folder) -> None:
    folder.write("t.j2", "{{ shop.fee }}{% if shop.more is defined %}{{ shop.more }}{% endif %}")

    assert untold_facts([folder.path], languages=["zh-Hant"], variables={}) == {"shop.fee": ["t"]}


# Opening hours and waits in words

TAIPEI = ZoneInfo("Asia/Taipei")
HOURS = OpeningHours(
    zone=TAIPEI,
    weekly={day: ((time(9), time(18)),) for day in range(5)} | {5: ((time(10), time(0)),)},
)


def at(day: int, hour: int) -> datetime:
    """A time of November 2026 in Taipei; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, tzinfo=TAIPEI).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(23, 10), {"open": True}),
        (at(23, 8), {"open": False, "next": "今天 09:00"}),
        (at(23, 18), {"open": False, "next": "明天 09:00"}),
        (at(29, 12), {"open": False, "next": "明天 09:00"}),
        (at(28, 23), {"open": True}),
    ],
)
def test_customers_are_told_wrong_hours(now: datetime, expected: Mapping[str, Any]) -> None:
    week = "週一至週五 09:00\N{EN DASH}18:00；週六 10:00\N{EN DASH}24:00；週日 休息"

    assert opening(HOURS, now=now, language="zh-Hant") == {**expected, "text": week}


def test_english_customers_are_told_chinese_hours() -> None:
    friday = OpeningHours(zone=TAIPEI, weekly={4: ((time(9), time(18)),)})

    assert opening(friday, now=at(23, 10), language="en")["next"] == "Friday at 09:00"
    assert opening(friday, now=at(20, 19), language="en")["next"] == "November 27 at 09:00"
    assert opening(None, now=at(23, 3), language="en") == {"open": True}


def test_a_wait_is_told_too_short_or_too_exactly() -> None:
    told = [
        wait(span, language="zh-Hant").get("text")
        for span in (None, timedelta(seconds=20), timedelta(minutes=12), timedelta(hours=3))
    ]

    assert told == [None, "約 1 分鐘", "約 15 分鐘", "約 3 小時"]
    assert wait(timedelta(minutes=7), language="en") == {"text": "about 7 minutes"}
