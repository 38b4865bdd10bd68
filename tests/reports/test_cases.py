"""The acceptance cases, one test each, and the checker that judges them."""

import copy
import json
from typing import Any

import pytest

from bot.reports.cases import CaseResult, check
from bot.reports.compare import differences
from tests.shared import SHARED, shared_path

_FILE = SHARED / "metrics_cases.json"
_CASES: list[dict[str, Any]] = json.loads(_FILE.read_text())["cases"] if _FILE.exists() else []


def test_the_acceptance_cases_are_there() -> None:
    assert json.loads(shared_path("metrics_cases.json").read_text())["schema"] == "metrics-cases/1"


@pytest.mark.parametrize("case", _CASES, ids=[case["id"] for case in _CASES])
def test_acceptance_case(case: dict[str, Any]) -> None:
    assert check({"cases": [case]}) == [CaseResult(id=case["id"], outcome="passed")]


ROWS: dict[str, Any] = {
    "id": "X1",
    "kind": "rows",
    "config": {"percentiles": [0.5], "within_s": [60], "rmst_tau_s": 60, "sla_s": 60},
    "rows": [{"duration_s": 30, "answered": True}, {"duration_s": 90, "answered": False}],
    "expected": {"metrics": {"asks": 2, "answered_to_date": {"value": 0.5}, "naive_mean_s": 30}},
}


def test_a_wrong_figure_is_named_by_its_path() -> None:
    wrong = copy.deepcopy(ROWS)
    wrong["expected"]["metrics"]["answered_to_date"]["value"] = 0.50001

    (result,) = check({"cases": [wrong]})

    assert result == CaseResult(
        id="X1",
        outcome="failed",
        differences=("metrics.answered_to_date.value: expected 0.50001, got 0.5",),
    )


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        ({"metrics": {"rmst": None}}, "metrics.rmst: expected None, got {"),
        ({"metrics": {"asks": None}}, "metrics.asks: expected None, got 2"),
        ({"metrics": {"median": 3}}, "metrics.median: expected 3, got '<absent>'"),
        ({"metrics": {"asks": True}}, "metrics.asks: expected True, got 2"),
        ({"km_table": []}, "km_table[0]: expected '<absent>', got {"),
    ],
)
def test_nothing_expected_is_not_the_same_as_something(
    expected: dict[str, Any], difference: str
) -> None:
    (result,) = check({"cases": [ROWS | {"expected": expected}]})

    assert result.outcome == "failed"
    assert result.differences[0].startswith(difference)


def test_true_is_not_one() -> None:
    assert list(differences("first", True, 1)) == ["first: expected True, got 1"]


def test_an_unknown_kind_of_case_is_not_called_passed() -> None:
    (result,) = check({"cases": [{"id": "X2", "kind": "horoscope", "expected": {}}]})

    assert result == CaseResult(
        id="X2", outcome="skipped", differences=("unknown kind: horoscope",)
    )


def test_unsent_asks_are_counted_apart_in_a_case() -> None:
    case = {
        "id": "X3",
        "kind": "events",
        "config": ROWS["config"],
        "window": {
            "start": "2026-03-02T00:00:00Z",
            "end": "2026-03-03T00:00:00Z",
            "as_of": "2026-03-03T00:00:00Z",
        },
        "events": [
            {"id": "1", "conversation": "A", "actor": "customer", "at": "2026-03-02T01:00:00Z"},
            {
                "id": "2",
                "conversation": "A",
                "actor": "customer",
                "at": "2026-03-02T01:05:00Z",
                "type": "delete",
                "target": "1",
            },
        ],
        "expected": {"metrics": {"asks": 0, "withdrawn": 1, "open": 0, "unanswered": 0}},
    }

    assert check({"cases": [case]}) == [CaseResult(id="X3", outcome="passed")]


def test_a_time_without_offset_in_a_case_is_refused() -> None:
    case = copy.deepcopy(ROWS) | {
        "kind": "events",
        "window": {"start": "2026-03-02", "end": "2026-03-03", "as_of": "2026-03-03"},
        "events": [],
    }

    with pytest.raises(ValueError, match="2026-03-02 has no offset"):
        check({"cases": [case]})
