"""What the past weeks tell about next week's work for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports.choice import Cohort
from bot.reports.forecast import Arrivals, Load, Shift, in_time, replayed
from bot.reports.groups import grouped
from bot.reports.only import NOTHING
from bot.reports.staffing import Staffing, staffing
from bot.reports.team import hands
from bot.reports.waits import Measured

# Until somebody has answered, this long keeps an ask one person busy.
USUAL_HANDLING = 240.0
LIVE_CHAT = "webchat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What was measured: when asks opened that went to people, and how these worked.

    *share* is that of all asks which went to people. *handling_seconds* is a person's busy time for
    each answer, None if nobody answered. *agents* is how many did, *waiting* how many wait now.
    """

    opened: tuple[datetime, ...]
    chats: tuple[datetime, ...]
    share: float | None
    handling_seconds: float | None
    answered: int
    agents: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """How so many people would cope with the busiest expected hour of live chat."""

    agents: int
    staffing: Staffing


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Next week, hour by hour, with so many people. *in_time* is the share within the target."""

    basis: Basis
    agents: int
    handling_seconds: float
    target_seconds: int
    expected: float
    loads: tuple[Load, ...]
    in_time: float | None
    busiest_chat: Arrivals | None
    chat: tuple[Chat, ...]


def basis(cohort: Cohort) -> Basis:
    """Measure the past weeks."""
    counted = cohort.counted
    for_people = [each for each in counted if _is_for_people(each)]
    answered = sum(each.ask.answered_by == "agent" for each in counted)
    by_agent = grouped(
        (each for each in counted if each.ask.has_person), lambda each: each.ask.person or NOTHING
    )
    as_of = cohort.choice.window.as_of
    busy = sum(hands(asks, as_of).busy_seconds for asks in by_agent.values())
    return Basis(
        opened=tuple(each.ask.opened_at for each in for_people),
        chats=tuple(each.ask.opened_at for each in for_people if each.ask.channel == LIVE_CHAT),
        share=len(for_people) / len(counted) if counted else None,
        handling_seconds=busy / answered if answered and busy else None,
        answered=answered,
        agents=len(by_agent),
        waiting=sum(each.status == "open" for each in for_people),
    )


def plan(
    measured: Basis,
    arrivals: Sequence[Arrivals],
    chats: Sequence[Arrivals],
    shift: Shift,
    target_seconds: int,
) -> Plan:
    """Replay the expected *arrivals* with these people, and live chat by Erlang's formula."""
    loads = replayed(arrivals, shift, backlog=measured.waiting)
    busiest = max(
        (each for each in chats if each.expected), key=lambda each: each.expected or 0, default=None
    )
    return Plan(
        basis=measured,
        agents=shift.agents,
        handling_seconds=shift.handling_seconds,
        target_seconds=target_seconds,
        expected=sum(each.expected or 0.0 for each in arrivals),
        loads=loads,
        in_time=in_time(loads, target_seconds),
        busiest_chat=busiest,
        chat=_chat(busiest, shift),
    )


def _chat(busiest: Arrivals | None, shift: Shift) -> tuple[Chat, ...]:
    if busiest is None or not busiest.expected:
        return ()
    enough = int(busiest.expected * shift.handling_seconds / 3600) + 1
    return tuple(
        Chat(
            agents=agents,
            staffing=staffing(
                chats_per_hour=busiest.expected,
                handling_seconds=shift.handling_seconds,
                agents=agents,
                target_seconds=60,
            ),
        )
        for agents in range(max(enough - 1, 1), max(enough - 1, 1) + 5)
    )


def _is_for_people(each: Measured) -> bool:
    ask = each.ask
    if ask.answered_by is not None and ask.handed_over_at is None:
        return ask.answered_by == "agent"
    return True
