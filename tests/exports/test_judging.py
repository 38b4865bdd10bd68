"""Who the brand is, what is automatic, and which part of a date is the day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.automatic import Automatic, Watch
from bot.exports.brand import brands
from bot.exports.clock import of_twelve
from bot.exports.dates import Parts, day_of, order_of
from bot.exports.errors import AmbiguousDates, NoBrand
from bot.exports.events import events
from bot.exports.export import Export, Told
from bot.exports.formats import DateOrder, Reading
from bot.exports.message import Author, Conversation, ExportedMessage, Ids, conversation
from bot.reports.asks import asks
from bot.reports.events import Event, in_order
from tests.exports.layouts import put
from tests.exports.test_formats import asks_of, opened

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def said(
    author: Author, text: str, *, after: float = 0, sender: str = "", automatic: bool = False
) -> ExportedMessage:
    at = AT + after * SECOND
    return ExportedMessage(f"{after}-{text}", at, sender, author, "text", text, automatic)


def watched(
    chats: Sequence[Sequence[ExportedMessage]], *, resolution: int = 1, answers: Sequence[str] = ()
) -> Automatic:
    watch = Watch(resolution_seconds=resolution)
    for chat in chats:
        watch.see(chat)
    return watch.found(answers=answers)


def replied(
    count: int, text: str = "Thanks, we will write", after: float = 2
) -> list[list[ExportedMessage]]:
    """Chats in which *text* came so long after a question, and an answer of its own later."""
    return [
        [
            said("customer", f"Question {place}"),
            said("brand", text, after=after),
            said("brand", f"Answer {place}", after=600),
        ]
        for place in range(count)
    ]


def test_what_comes_at_once_in_twenty_chats_is_an_answer() -> None:
    assert watched(replied(20)).texts == {"Thanks, we will write": 20}
    assert watched(replied(20, after=5)).texts == {"Thanks, we will write": 20}
    assert watched(replied(20, after=6)).texts == {}


def test_few_of_many_are_automatic_without_a_word_to_the_user() -> None:
    many = [*replied(19), *replied(60, "No", after=60)]

    found = watched(many)

    assert (found.texts, found.suspects) == ({}, {"Thanks, we will write": 19})


def test_a_usual_word_that_is_sometimes_quick_is_automatic() -> None:
    often = [*replied(20, "Yes, we do"), *replied(21, "Yes, we do", after=60)]

    assert watched(often).texts == {}


def test_the_same_minute_of_coarse_times_tells_too_much() -> None:
    chats = replied(3, after=0)

    found = watched(chats, resolution=60)

    assert (found.texts, found.suspects) == ({}, {"Thanks, we will write": 3})
    assert watched(replied(20, after=0), resolution=60).texts == {"Thanks, we will write": 20}
    assert watched(replied(20, after=60), resolution=60).texts == {}


def test_what_a_named_agent_typed_fast_is_automatic() -> None:
    chats = [[said("customer", "?"), said("agent", "Hello there", after=1)] for _ in range(50)]

    assert watched(chats).texts == {}


def test_what_the_source_marks_is_an_answer_or_takes_an_agents_words() -> None:
    marked = said("bot", "Welcome", after=900, automatic=True)

    found = watched([[said("customer", "?"), marked]])

    assert found.replies(marked)
    assert not found.replies(said("agent", "Welcome"))


def test_the_user_is_not_believed() -> None:
    found = watched(replied(30), answers=("will write",))

    assert not found.replies(said("brand", "Thanks, we will write"))
    assert Automatic(patterns=("will write",)).replies(said("brand", "We will write soon"))


def test_what_went_to_fifty_at_once_answers_somebody() -> None:
    chats = [[said("customer", "?"), said("brand", "Big sale", after=7)] for _ in range(50)]

    assert watched(chats).broadcast(said("brand", "Big sale", after=31))
    assert not watched(chats).broadcast(said("brand", "Big sale", after=61))
    assert not watched(chats[:49]).broadcast(said("brand", "Big sale", after=7))


def test_a_broadcast_opens_or_answers_something_or_makes_thanks_an_ask() -> None:
    def at(seconds: float) -> datetime:
        return AT + seconds * SECOND

    question = Event(id="1", at=at(0), actor="customer", text="Is it here?")
    sale = Event(id="2", at=at(60), actor="agent", text="Big sale", broadcast=True)
    thanks = Event(id="3", at=at(120), actor="customer", text="ok")

    (ask,) = asks([question, sale])
    assert (ask.answered_at, ask.touched_at) == (None, None)
    assert asks([sale, thanks]) == []


def people(*names: str, title: str = "") -> Conversation:
    return Conversation(id=str(names), title=title, people=frozenset(names))


def test_the_brand_is_somebody_who_is_seldom_there() -> None:
    chats = [people("Shop", "Ann"), people("Shop", "Ben"), people("Cleo", "Dan")]

    found = brands(chats, None)

    assert (found.name, found.present, found.conversations) == ("Shop", 2, 3)
    assert brands(chats, "Ann").name == "Ann"
    assert brands([people("Shop", "Ann", title="Ann")], None).name == "Shop"


@pytest.mark.parametrize(
    "chats",
    [
        [people("Shop", "Ann")],
        [people("Shop", "Ann"), people("Shop", "Ann")],
        [people("Ann", "A"), people("Ann", "B"), *[people(f"{n}", f"x{n}") for n in range(3)]],
    ],
)
def test_the_brand_is_guessed(chats: list[Conversation]) -> None:
    with pytest.raises(NoBrand, match="--brand"):
        brands(chats, None)


def dates(*texts: str) -> list[Parts]:
    found = [tuple(int(part) for part in text.split("/")) for text in texts]
    return [(first, second, third) for first, second, third in found]


@pytest.mark.parametrize(
    ("chats", "order"),
    [
        ([["01/01/19", "20/01/19"]], "dmy"),
        ([["01/01/19", "01/20/19"]], "mdy"),
        ([["2019/3/4", "2019/3/5"]], "ymd"),
        ([["19/13/01", "19/12/31"]], "ymd"),
        # Days go up and months come back: only one order lets time go forward.
        ([["09/03/26", "10/03/26", "01/04/26"]], "dmy"),
        ([["03/09/26", "03/10/26", "04/01/26"]], "mdy"),
        # Two chats of one phone are written alike.
        ([["01/02/26"], ["25/02/26"]], "dmy"),
        ([["01/03/26", "02/03/26", "04/03/26", "05/03/26", "06/03/26"]], "dmy"),
        ([["03/01/26", "03/02/26", "03/04/26", "03/05/26", "03/06/26"]], "mdy"),
        ([["03/03/26"]], "dmy"),
    ],
)
def test_day_and_month_are_taken_for_each_other(chats: list[list[str]], order: str) -> None:
    assert order_of([dates(*chat) for chat in chats]) == order


@pytest.mark.parametrize("chat", [["01/02/26"], ["01/02/26", "02/03/26"], ["05/06/26", "05/07/26"]])
def test_dates_that_may_be_either_are_guessed(chat: list[str]) -> None:
    with pytest.raises(AmbiguousDates, match="--date-order dmy or --date-order mdy"):
        order_of([dates(*chat)])


def test_the_order_that_was_told_is_not_used(tmp_path: Path) -> None:
    put(tmp_path / "WhatsApp Chat with Demo.txt", "01/02/26, 10:00 - Demo: hi\n")

    with pytest.raises(AmbiguousDates), opened(tmp_path, brand="Shop"):
        pass
    for order, month in (("dmy", 2), ("mdy", 1)):
        reading = Reading(zone=UTC, date_order=order)  # type: ignore[arg-type]
        with Export(tmp_path, reading, Told(brand="Shop")) as export:
            first = export.counts.first_at
            assert first is not None
            assert first.month == month


@given(
    st.lists(st.dates(datetime(2001, 1, 1).date(), datetime(2068, 12, 31).date()), min_size=40),  # noqa: DTZ001
    st.sampled_from(["dmy", "mdy"]),
)
def test_a_long_chat_is_read_in_the_wrong_order(days: list, order: DateOrder) -> None:  # type: ignore[type-arg]
    written = [
        (day.day, day.month, day.year) if order == "dmy" else (day.month, day.day, day.year)
        for day in sorted(days)
    ]

    try:
        found = order_of([written])
    except AmbiguousDates:
        return
    assert [day_of(parts, found) for parts in written] == sorted(days)


@pytest.mark.parametrize(
    ("hour", "half", "of_day"),
    [
        (12, "AM", 0),
        (12, "pm", 12),
        (1, "p.\u00a0m.", 13),
        (11, "上午", 11),
        (12, "下午", 12),
        (5, "午後", 17),
        (12, "午前", 0),
        (15, "", 15),
        (12, "中午", 12),
        (1, "中午", 13),
        (12, "凌晨", 0),
        (11, "晚上", 23),
    ],
)
def test_an_hour_lies_half_a_day_off(hour: int, half: str, of_day: int) -> None:
    assert of_twelve(hour, half) == of_day


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), max_size=12))
def test_messages_of_one_instant_lose_their_order_or_one_another(
    rows: list[tuple[int, str]],
) -> None:
    def exported() -> Iterator[ExportedMessage]:
        ids = Ids()
        for seconds, text in rows:
            at = AT + seconds * SECOND
            yield ExportedMessage(ids(at, "", text), at, "", "customer", "text", text)

    once, twice = conversation("c", exported()), conversation("c", [*exported(), *exported()])

    assert once == twice
    in_order = sorted(rows, key=lambda row: row[0])
    assert [(each.at, each.text) for each in once.messages] == [
        (AT + seconds * SECOND, text) for seconds, text in in_order
    ]
    assert [each.id for each in once.messages] == sorted(
        (each.id for each in once.messages), key=lambda id: id.split("-")[:2]
    )


def test_a_question_and_its_answer_in_one_minute_change_places(tmp_path: Path) -> None:
    rows = [f"17/03/2026, 10:00 - {who}: text {n}" for n, who in enumerate(["Demo", "Shop"] * 30)]
    put(tmp_path / "WhatsApp Chat with Demo.txt", "\n".join(rows))

    with opened(tmp_path) as export:
        found = asks_of(export)

    assert len(found) == 30
    assert all(len(ask.message_ids) == 1 and ask.answered_at == ask.opened_at for ask in found)


def test_message_nine_and_ten_of_one_second_change_places() -> None:
    rows = [
        ExportedMessage("9", AT, "Demo", "customer", "text", "Question"),
        ExportedMessage("10", AT, "Shop", "brand", "text", "Answer"),
    ]

    happened = events(conversation("c", rows), Automatic(), channel="telegram", names_agents=False)

    (ask,) = asks(happened)
    assert ask.answered_at == AT


def test_a_message_told_again_later_counts_twice() -> None:
    first = Event(id="1", at=AT, actor="customer", text="Is it here?")
    again = Event(id="1", at=AT + SECOND, actor="customer", text="Is it here?")

    assert in_order([first, again]) == [first]
