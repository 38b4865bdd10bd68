"""Answers that are not worked out from the asks of the chosen days alone."""

from dataclasses import asdict
from typing import Any

from bot.reports.report import plain
from bot.web.api.asking import Asking
from bot.web.api.problems import Problem
from bot.web.reports import long, peers, staffing
from bot.web.reports.query import Query, WrongFilter


async def long_view(asking: Asking) -> dict[str, Any]:
    """Years at a glance."""
    chosen = long.usual(asking.query, asking.given)
    made, _ = await long.worked_out(asking.request, chosen)
    head = _head(chosen) | {
        "actor": chosen.actor,
        "measure": chosen.measure,
        "target_seconds": chosen.target,
    }
    return {name: plain(value) for name, value in (head | {"figures": asdict(made)}).items()}


async def as_others_count(asking: Asking) -> dict[str, Any]:
    """The same messages as other products count them."""
    made = await peers.worked_out(asking.request, asking.query)
    head = {name: plain(value) for name, value in _head(asking.query).items()}
    return head | {"figures": peers.told(made)}


async def next_week(asking: Asking) -> dict[str, Any]:
    """What next week takes. Raises Problem."""
    try:
        team = staffing.team(asking.given)
    except WrongFilter as exc:
        raise Problem("wrong-filter", f"people, handling: {exc}.") from exc
    asked, made, _ = await staffing.planned(asking.request, asking.query, team)
    told = staffing.told(asked, made)
    told["figures"] = told.pop("page")
    return told


def _head(chosen: Query) -> dict[str, Any]:
    return {
        "first": chosen.first,
        "last": chosen.last,
        "as_of": chosen.as_of,
        "zone": chosen.zone.key,
        "only": chosen.only.chosen(),
    }
