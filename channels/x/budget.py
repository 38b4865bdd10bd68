"""How many calls X still grants, and which of them are kept for people."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.webhook import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """*calls* within *span*."""

    calls: int
    span: timedelta


class Budget:
    """The calls of one account, counted here and corrected by what X's answers tell.

    *kept* is the share of each allowance that only people may use. What other processes spend is
    known from X's answers.
    """

    def __init__(self, *allowances: Allowance, kept: float) -> None:
        self._allowances = allowances
        self._kept = kept
        self._longest = max(one.span for one in allowances)
        self._spent: deque[datetime] = deque()
        self._told: tuple[int, int, datetime] | None = None

    def free_at(self, now: datetime, *, person: bool) -> datetime:
        """When the next call may be made; *now* or before if at once."""
        while self._spent and self._spent[0] <= now - self._longest:
            self._spent.popleft()
        return max(
            self._free_by_told(now, person=person),
            *(self._free_by(one, now, person=person) for one in self._allowances),
        )

    def spend(self, now: datetime) -> None:
        """Count one call."""
        self._spent.append(now)

    def give_back(self) -> None:
        """Count one call less: it never reached X."""
        if self._spent:
            self._spent.pop()

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer tells of the present quarter of an hour."""
        limit, remaining = (
            _number(headers.get(f"x-rate-limit-{name}")) for name in ("limit", "remaining")
        )
        reset = moment(headers.get("x-rate-limit-reset"), per_second=1)
        if limit is not None and remaining is not None and reset is not None:
            self._told = limit, remaining, reset

    def _free_by(self, one: Allowance, now: datetime, *, person: bool) -> datetime:
        most = one.calls - (0 if person else math.ceil(one.calls * self._kept))
        if most <= 0:
            return now + one.span
        if len(self._spent) < most:
            return now
        return self._spent[-most] + one.span

    def _free_by_told(self, now: datetime, *, person: bool) -> datetime:
        if self._told is None:
            return now
        limit, remaining, reset = self._told
        kept = 0 if person else math.ceil(limit * self._kept)
        return reset if remaining <= kept else now


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdecimal() else None
