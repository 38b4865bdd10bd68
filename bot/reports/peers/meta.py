"""A Page's response rate and time, and its badge, as Meta's help pages described them.

Stored copies of the help pages say: only the first message after 24 hours without a word from
either side counts; the rate is over the 30 days before the last of them (the last ten if there
were fewer than ten); the time is the mean of the fastest nine in ten; the badge asks 90 % and
15 minutes over seven days. Replies through the API count, built-in instant replies do not.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

from bot.reports.peers.dialogues import Dialogue
from bot.reports.peers.view import Counted, Pair, Scope, View, share_of

SILENCE = timedelta(hours=24)
WINDOW = timedelta(days=30)
BADGE_WINDOW = timedelta(days=7)
BADGE_SHARE = 0.9
BADGE_SECONDS = 15 * 60
_FEWEST = 10
_FASTEST = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """Whether the badge "very responsive to messages" would be shown, and what it takes.

    *waiting* are the messages of the seven days without an answer. *more_answered* is how many
    new messages, each answered, would lift the rate to 90 % if nobody answers those (0: it is
    there). *clears_at* is when both targets are met by themselves, as old messages leave the
    seven days and no new ones come; None if never.
    """

    rate: Counted
    time: Counted
    earned: bool
    waiting: tuple[Pair, ...]
    more_answered: int
    clears_at: datetime | None


def view(told: Sequence[Dialogue], scope: Scope) -> View:
    """Count direct messages as of the window's instant; its beginning and end do not matter."""
    counted = _counted(told)
    recent, week = _recent(counted), _week(counted, scope.window.as_of)
    return View(
        peer="meta",
        figures=(
            share_of("response_rate", recent),
            fastest("response_time", recent),
            share_of("badge_rate", week),
            fastest("badge_time", week),
        ),
    )


def badge(told: Sequence[Dialogue], scope: Scope) -> Badge:
    """Forecast the badge as of the window's instant."""
    as_of = scope.window.as_of
    week = _week(_counted(told), as_of)
    waiting = tuple(pair for pair in week if pair.answer is None)
    lacking = BADGE_SHARE * len(week) - (len(week) - len(waiting))
    instants = [as_of, *(pair.asked_at + BADGE_WINDOW for pair in week)]
    return Badge(
        rate=share_of("badge_rate", week),
        time=fastest("badge_time", week),
        earned=_earned(week),
        waiting=waiting,
        # Nine in ten as floats miss whole numbers by the last bit.
        more_answered=max(0, math.ceil(lacking / (1 - BADGE_SHARE) - 1e-9)),
        clears_at=next((at for at in instants if _earned(_week(week, at))), None),
    )


def fastest(name: str, pairs: Sequence[Pair]) -> Counted:
    """Average the fastest nine in ten of the answered *pairs*, one at least."""
    answered = sorted((pair for pair in pairs if pair.answer), key=lambda pair: pair.seconds)
    kept = tuple(answered[: max(1, math.floor(len(answered) * _FASTEST + 1e-9))])
    value = fmean(pair.seconds for pair in kept) if kept else None
    return Counted(name=name, unit="seconds", value=value, pairs=kept)


def _counted(told: Sequence[Dialogue]) -> list[Pair]:
    found = [pair for dialogue in told for pair in _of_dialogue(dialogue)]
    return sorted(found, key=lambda pair: (pair.asked_at, pair.message.id))


def _of_dialogue(dialogue: Dialogue) -> Iterator[Pair]:
    said = [event for event in dialogue.said if event.surface == "dm"]
    starts = [
        place
        for place, event in enumerate(said)
        if event.actor == "customer" and (not place or event.at - said[place - 1].at >= SILENCE)
    ]
    for begin, end in pairwise([*starts, len(said)]):
        replies = (event for event in said[begin:end] if event.direction == "out")
        answer = next((reply for reply in replies if not reply.ack), None)
        yield Pair(message=said[begin], asked_at=said[begin].at, answer=answer)


def _recent(counted: Sequence[Pair]) -> list[Pair]:
    if not counted:
        return []
    since = counted[-1].asked_at - WINDOW
    recent = [pair for pair in counted if pair.asked_at >= since]
    return recent if len(recent) >= _FEWEST else list(counted[-_FEWEST:])


def _week(counted: Sequence[Pair], as_of: datetime) -> list[Pair]:
    return [pair for pair in counted if pair.asked_at > as_of - BADGE_WINDOW]


def _earned(week: Sequence[Pair]) -> bool:
    rate, time = share_of("", week).value, fastest("", week).value
    if rate is None or time is None:
        return False
    return rate >= BADGE_SHARE - 1e-9 and time <= BADGE_SECONDS
