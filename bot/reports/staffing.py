"""How many agents live chat needs, by Erlang's waiting formula (A. K. Erlang, 1917).

It holds for live chat with a steady rate of arrivals, not for messages answered hours later.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Describe a team: shares from 0 to 1, *mean_wait_seconds* None if the queue never ends."""

    offered_erlangs: float
    waiting_share: float
    within_target: float
    mean_wait_seconds: float | None
    occupancy: float


def staffing(
    *, chats_per_hour: float, handling_seconds: float, agents: int, target_seconds: float
) -> Staffing:
    """Predict how *agents* cope; a team with more work than hands makes everybody wait."""
    load = chats_per_hour * handling_seconds / 3600
    occupancy = load / agents
    if occupancy >= 1:
        return Staffing(
            offered_erlangs=load,
            waiting_share=1.0,
            within_target=0.0,
            mean_wait_seconds=None,
            occupancy=occupancy,
        )
    blocked = _blocked(load, agents)
    waiting = blocked / (1 - occupancy * (1 - blocked))
    spare = agents - load
    return Staffing(
        offered_erlangs=load,
        waiting_share=waiting,
        within_target=1 - waiting * math.exp(-spare * target_seconds / handling_seconds),
        mean_wait_seconds=waiting * handling_seconds / spare,
        occupancy=occupancy,
    )


def _blocked(load: float, agents: int) -> float:
    """Work out Erlang B by its recurrence, which never overflows."""
    if load == 0:
        return 0.0
    inverse = 1.0
    for servers in range(1, agents + 1):
        inverse = 1 + servers / load * inverse
    return 1 / inverse
