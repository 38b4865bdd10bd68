"""Which asks a figure counts: the way from every number to its messages."""

import re
from collections.abc import Callable, Sequence
from typing import get_args

from bot.reports.waits import Actor, Measured, answered_by

ACTORS: tuple[Actor, ...] = get_args(Actor)
_WITHIN = re.compile(r"within-([0-9]{1,7})")


class UnknownFigure(LookupError):
    """No figure has this name."""


def behind(cohort: Sequence[Measured], figure: str, *, actor: Actor = "either") -> list[Measured]:
    """Pick the asks that *figure* counts, in their order.

    "asks" are those of every estimate, "all" also the withdrawn ones; "within-300" those that
    *actor* answered within 300 s. Raises UnknownFigure.
    """
    if figure == "all":
        return list(cohort)
    counts = _rule(figure, actor)
    return [
        each
        for each in cohort
        if (each.status == "withdrawn") == (figure == "withdrawn") and counts(each)
    ]


def _rule(figure: str, actor: Actor) -> Callable[[Measured], bool]:
    if found := _WITHIN.fullmatch(figure):
        seconds = int(found[1])
        return lambda each: answered_by(each.ask, actor) and each.seconds <= seconds
    if figure == "answered":
        return lambda each: answered_by(each.ask, actor)
    if figure == "answered-by-other":
        return lambda each: each.status == "answered" and not answered_by(each.ask, actor)
    try:
        return _RULES[figure]
    except KeyError as exc:
        raise UnknownFigure(figure) from exc


_RULES: dict[str, Callable[[Measured], bool]] = {
    "asks": lambda each: True,
    "withdrawn": lambda each: True,
    "open": lambda each: each.status == "open",
    "expired": lambda each: each.status == "expired",
    "closed": lambda each: each.ask.closed_at is not None and each.ask.answered_at is None,
    "touched": lambda each: each.ask.touched_at is not None,
    "handed-over": lambda each: each.human_seconds is not None,
    "human": lambda each: each.ask.human_at is not None,
}
