"""The people: who has which asks in charge, how long they waited, how many at once.

An agent is never measured by answered asks alone: what somebody took and left unanswered stays in,
or who answers only the easy ones would look fastest.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reports.behind import behind
from bot.reports.change import Change, change
from bot.reports.choice import Choice, Cohort
from bot.reports.estimate import Estimate, answered_to_date, curve
from bot.reports.groups import grouped
from bot.reports.only import NOTHING
from bot.reports.waits import Measured, Wait, answered_within, human_waits

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Tell how many asks were in one person's hands at once, from take-over to answer.

    *mean* counts only the time with at least one, *busy_seconds*, by the calendar.
    """

    mean: float | None
    peak: int
    busy_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAgent:
    """Describe the asks that one agent has in charge (NOTHING: in the platform's own app).

    *median*, *within* and *in_time* are of the wait from the take-over to the answer of those
    *followed* from there; *others* compares *within* with everybody else's.
    """

    agent: str
    n: int
    answered: int
    open: int
    followed: int
    in_time: int
    answered_share: Estimate
    median: Estimate
    within: Estimate
    others: Change | None
    hands: Hands


@dataclass(frozen=True, slots=True, kw_only=True)
class OfReason:
    """Describe the hand-offs for one reason: the wait from there to a person's first message."""

    reason: str
    n: int
    answered: int
    answered_share: Estimate
    in_time: int
    median: Estimate
    within: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Hold the agents by name and the hand-offs by reason; *queued* ones wait for anybody."""

    agents: tuple[OfAgent, ...]
    handed_over: OfReason
    reasons: tuple[OfReason, ...]
    queued: int
    never_taken: int


def team(cohort: Cohort) -> Team:
    """Work out the page of the agents."""
    choice = cohort.choice
    counted = cohort.counted
    taken = [each for each in counted if each.ask.has_person]
    by_agent = grouped(taken, lambda each: each.ask.person or NOTHING)
    handed = [each for each in counted if each.human_seconds is not None]
    by_reason = grouped(handed, lambda each: each.ask.handoff_reason or NOTHING)
    return Team(
        agents=tuple(_agent(name, by_agent, choice) for name in sorted(by_agent)),
        handed_over=_reason("all", handed, choice),
        reasons=tuple(_reason(name, by_reason[name], choice) for name in sorted(by_reason)),
        queued=len(behind(counted, "queued")),
        never_taken=len(behind(counted, "never-taken")),
    )


def hands(asks: Sequence[Measured], as_of: datetime) -> Hands:
    """Sweep over the time between take-overs and answers; closing takes an ask out of the hands."""
    turns: list[tuple[datetime, int]] = []
    for each in asks:
        ask = each.ask
        until_at = ask.followed_until(as_of)
        until_at = min(until_at, ask.closed_at or until_at)
        if ask.taken_at is not None and ask.taken_at < until_at:
            turns += [(ask.taken_at, 1), (until_at, -1)]
    return _swept(sorted(turns))


def _swept(turns: Sequence[tuple[datetime, int]]) -> Hands:
    holding = peak = 0
    busy = total = 0.0
    for (at, step), (until_at, _) in zip(
        turns, [*turns[1:], turns[-1]] if turns else (), strict=True
    ):
        holding += step
        peak = max(peak, holding)
        span = (until_at - at) / _SECOND
        busy += span if holding else 0.0
        total += span * holding
    return Hands(mean=total / busy if busy else None, peak=peak, busy_seconds=busy)


def _agent(name: str, by_agent: dict[str, list[Measured]], choice: Choice) -> OfAgent:
    asks = by_agent[name]
    own = _own_waits(asks)
    others = [
        wait for other, theirs in by_agent.items() if other != name for wait in _own_waits(theirs)
    ]
    estimated = curve(own)
    answered = [Wait(each.seconds, each.ask.answered_by == "agent") for each in asks]
    return OfAgent(
        agent=name,
        n=len(asks),
        answered=sum(wait.answered for wait in answered),
        open=sum(each.status == "open" for each in asks),
        followed=len(own),
        in_time=_in_time(own, choice),
        answered_share=answered_to_date(answered),
        median=estimated.quantile(0.5),
        within=estimated.within(choice.target_seconds),
        others=change(estimated, curve(others), choice.target_seconds),
        hands=hands(asks, choice.window.as_of),
    )


def _in_time(waits: Sequence[Wait], choice: Choice) -> int:
    return answered_within(waits, choice.target_seconds)


def _own_waits(asks: Sequence[Measured]) -> list[Wait]:
    return [
        Wait(each.hand_seconds, each.ask.answered_by == "agent")
        for each in asks
        if each.hand_seconds is not None
    ]


def _reason(name: str, asks: Sequence[Measured], choice: Choice) -> OfReason:
    waits = human_waits(asks)
    estimated = curve(waits)
    return OfReason(
        reason=name,
        n=len(waits),
        answered=answered_within(waits, math.inf),
        answered_share=answered_to_date(waits),
        in_time=_in_time(waits, choice),
        median=estimated.quantile(0.5),
        within=estimated.within(choice.target_seconds),
    )
