"""What other products would show for logs that were counted by hand, rule by rule."""

from dataclasses import replace
from datetime import time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.events import Event
from bot.reports.hours import OpeningHours
from bot.reports.peers import Scope, View, views
from bot.reports.peers.dialogues import dialogues
from bot.reports.peers.meta import Badge, badge
from bot.reports.report import Window
from tests.reports.make import at, comment, received, sent
from tests.reports.test_properties import logs

DAY = 24 * 60
HOURS = OpeningHours(
    zone=ZoneInfo("Asia/Taipei"), weekly=dict.fromkeys(range(7), ((time(9), time(18)),))
)


def closed(minutes: float, conversation: str = "A") -> Event:
    return sent(minutes, "agent", kind="close", text="", conversation=conversation)


def scope(start: float = 0, end: float = 60 * DAY, as_of: float | None = None) -> Scope:
    window = Window(start_at=at(start), end_at=at(end), as_of=at(end if as_of is None else as_of))
    return Scope(window=window, hours=HOURS)


def seen_by(peer: str, events: list[Event], chosen: Scope | None = None) -> View:
    return next(view for view in views(events, chosen or scope()) if view.peer == peer)


def figures(view: View) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in view.figures}


def badge_of(events: list[Event], *, as_of: float) -> Badge:
    chosen = scope(as_of=as_of)
    return badge(dialogues(events, as_of=chosen.window.as_of), chosen)


def test_meta_counts_a_message_within_a_day_of_the_last_word() -> None:
    events = [
        received(0),
        sent(5, "bot"),
        received(60),
        received(60 + 20 * 60),
        received(DAY + 59, conversation="B"),
        sent(DAY + 70, "agent"),
        received(2 * DAY + 70),
        sent(2 * DAY + 90, "agent"),
    ]

    meta = seen_by("meta", events)

    assert [pair.asked_at for pair in meta.figures[0].pairs] == [
        at(0),
        at(DAY + 59),
        at(2 * DAY + 70),
    ]
    assert figures(meta)["response_rate"] == pytest.approx(2 / 3)


def test_meta_averages_all_answers_or_drops_more_than_the_slowest_tenth() -> None:
    events: list[Event] = []
    for number in range(20):
        events += [
            received(number, conversation=f"c{number}"),
            sent(number + 1 + number, "agent", conversation=f"c{number}"),
        ]

    meta = seen_by("meta", events)

    assert figures(meta)["response_time"] == 60 * sum(range(1, 19)) / 18


def test_meta_takes_a_built_in_instant_reply_for_an_answer() -> None:
    meta = seen_by("meta", [received(0), sent(0.1, "bot", ack=True)])

    assert figures(meta)["response_rate"] == 0


def test_meta_looks_back_further_than_thirty_days_though_ten_messages_are_there() -> None:
    old = [received(number, conversation=f"o{number}") for number in range(5)]
    new = [
        event
        for number in range(10)
        for event in (
            received(40 * DAY + number, conversation=f"n{number}"),
            sent(40 * DAY + number + 1, "agent", conversation=f"n{number}"),
        )
    ]

    assert figures(seen_by("meta", old + new))["response_rate"] == 1
    # With nine, the last ten count, and one of them is old.
    assert figures(seen_by("meta", old + new[:18]))["response_rate"] == 0.9


def answered_week(answered: int, waiting: int, *, minutes: float = 10) -> list[Event]:
    events: list[Event] = []
    for number in range(answered):
        name = f"a{number}"
        events += [
            received(number, conversation=name),
            sent(number + minutes, "bot", conversation=name),
        ]
    return events + [received(DAY + i, conversation=f"w{i}") for i in range(waiting)]


def test_the_badge_forecast_asks_for_one_message_too_few_or_too_many() -> None:
    found = badge_of(answered_week(8, 2), as_of=2 * DAY)

    assert not found.earned
    assert [pair.message.conversation for pair in found.waiting] == ["w0", "w1"]
    assert found.more_answered == 10  # 18 of 20
    assert found.rate.value == 0.8


def test_the_badge_is_shown_at_nine_in_ten_within_a_quarter_of_an_hour() -> None:
    assert badge_of(answered_week(9, 1), as_of=2 * DAY).earned
    assert badge_of(answered_week(9, 1, minutes=15), as_of=2 * DAY).earned
    assert not badge_of(answered_week(9, 1, minutes=15.1), as_of=2 * DAY).earned
    assert not badge_of([], as_of=2 * DAY).earned


def test_the_badge_clears_when_the_unanswered_leave_the_seven_days() -> None:
    early = [received(i, conversation=f"w{i}") for i in range(3)]
    later = [
        event
        for i in range(9)
        for event in (
            received(DAY + i, conversation=f"a{i}"),
            sent(DAY + i + 1, "bot", conversation=f"a{i}"),
        )
    ]
    found = badge_of(early + later, as_of=2 * DAY)

    # Nine of ten are answered once two of the three have gone.
    assert found.clears_at == at(1) + timedelta(days=7)


def test_sprout_counts_what_the_bot_answered_as_touched() -> None:
    sprout = seen_by(
        "sprout",
        [
            received(0),
            sent(1, "bot"),
            received(10, conversation="B"),
            received(20, conversation="B"),
            sent(30, "agent", conversation="B"),
        ],
    )

    assert figures(sprout)["received"] == 3
    assert figures(sprout)["action_rate"] == pytest.approx(1 / 3)
    assert figures(sprout)["time_to_action"] == 600  # the reply acts on the last message


