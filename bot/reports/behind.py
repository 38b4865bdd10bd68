"""Which asks a figure counts: the way from every number to its messages."""

import re
from collections.abc import Callable, Sequence
from typing import get_args

from bot.reports.waits import Actor, Measure, Measured, Wait, answered_by, wait_for

ACTORS: tuple[Actor, ...] = get_args(Actor)
MEASURES: tuple[Measure, ...] = get_args(Measure)
# Hand-offs because something of ours broke, not because of what the customer wanted.
NOT_UNDERSTOOD = "oos"
FAILURES = frozenset({"action_failed", "reply_failed", "delivery_unknown"})
_TIMED = re.compile(r"(within|breached|pending|decided|hand)-([0-9]{1,7})")


class UnknownFigure(LookupError):
    """No figure has this name."""


def behind(
    cohort: Sequence[Measured],
    figure: str,
    *,
    actor: Actor = "either",
    measure: Measure = "answer",
) -> list[Measured]:
    """Pick the asks that *figure* counts, in their order.

    "asks" are those of every estimate, "all" also the withdrawn ones; "within-300" those that got
    what *measure* waits for (an answer: from *actor*) within 300 s, "breached-300" and
    "pending-300" the others, "hand-300" those that a person answered so soon after taking them.
    Raises UnknownFigure.
    """
    if figure == "all":
        return list(cohort)
    counts = _rule(figure, actor, measure)
    return [
        each
        for each in cohort
        if (each.status == "withdrawn") == (figure == "withdrawn") and counts(each)
    ]


def is_nobodys(each: Measured) -> bool:
    """Tell whether an ask was handed over, and nobody has taken it or answered."""
    ask = each.ask
    return ask.handed_over_at is not None and ask.answered_by is None and ask.taken_at is None


def _rule(figure: str, actor: Actor, measure: Measure) -> Callable[[Measured], bool]:
    if figure == "asks" and measure == "human":
        return lambda each: each.human_seconds is not None
    if found := _TIMED.fullmatch(figure):
        if found[1] == "hand":
            return _in_hand(int(found[2]))
        return _of_wait(_timed(found[1], int(found[2])), actor, measure)
    if figure == "answered":
        return _of_wait(lambda wait: wait.answered, actor, measure)
    if figure == "answered-by-other":
        return lambda each: each.status == "answered" and not answered_by(each.ask, actor)
    try:
        return _RULES[figure]
    except KeyError as exc:
        raise UnknownFigure(figure) from exc


def _in_hand(seconds: int) -> Callable[[Measured], bool]:
    return lambda each: (
        each.ask.answered_by == "agent"
        and each.hand_seconds is not None
        and each.hand_seconds <= seconds
    )


def _of_wait(
    counts: Callable[[Wait], bool], actor: Actor, measure: Measure
) -> Callable[[Measured], bool]:
    def rule(each: Measured) -> bool:
        wait = wait_for(each, measure, actor)
        return wait is not None and counts(wait)

    return rule


def _timed(verdict: str, seconds: int) -> Callable[[Wait], bool]:
    match verdict:
        case "within":
            return lambda wait: wait.answered and wait.seconds <= seconds
        case "breached":
            return lambda wait: wait.seconds > seconds
        case "decided":
            return lambda wait: wait.answered or wait.seconds > seconds
        case _:
            return lambda wait: not wait.answered and wait.seconds <= seconds


_RULES: dict[str, Callable[[Measured], bool]] = {
    "asks": lambda each: True,
    "withdrawn": lambda each: True,
    "open": lambda each: each.status == "open",
    "expired": lambda each: each.status == "expired",
    "closed": lambda each: each.ask.closed_at is not None and each.ask.answered_at is None,
    "unneeded": lambda each: each.ask.is_unneeded,
    "to-answer": lambda each: each.status == "open" and not each.ask.is_unneeded,
    "touched": lambda each: each.ask.touched_at is not None,
    "handed-over": lambda each: each.human_seconds is not None,
    "human": lambda each: each.ask.human_at is not None,
    "by-bot": lambda each: each.ask.answered_by == "bot",
    "by-person": lambda each: each.ask.answered_by == "agent",
    "unanswered": lambda each: each.ask.answered_by is None,
    "failed": lambda each: each.ask.handoff_reason in FAILURES,
    "asked-again": lambda each: each.asked_again is True,
    "followed-up": lambda each: each.asked_again is not None,
    "not-understood": lambda each: each.ask.intent == NOT_UNDERSTOOD,
    "taken": lambda each: each.ask.has_person,
    "in-hand": lambda each: each.ask.has_person and each.hand_seconds is not None,
    "queued": lambda each: is_nobodys(each) and each.status == "open",
    "never-taken": lambda each: is_nobodys(each) and each.status == "expired",
}
