"""Holds the reports to acceptance cases (schema "metrics-cases/1"), value by value."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.reports import casefile
from bot.reports.alarm import drift
from bot.reports.asks import asks
from bot.reports.compare import differences
from bot.reports.estimate import Estimate, Mean, answered_to_date, curve, naive_mean, naive_median
from bot.reports.estimate import sla as attained
from bot.reports.events import known
from bot.reports.heatmap import heatmap
from bot.reports.report import asks_of
from bot.reports.staffing import staffing
from bot.reports.waits import Measured, Wait, answer_waits, human_waits, measured

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
    return {"metrics": _metrics(waits, case["config"]), "km_table": _table(waits)}


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
        "asks": [_ask(each) for each in cohort],
        "km_table": _table(waits),
        "metrics": {
            **_metrics(waits, config),
            **_counts(cohort),
            "human_wait": _human_metrics(human_waits(counted)),
        },
    }


def _counts(cohort: Sequence[Measured]) -> Json:
    statuses = Counter(each.status for each in cohort)
    answerers = Counter(each.ask.answered_by for each in cohort)
    return {
        "withdrawn": statuses["withdrawn"],
        "expired": statuses["expired"],
        "open": statuses["open"],
        "answered_by": {"bot": answerers["bot"], "agent": answerers["agent"]},
    }


def _ask(each: Measured) -> Json:
    ask = each.ask
    human = {"duration_s": each.human_seconds, "event": int(ask.human_at is not None)}
    return {
        "first_message": ask.message_ids[0],
        "messages": len(ask.message_ids),
        "opened_at": _iso(ask.opened_at),
        "status": each.status,
        "answered_at": ask.answered_at and _iso(ask.answered_at),
        "answered_by": ask.answered_by,
        "duration_s": each.seconds,
        "event": int(ask.answered_at is not None),
        "first_touch_s": None if ask.touched_at is None else each.touch_seconds,
        "human_wait": human if ask.handed_over_at is not None else None,
        "first_in_thread": ask.first_in_thread,
    }


def _metrics(waits: Sequence[Wait], config: Json) -> Json:
    estimated = curve(waits)
    answered = sum(wait.answered for wait in waits)
    verdict = attained(waits, config["sla_s"])
    within = {str(s): _interval(estimated.within(s)) for s in config["within_s"]}
    quantiles = {str(p): _triple(estimated.quantile(p)) for p in config["percentiles"]}
    return {
        "asks": len(waits),
        "answered": answered,
        "unanswered": len(waits) - answered,
        "answered_to_date": _with_wilson(answered_to_date(waits)),
        "naive_mean_s": naive_mean(waits),
        "naive_median_s": naive_median(waits),
        "km_quantiles_s": quantiles if waits else None,
        "within": within if waits else None,
        "rmst": _mean(estimated.mean_within(config["rmst_tau_s"])),
        "sla": {
            "target_s": config["sla_s"],
            "met": verdict.met,
            "breached": verdict.breached,
            "pending": verdict.pending,
            "attainment": verdict.attainment.value,
            "wilson": _wilson(verdict.attainment),
        },
    }


def _human_metrics(waits: Sequence[Wait]) -> Json:
    return {
        "asks": len(waits),
        "answered": sum(wait.answered for wait in waits),
        "km_median_s": curve(waits).quantile(0.5).value,
    }


def _table(waits: Sequence[Wait]) -> list[Json]:
    return [
        {
            "t_s": step.seconds,
            "at_risk": step.at_risk,
            "answered": step.answered,
            "censored": step.censored,
            "S": step.survival,
            "S_lo": step.low,
            "S_hi": step.high,
            "greenwood_var": step.variance,
        }
        for step in curve(waits).steps
    ]


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


def _triple(estimate: Estimate) -> Json:
    return {"value": estimate.value, "lo": estimate.low, "hi": estimate.high}


def _interval(estimate: Estimate) -> Json | None:
    return None if estimate.value is None else _triple(estimate)


def _wilson(estimate: Estimate) -> list[float | None] | None:
    return None if estimate.value is None else [estimate.low, estimate.high]


def _with_wilson(estimate: Estimate) -> Json | None:
    return (
        None if estimate.value is None else {"value": estimate.value, "wilson": _wilson(estimate)}
    )


def _mean(mean: Mean | None) -> Json | None:
    if mean is None:
        return None
    return {"tau_s": mean.limit_seconds, "value": mean.value, "se": mean.error}


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


_KINDS: dict[str, Callable[[Json], Json]] = {
    "rows": _rows,
    "events": _events,
    "heatmap": _heatmap,
    "erlang_c": _erlang,
    "cusum": _cusum,
}
