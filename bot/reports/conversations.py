"""The asks of a window, one row per conversation."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from bot.reports.groups import grouped
from bot.reports.waits import Measured

ConversationStatus = Literal["open", "expired", "answered", "withdrawn"]
# What is worst for the customer is the conversation's.
_WORST: tuple[ConversationStatus, ...] = ("open", "expired", "answered", "withdrawn")


def conversations(asks: Iterable[Measured], closed: Mapping[str, datetime]) -> list[dict[str, Any]]:
    """List a row per conversation; what is several is a tuple.

    *closed* tells when an agent last closed a conversation. Asks that the customer took back are
    only in "withdrawn". "first_response_seconds" is the wait of the first ask, None until it is
    answered; "longest_wait_seconds" counts those who still wait.
    """
    found = grouped(asks, lambda each: each.ask.conversation)
    return [_row(name, group, closed.get(name)) for name, group in found.items()]


def _row(name: str, group: Sequence[Measured], closed_at: datetime | None) -> dict[str, Any]:
    first = group[0].ask
    counted = [each for each in group if each.status != "withdrawn"]
    handed = [each.ask.handed_over_at for each in counted if each.ask.handed_over_at is not None]
    answerers = {each.ask.answered_by for each in counted} - {None}
    return {
        "conversation": name,
        "channel": first.channel,
        "account": first.account,
        "surface": first.surface,
        "post": first.post,
        "status": next(status for status in _WORST if any(each.status == status for each in group)),
        "opened_at": first.opened_at,
        "handed_over_at": min(handed, default=None),
        "closed_at": closed_at,
        "intents": _each(each.ask.intent for each in group),
        "asks": len(counted),
        "answered": sum(each.status == "answered" for each in counted),
        "open": sum(each.status == "open" for each in counted),
        "expired": sum(each.status == "expired" for each in counted),
        "withdrawn": len(group) - len(counted),
        "answered_by": "both" if len(answerers) == 2 else next(iter(answerers), None),
        "first_response_seconds": _first_response(counted),
        "longest_wait_seconds": max((each.seconds for each in counted), default=None),
        "handed_over": bool(handed),
        "agents": _each(each.ask.person for each in counted),
        "language": first.language,
        "labels": first.labels,
    }


def _first_response(counted: Sequence[Measured]) -> float | None:
    if not counted or counted[0].status != "answered":
        return None
    return counted[0].seconds


def _each(names: Iterable[str | None]) -> tuple[str, ...]:
    """Every name once, in the order of their coming."""
    return tuple(dict.fromkeys(name for name in names if name))
