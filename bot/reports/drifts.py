"""Alarms: when asks are late more often than usual at that time of the week.

A Bernoulli CUSUM (Reynolds & Stoumbos, Journal of Quality Technology 31, 1999) over the verdicts in
the order in which they were learned. What is usual on a day comes only from verdicts of the four
weeks before it, so a later instant never takes back what an earlier one has told.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import log
from zoneinfo import ZoneInfo

from bot.reports.verdicts import Verdict

BASE_DAYS = 28
# As many verdicts of all hours count beside those of the same block of the week.
_PULL = 10
_LEAST_SHARE = 0.02
_BLOCK_HOURS = 3
_DAY = timedelta(days=1)

Block = tuple[bool, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When to raise an alarm: *limit* is the height that the sum has to reach.

    *times* is how much worse than usual is worth an alarm, *quiet* the least time between two.
    With fewer than *fewest* verdicts in the weeks before, nobody knows what is usual.
    """

    limit: float = 4.0
    times: float = 2.0
    quiet: timedelta = timedelta(hours=12)
    fewest: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The share of late asks has drifted since *began_at*, certain at *raised_at*.

    *verdicts* are those in between, *usual* the share of late ones to be expected among them.
    *ended_at* is when the drift was over, None while it goes on.
    """

    began_at: datetime
    raised_at: datetime
    usual: float
    verdicts: tuple[Verdict, ...]
    ended_at: datetime | None = None


def watched_from(now: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant from which sums are made: the Monday before the last one.

    A drift of more than a week is told anew, on a Monday.
    """
    today = now.astimezone(zone).date()
    monday = today - (today.weekday() + 7) * _DAY
    return datetime(monday.year, monday.month, monday.day, tzinfo=zone)


def steps(usual: float, times: float) -> tuple[float, float]:
    """Give what a late ask and one in time add to the sum; *usual* lies between 0 and 1."""
    worse = min(usual * times, (1 + usual) / 2)
    return log(worse / usual), log((1 - worse) / (1 - usual))


def alarms(
    known: Iterable[Verdict], *, since: datetime, zone: ZoneInfo, rules: Rules | None = None
) -> list[Alarm]:
    """Raise alarms over the verdicts from *since* on; earlier ones tell what is usual."""
    rules = rules or Rules()
    ordered = sorted(known, key=lambda each: (each.at, each.asked.ask.id))
    usual = _Usual(ordered, zone, rules.fewest)
    sums = _Sums(rules)
    for each in ordered:
        if each.at >= since:
            sums.add(each, usual.share(each))
    return sums.raised


class _Usual:
    """The usual share of late asks, by day and block of the week."""

    def __init__(self, known: Sequence[Verdict], zone: ZoneInfo, fewest: int) -> None:
        self._zone = zone
        self._fewest = fewest
        self._late: Counter[tuple[date, Block]] = Counter()
        self._all: Counter[tuple[date, Block]] = Counter()
        self._days: dict[date, dict[Block, float] | None] = {}
        for each in known:
            key = (self._day(each), self._block(each))
            self._all[key] += 1
            self._late[key] += each.late

    def share(self, verdict: Verdict) -> float | None:
        """What to expect of *verdict*; None if nobody knows yet."""
        day = self._day(verdict)
        if day not in self._days:
            self._days[day] = self._of(day)
        shares = self._days[day]
        return None if shares is None else shares.get(self._block(verdict), shares[_ANY])

    def _of(self, day: date) -> dict[Block, float] | None:
        late: Counter[Block] = Counter()
        every: Counter[Block] = Counter()
        before = {day - back * _DAY for back in range(1, BASE_DAYS + 1)}
        for (each, block), count in self._all.items():
            if each in before:
                every[block] += count
                late[block] += self._late[each, block]
        total = every.total()
        if total < self._fewest:
            return None
        overall = late.total() / total
        pulled = {
            block: (late[block] + _PULL * overall) / (every[block] + _PULL) for block in every
        }
        return {
            block: min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE)
            for block, share in {**pulled, _ANY: overall}.items()
        }

    def _day(self, verdict: Verdict) -> date:
        return verdict.at.astimezone(self._zone).date()

    def _block(self, verdict: Verdict) -> Block:
        opened = verdict.asked.ask.opened_at.astimezone(self._zone)
        return opened.weekday() >= 5, opened.hour // _BLOCK_HOURS


_ANY: Block = (False, -1)


@dataclass(slots=True)
class _Sums:
    rules: Rules
    raised: list[Alarm] = field(default_factory=list)
    total: float = 0.0
    expected: float = 0.0
    told: bool = False
    drift: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict, usual: float | None) -> None:
        """Take one verdict in. The sum stays below the limit, so that a drift can end."""
        late, in_time = (0.0, 0.0) if usual is None else steps(usual, self.rules.times)
        self.total += late if verdict.late else in_time
        if self.total <= 0:
            self._calm(verdict.at)
            return
        self.total = min(self.total, self.rules.limit)
        self.drift.append(verdict)
        self.expected += usual or 0.0
        if self.total >= self.rules.limit and not self.told and self._may_tell(verdict.at):
            self._raise(verdict.at)

    def _raise(self, at: datetime) -> None:
        self.told = True
        self.raised.append(
            Alarm(
                began_at=self.drift[0].at,
                raised_at=at,
                usual=self.expected / len(self.drift),
                verdicts=tuple(self.drift),
            )
        )

    def _calm(self, at: datetime) -> None:
        if self.told:
            self.raised[-1] = replace(self.raised[-1], ended_at=at)
        self.total, self.expected, self.told = 0.0, 0.0, False
        self.drift.clear()

    def _may_tell(self, at: datetime) -> bool:
        return not self.raised or at - self.raised[-1].raised_at >= self.rules.quiet
