"""Values that stand for what is known only at the moment, to look at templates with."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.replies.opening import opening, wait
from bot.replies.variables import TURN_VARIABLES
from bot.reports.hours import OpeningHours

# What the built-in templates about orders are told by an action, as a parcel on its way.
_ORDER: Mapping[str, Mapping[str, str]] = {
    "zh": {"carrier": "黑貓宅急便", "pickup": "7-ELEVEN 示範門市"},
    "en": {"carrier": "the carrier", "pickup": "the shop"},
}
_KNOWN: Mapping[str, str] = {
    "order_number": "A1024",
    "status": "shipped",
    "tracking_number": "9012345678",
    "phone": "0900000000",
    "email": "name@example.com",
}
_NAME = {"zh": "王○○", "en": "Alex"}
_NEXT = {"zh": "明天 09:00", "en": "tomorrow at 09:00"}
_USUAL = timedelta(minutes=10)


def examples(
    language: str,
    *,
    hours: OpeningHours | None,
    now: datetime,
    closed: bool = False,
    actions: Iterable[str] = (),
    lists: Iterable[str] = (),
) -> dict[str, Any]:
    """Every variable of the moment with a value that looks like a real one.

    People are there, unless *closed*. *actions* are names that actions give, *lists* those of the
    brand's own entities; one that we know nothing about is its own name in brackets.
    """
    words = "zh" if language.startswith("zh") else "en"
    known = {**_KNOWN, **_ORDER[words]}
    return {
        "hours": _hours(hours, now, language, closed=closed, next_at=_NEXT[words]),
        "wait": wait(_USUAL, language=language),
        "customer": {"name": _NAME[words]},
        "entities": {
            name: known.get(name, f"[{name}]") for name in (*TURN_VARIABLES["entities"], *lists)
        },
        **{name: known.get(name, f"[{name}]") for name in actions},
    }


def brackets(actions: Iterable[str], lists: Iterable[str] = ()) -> dict[str, Any]:
    """The same variables, each as its own name in brackets."""
    told: dict[str, Any] = {
        name: {each: f"[{name}.{each}]" for each in keys} for name, keys in TURN_VARIABLES.items()
    }
    told["entities"] |= {name: f"[entities.{name}]" for name in lists}
    return told | {name: f"[{name}]" for name in actions}


def _hours(
    hours: OpeningHours | None, now: datetime, language: str, *, closed: bool, next_at: str
) -> dict[str, Any]:
    told = opening(hours, now=now, language=language)
    if not closed:
        return {name: value for name, value in told.items() if name != "next"} | {"open": True}
    return {"next": next_at, **told, "open": False}
