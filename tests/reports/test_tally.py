"""Waits in bins: counts are exact, values to within one in a hundred, sums in any order."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.estimate import curve
from bot.reports.tally import Tally, bins_of, middles
from bot.reports.waits import Wait, Waits

DAYS = 8 * 86_400.0
ends = st.lists(st.tuples(st.floats(0, DAYS), st.integers(0, 2)), max_size=80)


def tally(rows: list[tuple[float, int]]) -> Tally:
    return Tally.of(
        np.array([seconds for seconds, _ in rows], np.float64),
        np.array([kind for _, kind in rows], np.int8),
    )


@given(st.floats(0.001, DAYS))
def test_a_wait_is_off_by_more_than_one_in_a_hundred(seconds: float) -> None:
    [middle] = middles(bins_of(np.array([seconds])))

    assert middle == pytest.approx(seconds, rel=0.0101)


def test_nothing_is_a_wait_of_something() -> None:
    assert middles(bins_of(np.array([0.0, 0.0005]))).tolist() == [0.0, 0.0]


@given(ends, ends, ends)
def test_sums_depend_on_their_order(one: Any, two: Any, three: Any) -> None:
    whole = tally([*one, *two, *three])

    assert tally(one) + tally(two) + tally(three) == whole
    assert tally(three) + (tally(two) + tally(one)) == whole
    assert whole - tally(two) == tally([*three, *one])
    assert Tally.load(each.dump() for each in map(tally, (two, three, one))) == whole
    assert Tally.load([]) == tally([])


@given(ends)
def test_a_count_is_off(rows: list[tuple[float, int]]) -> None:
    counted = tally(rows)

    assert len(counted) == len(rows)
    assert counted.count({1, 2}) == sum(kind > 0 for _, kind in rows)


@given(ends, st.sampled_from([(1,), (2,), (1, 2)]), st.lists(st.floats(0, DAYS), max_size=9))
def test_a_curve_of_bins_is_another_than_that_of_the_waits_rounded_to_them(
    rows: list[tuple[float, int]], answered: tuple[int, ...], open_for: list[float]
) -> None:
    still = Waits.of(Wait(seconds, False) for seconds in open_for)
    rounded = [float(middles(bins_of(np.array([seconds])))[0]) for seconds, _ in rows]
    exact = [
        Wait(seconds, kind in answered) for seconds, (_, kind) in zip(rounded, rows, strict=True)
    ]

    assert tally(rows).curve(answered, still) == curve([*exact, *still])


def test_a_quantile_of_many_is_off_by_more_than_one_in_a_hundred() -> None:
    random = np.random.default_rng(7)
    seconds = random.lognormal(6, 1.5, 50_000)
    kinds = (random.random(50_000) < 0.8).astype(np.int8)
    exact = curve(Waits(seconds, kinds == 1))
    binned = Tally.of(seconds, kinds).curve({1})

    for share in (0.25, 0.5, 0.75, 0.9):
        expected, found = exact.quantile(share), binned.quantile(share)
        assert found.value == pytest.approx(expected.value, rel=0.0101)
    for limit in (300, 3600, 86_400):
        assert binned.within(limit).value == pytest.approx(exact.within(limit).value, abs=0.005)
