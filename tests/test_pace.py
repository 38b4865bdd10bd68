"""Calls keep below what platforms allow, whatever dies, stalls or works beside us."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pace import AT_ONCE, Pace, Paces

KEY = ("messenger", "shop")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
STEP = 1 / 128
SECONDS = 3.0

rates = st.floats(min_value=1, max_value=400)


@dataclass
class Time:
    """A clock that goes on when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Greedy:
    """A process that sends all it may; what it claims leaves when its commit is through."""

    pace: Pace
    begun: list[float] = field(default_factory=list)
    claimed: list[tuple[float, int]] = field(default_factory=list)

    def go(self, now: float, *, commit: float) -> None:
        for at, number in list(self.claimed):
            if at <= now:
                self.claimed.remove((at, number))
                self.pace.give_back(number)
                for _ in range(number):
                    self.pace.begin()
                    self.pace.end()
                    self.begun.append(now)
        if number := self.pace.put_aside(1000):
            self.claimed.append((now + commit, number))


def busiest_second(begun: Sequence[float]) -> int:
    times = sorted(begun)
    return max((bisect_left(times, at + 1) - n for n, at in enumerate(times)), default=0)


@settings(deadline=None)
@given(rates, st.integers(min_value=1, max_value=4), st.floats(min_value=0, max_value=1.5))
def test_workers_together_send_more_in_a_second_than_the_platform_takes(
    rate: float, workers: int, commit: float
) -> None:
    time = Time()
    greedy = [Greedy(Pace(rate, clock=time)) for _ in range(workers)]
    for each in greedy:
        each.pace.share(workers)

    while time.now < SECONDS:
        for each in greedy:
            each.go(time.now, commit=commit)
        time.now += STEP

    begun = [at for each in greedy for at in each.begun]
    # Each worker may take one turn in a second: below four a second they cannot share more finely.
    assert busiest_second(begun) <= max(rate, rate * 0.75 + workers)


@settings(deadline=None)
@given(rates, st.lists(st.floats(min_value=0, max_value=0.4), min_size=1, max_size=20))
def test_a_process_that_dies_again_and_again_takes_a_burst_each_time(
    rate: float, lives: list[float]
) -> None:
    time, begun = Time(), list[float]()

    for life in lives:
        greedy = Greedy(Pace(rate, clock=time))
        death = time.now + life
        while time.now < death:
            greedy.go(time.now, commit=0)
            time.now += STEP
        begun += greedy.begun

    assert busiest_second(begun) <= max(rate, 1)


@given(st.floats(min_value=20, max_value=400), st.floats(min_value=1, max_value=1000))
def test_a_process_that_slept_wakes_to_a_heap_of_turns(rate: float, slept: float) -> None:
    time = Time()
    pace = Pace(rate, clock=time)
    time.now += slept

    assert pace.put_aside(1000) == pace.burst <= rate / 10


def test_what_hardly_needs_a_turn_takes_the_last_ones() -> None:
    time = Time()
    pace = Pace(400, clock=time)
    time.now += 1

    spared = [pace.put_aside(1, spare=True) for _ in range(pace.burst)]

    assert sum(spared) == pace.burst - pace.burst // 2
    assert pace.put_aside(1000) == pace.burst // 2


def test_an_account_that_answers_nothing_is_called_without_end() -> None:
    time = Time()
    pace = Pace(10_000, clock=time)
    for _ in range(AT_ONCE):
        pace.begin()
    time.now += 60

    assert pace.put_aside(1) == 0
    pace.end()
    assert pace.put_aside(1) == 1


def test_what_was_put_aside_cannot_leave_at_once() -> None:
    time = Time()
    pace = Pace(100, clock=time)
    time.now += 10
    aside = pace.put_aside(3)

    pace.share(50)

    assert aside == 3
    assert pace.put_aside(1) == 0
    pace.give_back(aside)
    assert pace.put_aside(1000) <= 1


async def test_a_new_reply_overtakes_those_that_wait_for_a_turn() -> None:
    paces = Paces({KEY: 10_000}, clock=lambda: NOW)
    with paces.turn(KEY, wanted=False) as turn:
        assert not turn
    while not paces.put_aside(KEY, 1):
        pass
    paces.give_back(KEY, 1)

    paces.looked(KEY, behind=True)
    with paces.turn(KEY) as turn:
        assert not turn

    assert await paces.wanted() == [KEY]
    paces.looked(KEY, behind=False)
    with paces.turn(KEY) as turn:
        assert turn
    assert paces.put_aside(KEY, 1) == 1


async def test_a_paused_account_is_given_a_turn() -> None:
    now = [NOW]
    paces = Paces({KEY: 1_000_000}, clock=lambda: now[0])
    paces.pause(KEY, NOW + timedelta(seconds=60))

    assert (paces.put_aside(KEY, 1), paces.pause_left(KEY)) == (0, 60.0)
    now[0] += timedelta(seconds=61)
    assert (paces.put_aside(KEY, 1), paces.pause_left(KEY)) == (1, 0.0)


async def test_what_is_queued_instead_is_not_looked_for() -> None:
    paces = Paces({KEY: 0.001}, clock=lambda: NOW)

    with paces.turn(KEY) as turn:
        assert not turn

    assert await paces.wanted() == [KEY]
