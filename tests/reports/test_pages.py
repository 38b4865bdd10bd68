"""What the pages show beyond the report: choices, changes, hours, intents, people, targets."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.asks import asks
from bot.reports.behind import behind
from bot.reports.change import change
from bot.reports.choice import Choice, Cohort, cohort
from bot.reports.estimate import curve, wilson
from bot.reports.events import Event
from bot.reports.forecast import Shift, expected, in_time, interval, replayed
from bot.reports.hours import Calendar, OpeningHours
from bot.reports.intents import Share, intents
from bot.reports.only import NOTHING, Only
from bot.reports.report import Window
from bot.reports.targets import attained
from bot.reports.team import Hands, hands, team
from bot.reports.times import times
from bot.reports.waits import Measured, Wait, waits_for
from tests.reports.make import START, at, comment, received, sent

TAIPEI = ZoneInfo("Asia/Taipei")
DAY = 24 * 60
WINDOW = Window(start_at=at(0), end_at=at(7 * DAY), as_of=at(9 * DAY))


def asked(events: list[Event], **chosen: Any) -> Cohort:
    return cohort(asks(events), replace(Choice(window=WINDOW, zone=TAIPEI), **chosen))


def shop() -> list[Event]:
    """A and B go to Mei, who answers A; the bot answers C and D; E waits; Dan comments."""
    return [
        *(received(0, conversation="A", intent="price", labels=("VIP",), language="en"),),
        sent(1, kind="handoff", conversation="A", reason="rule", text=""),
        sent(5, "agent", kind="take", conversation="A", agent="mei", text=""),
        sent(9, "agent", conversation="A", agent="mei"),
        received(2, conversation="B", intent="oos", account="two"),
        sent(3, kind="handoff", conversation="B", reason="action_failed", text=""),
        sent(6, "agent", kind="take", conversation="B", agent="mei", text=""),
        *(received(10, conversation="C", intent="price"), sent(11, conversation="C")),
        received(60, conversation="C", intent="stock"),
        *(received(12, conversation="D", intent="price"), sent(13, conversation="D")),
        received(20, conversation="E"),
        comment(30, "dan", intent="price"),
    ]


@pytest.mark.parametrize(
    ("only", "kept"),
    [
        (Only(), "ABCDE-C"),
        (Only(account="two"), "B"),
        (Only(surface="comment"), "-"),
        (Only(intent="price"), "ACD-"),
        (Only(intent=NOTHING), "E"),
        (Only(language="en"), "A"),
        (Only(label="VIP"), "A"),
        (Only(label=NOTHING), "BCDE-C"),
        (Only(agent="mei"), "AB"),
        (Only(first=True), "ABCDE-"),
        (Only(weekday=0, hour=11), "C"),
        (Only(weekday=1), ""),
        (Only(intent="price", label="VIP"), "A"),
        (Only(channel="fax"), ""),
    ],
)
def test_a_choice_keeps_other_asks_than_it_names(only: Only, kept: str) -> None:
    found = asked(shop(), only=only).asks

    assert sorted(each.ask.conversation or "-" for each in found) == sorted(kept)


def test_there_is_nothing_to_choose_but_what_the_window_holds() -> None:
    found = asked(shop(), only=Only(intent="stock")).options

    assert found.intent == (NOTHING, "oos", "price", "stock")
    assert (found.account, found.label, found.agent) == (
        (NOTHING, "two"),
        (NOTHING, "VIP"),
        ("mei",),
    )


def test_intents_count_what_became_of_each() -> None:
    found = intents(asked(shop()))

    (price,) = [row for row in found.intents if row.intent == "price"]
    shares = (price.by_bot, price.by_person, price.handed_over, price.unanswered)
    assert [(each.hits, each.n) for each in shares] == [(2, 4), (1, 4), (1, 4), (1, 4)]
    assert price.asked_again == Share(hits=1, n=2, share=wilson(1, 2))
    assert (found.not_understood, found.whole.asks, found.whole.failed.hits) == (1, 7, 1)
    assert found.intents[0] == price


def test_it_is_too_early_to_say_whether_a_customer_came_back() -> None:
    early = replace(WINDOW, as_of=at(100))
    (answered,) = [
        each for each in asked(shop(), window=early).asks if each.ask.conversation == "D"
    ]

    assert answered.asked_again is None


def test_an_agent_who_leaves_asks_lying_looks_as_good_as_the_answered_ones() -> None:
    (mei,) = team(asked(shop())).agents

    assert (mei.n, mei.answered, mei.median.value) == (2, 1, 240.0)
    assert mei.answered_share.value == 0.5
    assert mei.hands.peak == 2


def test_hand_offs_are_told_by_reason_and_what_nobody_took() -> None:
    waiting = [
        received(50, conversation="Q"),
        sent(51, kind="handoff", conversation="Q", reason="rule", text=""),
    ]
    soon = replace(WINDOW, as_of=at(2 * DAY))
    found = team(asked([*shop(), *waiting], window=soon))

    assert (found.queued, found.never_taken) == (1, 0)
    assert team(asked(waiting)).never_taken == 1
    assert [(row.reason, row.n, row.answered) for row in found.reasons] == [
        ("action_failed", 1, 0),
        ("rule", 2, 1),
    ]


def test_two_asks_in_hand_at_once_are_counted_once_as_time() -> None:
    events = [
        *(received(0, conversation="A"), received(0, conversation="B", id="b")),
        sent(0, "agent", kind="take", conversation="A", agent="mei", text=""),
        sent(10, "agent", kind="take", conversation="B", agent="mei", text=""),
        sent(20, "agent", conversation="A", agent="mei"),
        sent(40, "agent", conversation="B", agent="mei"),
    ]

    found = hands(asked(events).asks, WINDOW.as_of)

    assert found == Hands(mean=50 / 40, peak=2, busy_seconds=40 * 60)


def test_a_target_is_met_missed_or_still_open() -> None:
    soon = replace(WINDOW, as_of=at(61))
    (five, *_) = attained(asked(shop(), window=soon)).targets

    assert (five.key, five.sla.met, five.sla.breached, five.sla.pending) == ("300", 2, 4, 1)

    # A waited nine minutes to the second.
    exact = attained(asked(shop(), target_seconds=540)).targets
    assert [(each.key, each.sla.met) for each in exact][:2] == [("300", 2), ("540", 3)]


def test_an_hour_of_the_week_counts_its_exposure_and_its_answers() -> None:
    cells = {(cell.weekday, cell.hour): cell for cell in times(asked(shop())).week}

    assert (cells[0, 10].asks, cells[0, 10].exposure_hours) == (6, 1.0)
    assert cells[0, 10].within.value == pytest.approx(0.5)
    assert cells[0, 12].within.value is None
    assert len(cells) == 168


@pytest.mark.parametrize(("days", "step", "points"), [(7, "day", 8), (60, "week", 9)])
def test_the_points_of_a_window_are_as_many_as_one_can_read(
    days: int, step: str, points: int
) -> None:
    found = times(asked(shop(), window=replace(WINDOW, end_at=at(days * DAY))))

    assert (found.step, len(found.periods)) == (step, points)
    assert sum(period.n for period in found.periods) == 7
    assert found.periods[0].first == date(2026, 3, 2)


PAIRS = st.lists(st.tuples(st.integers(0, 7200), st.booleans()), min_size=1, max_size=40)


@given(PAIRS, PAIRS)
def test_a_change_is_the_difference_and_turns_with_its_sides(
    now: list[tuple[int, bool]], before: list[tuple[int, bool]]
) -> None:
    ours, theirs = ([Wait(float(s), a) for s, a in side] for side in (now, before))
    found, turned = (
        change(curve(ours), curve(theirs), 3600),
        change(curve(theirs), curve(ours), 3600),
    )

    if found is None or turned is None:
        assert found is turned is None
        return
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (found.value, found.low) == pytest.approx((-turned.value, -turned.high))
    assert found.is_clear == turned.is_clear


def test_a_few_asks_look_like_a_change() -> None:
    fast, slow = [Wait(1.0, True)] * 4, [Wait(9999.0, True)] * 400
    assert change(curve(fast), curve(slow), 60) is None

    five = change(curve([*fast, Wait(1.0, True)]), curve(slow), 60)
    assert five is not None
    assert (five.value, five.is_clear) == (1.0, True)
    half = change(curve([*fast[:2], *slow[:3]]), curve([*fast[:1], *slow[:4]]), 60)
    assert half is not None
    assert not half.is_clear


@pytest.mark.parametrize("measure", ["answer", "touch", "human"])
def test_a_figure_opens_into_other_asks_than_its_curve_counts(measure: Any) -> None:
    counted = asked(shop(), measure=measure).counted
    waits = waits_for(counted, measure)

    def n(figure: str) -> int:
        return len(behind(counted, figure, measure=measure))

    assert n("asks") == len(waits)
    assert n("answered") == sum(wait.answered for wait in waits)
    assert n("within-300") + n("breached-300") + n("pending-300") == len(waits)


def test_a_holiday_or_a_time_before_the_first_ask_counts_as_a_quiet_week() -> None:
    zone = ZoneInfo("UTC")
    now = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
    monday = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    opened = [monday + timedelta(weeks=week, minutes=m) for week in range(4) for m in range(6)]

    (first, *_) = expected(
        opened, began_at=monday, now=now, zone=zone, is_holiday=lambda day: day.day == 9
    )
    (alone, *_) = expected(
        opened, began_at=now - timedelta(weeks=1), now=now, zone=zone, is_holiday=lambda day: False
    )

    assert (first.at.hour, first.weeks, first.seen, first.expected) == (10, 3, 18, 6.0)
    assert (first.low, first.high) == (1, 13)
    assert (alone.weeks, alone.expected) == (1, None)


def test_the_hour_after_the_clocks_were_turned_is_compared_with_another_hour() -> None:
    zone = ZoneInfo("Europe/London")
    now = datetime(2026, 3, 29, 20, 0, tzinfo=UTC)
    nine = [datetime(2026, 3, day, 9, 10, tzinfo=zone) for day in (2, 9, 16, 23)]

    found = expected(nine, began_at=nine[0], now=now, zone=zone, is_holiday=lambda day: False)

    assert [each.at.astimezone(zone).hour for each in found if each.seen] == [9]


@given(st.integers(0, 5000), st.integers(2, 8))
def test_the_interval_holds_the_mean_and_never_hangs(seen: int, weeks: int) -> None:
    low, high = interval(seen, weeks)

    assert 0 <= low <= seen / weeks + 1
    assert high >= seen / weeks - 1


def test_what_comes_at_night_waits_until_the_morning_and_piles_up() -> None:
    zone = ZoneInfo("UTC")
    now = datetime(2026, 3, 30, 0, 0, tzinfo=UTC)
    opened = [
        now - timedelta(weeks=week) + timedelta(hours=hour, minutes=m)
        for week in range(1, 5)
        for hour in range(24)
        for m in range(2)
    ]
    hours = OpeningHours(
        zone=zone,
        weekly={day: ((time(8), time(18)),) for day in range(7)},
    )
    coming = expected(
        opened, began_at=opened[-48], now=now, zone=zone, is_holiday=lambda day: False, hours=23
    )

    loads = replayed(coming, Shift(agents=1, handling_seconds=600, clock=hours), backlog=0.0)

    by_hour = {load.arrivals.at.hour: load for load in loads}
    assert by_hour[7].backlog == 14.0
    assert by_hour[8].backlog == 10.0
    assert by_hour[3].wait_seconds == pytest.approx(4.5 * 3600 + 5 / 6 * 3600)
    assert by_hour[17].wait_seconds == 0.0
    assert by_hour[22].wait_seconds is None
    share = in_time(loads, 60)
    assert share is not None
    assert 0.2 < share < 0.4
    assert in_time([], 60) is None


def test_nobody_is_there_and_everybody_waits_for_ever() -> None:
    now = START
    opened = [now - timedelta(weeks=week) + timedelta(minutes=70) for week in (1, 2)]
    coming = expected(
        opened, began_at=opened[-1], now=now, zone=TAIPEI, is_holiday=lambda day: False, hours=3
    )

    loads = replayed(coming, Shift(agents=0, handling_seconds=60, clock=Calendar()), backlog=3.0)

    assert [load.backlog for load in loads] == [4.0, 4.0, 4.0]
    assert {load.wait_seconds for load in loads} == {None}


def test_a_measured_ask_knows_how_long_it_was_in_hand() -> None:
    found: dict[str, Measured] = {each.ask.conversation: each for each in asked(shop()).asks}

    assert found["A"].hand_seconds == 240.0
    assert found["E"].hand_seconds is None
