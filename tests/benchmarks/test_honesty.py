"""The promise of the whole report: near the truth, where an average is far from it."""

from random import Random
from statistics import fmean

import pytest

from benchmarks.honesty import play, table


@pytest.mark.parametrize("surge", [False, True])
def test_the_report_is_as_far_from_the_truth_as_an_average(surge: bool) -> None:
    rounds = [play(Random(f"test {surge}{seed}"), surge=surge) for seed in range(5)]

    def off(kind: str, name: str) -> float:
        true = fmean(each.true[name] for each in rounds)
        return fmean(getattr(each, kind)[name] for each in rounds) / true - 1

    for name in rounds[0].true:
        assert abs(off("honest", name)) < 0.02, table(rounds)
    assert off("naive", "mean within a day") < -0.4
