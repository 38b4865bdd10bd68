"""Tells asks and figures in the words of the acceptance cases (schema "metrics-cases/1")."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.reports.estimate import Estimate, Mean, answered_to_date, curve, naive_mean, naive_median
from bot.reports.estimate import sla as attained
from bot.reports.waits import Measured, Wait

Json = dict[str, Any]


def counts(cohort: Sequence[Measured]) -> Json:
    """Count the asks by how they ended."""
    statuses = Counter(each.status for each in cohort)
    answerers = Counter(each.ask.answered_by for each in cohort)
    return {
        "withdrawn": statuses["withdrawn"],
        "expired": statuses["expired"],
        "open": statuses["open"],
        "answered_by": {"bot": answerers["bot"], "agent": answerers["agent"]},
    }


def ask(each: Measured) -> Json:
    """Tell one ask."""
    told = each.ask
    human = {"duration_s": each.human_seconds, "event": int(told.human_at is not None)}
    return {
        "first_message": told.message_ids[0],
        "messages": len(told.message_ids),
        "opened_at": iso(told.opened_at),
        "status": each.status,
        "answered_at": told.answered_at and iso(told.answered_at),
        "answered_by": told.answered_by,
        "duration_s": each.seconds,
        "event": int(told.answered_at is not None),
        "first_touch_s": None if told.touched_at is None else each.touch_seconds,
        "human_wait": human if told.handed_over_at is not None else None,
        "first_in_thread": told.first_in_thread,
    }


def metrics(waits: Sequence[Wait], config: Json) -> Json:
    """Tell the figures of *waits* that *config* asks for."""
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


def human_metrics(waits: Sequence[Wait]) -> Json:
    """Tell how long handed-over asks waited for a person."""
    return {
        "asks": len(waits),
        "answered": sum(wait.answered for wait in waits),
        "km_median_s": curve(waits).quantile(0.5).value,
    }


def table(waits: Sequence[Wait]) -> list[Json]:
    """Tell every step of the curve."""
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


def iso(instant: datetime) -> str:
    """Write an instant as the cases do."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