def test_sprout_keeps_a_reply_of_the_evening_in_business_hours() -> None:
    # 10:00 in Taipei is minute 0: a message of 16:50, answered at 18:00.
    sprout = seen_by("sprout", [received(6 * 60 + 50), sent(8 * 60, "agent")])

    assert figures(sprout)["reply_time_mean"] == 70 * 60
    assert figures(sprout)["reply_time_business"] is None


def test_hootsuite_counts_who_was_never_resolved() -> None:
    events = [
        received(0),
        sent(10, "agent"),
        received(20),
        sent(50, "agent"),
        closed(60),
        received(0, conversation="B"),
        received(0, conversation="C"),
        closed(600, "C"),
    ]
    hootsuite = seen_by("hootsuite", events)

    assert figures(hootsuite) == {
        "resolved": 2,
        "first_response_mean": 600,
        "response_mean": (600 + 1800) / 2,
    }
    assert [pair.message.conversation for pair in hootsuite.unseen] == ["B"]


def test_zendesk_gives_a_waiting_ticket_a_time_or_the_bots_answer() -> None:
    events = [
        received(0),
        sent(1, "bot"),
        sent(30, "agent"),
        received(0, conversation="B"),
        sent(0, "agent", conversation="C", id="hello"),
        received(5, conversation="C"),
        sent(65, "agent", conversation="C", id="answer"),
    ]
    zendesk = seen_by("zendesk", events)

    assert figures(zendesk)["tickets"] == 3
    assert figures(zendesk)["first_reply_mean"] == (1800 + 3900) / 2


def test_a_note_is_an_answer_or_ends_a_silence() -> None:
    events = [received(0), sent(1, "agent", visibility="note"), received(DAY)]

    assert figures(seen_by("zendesk", events))["first_reply_mean"] is None
    assert figures(seen_by("intercom", events))["first_response_mean"] is None
    assert figures(seen_by("meta", events))["response_rate"] == 0
    assert seen_by("meta", events).figures[0].n == 2


def test_zendesk_makes_no_new_ticket_after_a_closing() -> None:
    zendesk = seen_by(
        "zendesk",
        [received(0), sent(10, "agent"), closed(11), received(DAY), sent(DAY + 20, "agent")],
    )

    assert figures(zendesk)["tickets"] == 2
    assert figures(zendesk)["first_reply_median"] == 900


def test_intercom_counts_a_conversation_of_the_day_of_its_answer() -> None:
    events = [received(0), sent(1, "bot"), sent(2 * DAY, "agent"), closed(2 * DAY + 1)]

    assert figures(seen_by("intercom", events, scope(0, DAY, 3 * DAY))) == {
        "conversations": 1,
        "first_response_median": 2 * DAY * 60,
        "first_response_mean": 2 * DAY * 60,
    }
    assert figures(seen_by("intercom", events, scope(DAY, 3 * DAY)))["conversations"] == 0


def test_chatwoot_counts_a_wait_that_a_closing_ended() -> None:
    events = [
        received(0),
        sent(10, "agent"),
        received(20),
        closed(30),
        received(100),
        sent(130, "agent"),
    ]
    chatwoot = seen_by("chatwoot", events)

    assert figures(chatwoot) == {
        "first_response": 600,
        "waiting_time": 1800,
        "resolution_time": 1800,
        "resolutions": 1,
    }


def test_chatwoot_counts_from_the_hand_off_and_by_the_day_of_the_reply() -> None:
    events = [
        received(0),
        sent(60, "bot", handoff=True),
        sent(70, "agent"),
        received(80),
        sent(DAY + 80, "agent", id="late"),
    ]

    first = figures(seen_by("chatwoot", events, scope(0, DAY, 2 * DAY)))
    second = figures(seen_by("chatwoot", events, scope(DAY, 2 * DAY)))
    assert (first["first_response"], first["waiting_time"]) == (600, None)
    assert (second["first_response"], second["waiting_time"]) == (None, DAY * 60)


def test_a_run_that_no_figure_counts_is_not_named() -> None:
    events = [received(0), received(1), sent(2, "bot"), received(10), sent(12, "agent")]

    assert [pair.message.id for pair in seen_by("intercom", events).unseen] == ["customer10"]
    assert seen_by("sprout", events).unseen == ()


def test_comments_under_one_post_are_one_conversation_of_strangers() -> None:
    events = [
        comment(0, "amy", id="c1"),
        comment(1, "bob", id="c2"),
        sent(5, "agent", surface="comment", post="P", conversation="", reply_to="c2"),
    ]
    zendesk = seen_by("zendesk", events)

    assert figures(zendesk)["tickets"] == 2
    assert figures(zendesk)["first_reply_mean"] == 240
    assert figures(seen_by("meta", events))["response_rate"] is None


@given(logs(), st.randoms(use_true_random=False), st.integers(0, 120))
def test_order_repeats_or_the_future_change_a_view(
    events: list[Event], random: Random, minutes: int
) -> None:
    chosen = scope(0, 200, minutes)
    again = [*events, *random.choices(events, k=len(events))] if events else []
    random.shuffle(again)
    later = [replace(event, id=f"z{event.id}", at=at(121 + i)) for i, event in enumerate(events)]

    assert views([*again, *later], chosen) == views(events, chosen)


@given(logs())
def test_a_share_leaves_its_bounds_or_a_wait_is_negative(events: list[Event]) -> None:
    for view in views(events, scope(0, 200)):
        for figure in view.figures:
            assert figure.value is None or figure.value >= 0
            assert figure.unit != "share" or (figure.value or 0) <= 1
            assert figure.unit != "count" or figure.value == figure.n
