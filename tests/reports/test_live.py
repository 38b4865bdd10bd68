"""An outage shows while it lasts, in the share of the last day counted hour by hour."""

from random import Random

import pytest

from bot.reports.asks import asks
from bot.reports.estimate import curve
from bot.reports.events import Event, known
from bot.reports.hours import Calendar
from bot.reports.live import Live, live
from bot.reports.waits import Measured, answer_waits, measured
from tests.reports.make import at, received, sent, unsent

HOUR = 60.0


def told(events: list[Event], minutes: float) -> list[Measured]:
    return measured(asks(known(events, at(minutes))), as_of=at(minutes), clock=Calendar())


def seen(events: list[Event], minutes: float) -> Live:
    return live(told(events, minutes), as_of=at(minutes), seconds=3600)


def day(luck: Random, *, outage: float) -> list[Event]:
    """A day in which nine of ten are answered within minutes, until nobody is any more."""
    events = []
    for number in range(1200):
        minutes = luck.random() * 24 * HOUR
        events.append(received(minutes, conversation=f"c{number}"))
        answered = minutes + luck.lognormvariate(1.5, 1)
        if luck.random() < 0.9 and answered < outage:
            events.append(sent(answered, conversation=f"c{number}"))
    return events


def test_an_outage_hides_behind_the_hours_before_it() -> None:
    events = day(Random(3), outage=20 * HOUR)
    now = 23 * HOUR
    opened = [event for event in events if event.actor == "customer" and event.at <= at(now - HOUR)]
    answered = {
        event.conversation for event in events if event.actor == "bot" and event.at <= at(now)
    }
    truth = sum(event.conversation in answered for event in opened) / len(opened)
    pooled = curve(answer_waits(told(events, now))).within(3600).value or 0.0

    found = seen(events, now).within
    assert found.value == pytest.approx(truth, abs=0.01)
    assert abs(pooled - truth) > 0.02
    assert found.low is not None
    assert found.high is not None
    assert found.low < truth < found.high


def test_an_hour_that_has_just_begun_is_taken_for_one_without_answers() -> None:
    events = [received(0), sent(5), received(70, conversation="B")]

    found = seen(events, 80)
    assert (found.n, found.later, found.within.value) == (1, 1, 1.0)


def test_what_is_older_than_a_day_or_taken_back_counts() -> None:
    events = [
        received(0, conversation="old"),
        received(30 * HOUR, conversation="B"),
        unsent(30 * HOUR + 1, f"customer{30 * HOUR:g}", conversation="B"),
    ]

    assert seen(events, 32 * HOUR) == Live(within=curve([]).within(1), n=0, later=0)
    assert seen([], 0).n == 0
