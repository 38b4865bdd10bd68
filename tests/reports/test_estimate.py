"""Kaplan-Meier, Wilson and targets: against hand-made values, plain counts and lifelines."""

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.reports.estimate import (
    Estimate,
    Mean,
    answered_to_date,
    curve,
    naive_mean,
    naive_median,
    sla,
    wilson,
)
from bot.reports.waits import Wait

NOTHING = Estimate(None)

waits = st.lists(st.builds(Wait, st.integers(0, 50).map(float), st.booleans()), max_size=60)
answered = st.lists(st.builds(Wait, st.integers(0, 50).map(float), st.just(True)), min_size=1)


def test_nothing_asked_gives_no_figure_at_all() -> None:
    empty = curve([])

    assert (empty.steps, empty.quantile(0.5), empty.within(60)) == ((), NOTHING, NOTHING)
    assert empty.mean_within(60) is None
    assert (answered_to_date([]), naive_mean([]), naive_median([])) == (NOTHING, None, None)
    assert sla([], 60).attainment == NOTHING


def test_a_median_is_not_late_by_the_last_bit_of_a_running_product() -> None:
    # A product of floats stands at 0.5000000000000001 after twelve of these answers.
    waiting = [Wait(float(i), True) for i in range(1, 25)]

    assert curve(waiting).quantile(0.5).value == 12.0


def test_the_ninth_of_ten_answers_is_the_ninetieth_percentile() -> None:
    # 1 - 0.9 is 0.09999999999999998 to a computer, and 0.1 still wait.
    assert curve([Wait(float(i), True) for i in range(1, 11)]).quantile(0.9).value == 9.0


def test_a_median_does_not_jump_when_one_was_lost_early() -> None:
    cut_off = [Wait(0.5, False), *(Wait(float(i), True) for i in range(1, 11))]

    assert curve(cut_off).quantile(0.5).value == 5.0
    assert curve(cut_off).quantile(0.7).value == 7.0


def test_a_quantile_that_was_not_reached_is_not_the_last_wait() -> None:
    assert curve([Wait(1.0, True), Wait(2.0, False), Wait(3.0, False)]).quantile(0.5).value is None


def test_a_wait_cut_off_at_the_instant_of_an_answer_was_still_at_risk() -> None:
    assert [step.at_risk for step in curve([Wait(5.0, True), Wait(5.0, False)]).steps] == [2]


def test_within_is_unknown_beyond_the_last_follow_up_but_not_once_all_are_answered() -> None:
    assert curve([Wait(1.0, True), Wait(2.0, False)]).within(2.1) == NOTHING
    assert curve([Wait(1.0, True), Wait(2.0, True)]).within(2.1) == Estimate(1.0)
    assert curve([Wait(1.0, True), Wait(2.0, True)]).within(0.5) == Estimate(0.0)


def test_an_answer_in_no_time_counts() -> None:
    at_once = curve([Wait(0.0, True), Wait(8.0, True)])

    assert at_once.within(0).value == 0.5
    # One event of two at risk, 4 s of area behind it: 4 * sqrt(1 / (2 * 1)).
    assert at_once.mean_within(8) == Mean(8, 4.0, math.sqrt(4.0**2 * 1 / 2))


def test_the_mean_of_everything_answered_is_the_plain_mean() -> None:
    mean = curve([Wait(1.0, True), Wait(3.0, True), Wait(8.0, True)]).mean_within(100)

    assert mean is not None
    assert mean.value == pytest.approx(4.0)


def test_the_mean_is_unknown_while_the_tail_is() -> None:
    assert curve([Wait(1.0, True), Wait(3.0, False)]).mean_within(4) is None


def test_exactly_on_target_is_met_or_still_pending() -> None:
    verdict = sla([Wait(9.0, True), Wait(9.1, True), Wait(9.0, False), Wait(9.1, False)], 9)

    assert (verdict.met, verdict.breached, verdict.pending) == (1, 2, 1)
    assert verdict.attainment == wilson(1, 3)


@pytest.mark.parametrize(
    ("successes", "n", "interval"), [(0, 5, (0.0, 0.434482)), (5, 5, (0.565518, 1.0))]
)
def test_wilson_never_leaves_zero_to_one(
    successes: int, n: int, interval: tuple[float, float]
) -> None:
    estimate = wilson(successes, n)

    assert (estimate.low, estimate.high) == pytest.approx(interval, abs=1e-6)


@given(st.integers(1, 500))
def test_none_or_all_of_any_number_is_bounded_exactly(n: int) -> None:
    assert (wilson(0, n).low, wilson(n, n).high) == (0.0, 1.0)


@given(answered, st.integers(0, 60))
def test_without_cut_offs_the_curve_is_the_plain_share(rows: list[Wait], seconds: int) -> None:
    share = sum(wait.seconds <= seconds for wait in rows) / len(rows)

    assert curve(rows).within(seconds).value == pytest.approx(share, abs=1e-12)


@given(answered, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_without_cut_offs_a_quantile_is_the_smallest_wait_that_covers_it(
    rows: list[Wait], share: float
) -> None:
    ordered = sorted(wait.seconds for wait in rows)
    covering = next(
        seconds
        for seconds in ordered
        if sum(other <= seconds for other in ordered) >= share * len(rows) - 1e-9
    )

    assert curve(rows).quantile(share).value == covering


@given(waits)
def test_the_curve_only_falls_and_lies_in_its_band(rows: list[Wait]) -> None:
    steps = curve(rows).steps

    assert all(0 <= step.low <= step.survival <= step.high <= 1 for step in steps)
    assert all(one.survival >= two.survival for one, two in pairwise(steps))
    assert sum(step.answered + step.censored for step in steps) == len(rows)


@given(waits)
def test_the_order_of_asks_does_not_matter(rows: list[Wait]) -> None:
    assert curve(rows) == curve(rows[::-1])


def test_the_curve_agrees_with_lifelines() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lifelines = pytest.importorskip("lifelines")

        @given(waits)
        def agrees(rows: list[Wait]) -> None:
            assume(any(wait.answered for wait in rows))
            fitted = lifelines.KaplanMeierFitter().fit(
                [wait.seconds for wait in rows], [wait.answered for wait in rows]
            )
            _compare(fitted, rows)

        agrees()


def _compare(fitted: Any, rows: Sequence[Wait]) -> None:
    survival = fitted.survival_function_["KM_estimate"]
    bands = fitted.confidence_interval_survival_function_
    for step in curve(rows).steps:
        assert step.survival == pytest.approx(survival[step.seconds], abs=1e-9)
        if 0 < step.survival < 1:
            low, high = bands.loc[step.seconds]
            assert (step.low, step.high) == pytest.approx((low, high), abs=1e-6)
