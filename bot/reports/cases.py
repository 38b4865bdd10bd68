"""Holds the reports to acceptance cases (schema "metrics-cases/1"), value by value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.reports import casefile, casewords
from bot.reports.alarm import drift
from bot.reports.asks import asks
from bot.reports.compare import differences
from bot.reports.events import known
from bot.reports.heatmap import heatmap
from bot.reports.report import asks_of
from bot.reports.staffing import staffing
from bot.reports.waits import answer_waits, human_waits, measured

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """Tell how one case went; each difference names its path, as in ``metrics.sla.met``."""

    id: str
    outcome: Literal["passed", "failed", "skipped"]
    differences: tuple[str, ...] = ()


def check(cases: Mapping[str, Any]) -> list[CaseResult]:
    """Work out every case of a file and compare it with what is expected.

    A kind of case that we do not know is skipped, with its name as the difference.
    """
    return [_checked(case) for case in cases["cases"]]


def _checked(case: Json) -> CaseResult:
    work_out = _KINDS.get(case["kind"])
    if work_out is None:
        return CaseResult(
            id=case["id"], outcome="skipped", differences=(f"unknown kind: {case['kind']}",)
        )
    found = tuple(differences("", case["expected"], work_out(case)))
    return CaseResult(id=case["id"], outcome="failed" if found else "passed", differences=found)


def _rows(case: Json) -> Json:
    waits = casefile.waits(case["rows"])
    return {
        "metrics": casewords.metrics(waits, case["config"]),
        "km_table": casewords.table(waits),
    }


def _events(case: Json) -> Json:
    config = case["config"]
    clock = casefile.clock(config)
    window = casefile.window(case["window"])
    events = known((casefile.event(source) for source in case["events"]), window.as_of)
    cohort = measured(
        asks_of(asks(events, casefile.rules(config)), window), as_of=window.as_of, clock=clock
    )
    counted = [each for each in cohort if each.status != "withdrawn"]
    waits = answer_waits(counted)
    return {
        "asks": [casewords.ask(each) for each in cohort],
        "km_table": casewords.table(waits),
        "metrics": {
            **casewords.metrics(waits, config),
            **casewords.counts(cohort),
            "human_wait": casewords.human_metrics(human_waits(counted)),
        },
    }


def _heatmap(case: Json) -> Json:
    source = case["input"]
    cells = heatmap(
        [casefile.instant(text) for text in source["opened"]],
        start_at=casefile.instant(source["window"]["start"]),
        end_at=casefile.instant(source["window"]["end"]),
        zone=ZoneInfo(source["config"]["timezone"]),
    )
    return {
        f"{casefile.WEEKDAYS[cell.weekday]}-{cell.hour:02}": {
            "asks": cell.asks,
            "exposure_h": cell.exposure_hours,
            "per_hour": cell.per_hour,
        }
        for cell in cells
    }


def _erlang(case: Json) -> Json:
    source = case["input"]
    team = staffing(
        chats_per_hour=source["calls_per_h"],
        handling_seconds=source["aht_s"],
        agents=source["agents"],
        target_seconds=source["target_s"],
    )
    return {
        "offered_erlangs": team.offered_erlangs,
        "p_wait": team.waiting_share,
        "service_level": team.within_target,
        "asa_s": team.mean_wait_seconds,
        "occupancy": team.occupancy,
    }


def _cusum(case: Json) -> Json:
    source = case["input"]
    found = drift(source["xs"], target=source["target"], slack=source["k"], limit=source["h"])
    return {"path": list(found.path), "first_alarm_index": found.first_alarm}


_KINDS: dict[str, Callable[[Json], Json]] = {
    "rows": _rows,
    "events": _events,
    "heatmap": _heatmap,
    "erlang_c": _erlang,
    "cusum": _cusum,
}
