"""What customers want, and how far the bot helped: by intent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.reports.behind import FAILURES, NOT_UNDERSTOOD
from bot.reports.choice import Cohort
from bot.reports.estimate import Estimate, wilson
from bot.reports.groups import grouped
from bot.reports.only import NOTHING
from bot.reports.waits import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Say that *hits* of *n* did, with Wilson's interval."""

    hits: int
    n: int
    share: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class OfIntent:
    """Count the asks of one intent (NOTHING: no decision is known; "oos": not understood).

    *failed* were handed over because something of ours broke. *asked_again* is of those that the
    bot answered at least a day ago: their customer asked again within a day.
    """

    intent: str
    asks: int
    by_bot: Share
    by_person: Share
    handed_over: Share
    failed: Share
    unanswered: Share
    asked_again: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """Hold all intents, the most frequent first, and their sum."""

    whole: OfIntent
    not_understood: int
    intents: tuple[OfIntent, ...]


def intents(cohort: Cohort) -> Intents:
    """Count the asks of each intent."""
    counted = cohort.counted
    groups = grouped(counted, lambda each: each.ask.intent or NOTHING)
    rows = [_row(intent, asks) for intent, asks in groups.items()]
    return Intents(
        whole=_row("all", counted),
        not_understood=len(groups.get(NOT_UNDERSTOOD, ())),
        intents=tuple(sorted(rows, key=lambda row: (-row.asks, row.intent))),
    )


def _row(intent: str, asks: Sequence[Measured]) -> OfIntent:
    followed_up = [each.asked_again for each in asks if each.asked_again is not None]
    return OfIntent(
        intent=intent,
        asks=len(asks),
        by_bot=share_of(each.ask.answered_by == "bot" for each in asks),
        by_person=share_of(each.ask.answered_by == "agent" for each in asks),
        handed_over=share_of(each.human_seconds is not None for each in asks),
        failed=share_of(each.ask.handoff_reason in FAILURES for each in asks),
        unanswered=share_of(each.ask.answered_by is None for each in asks),
        asked_again=share_of(followed_up),
    )


def share_of(hits: Iterable[bool]) -> Share:
    """Count what is true."""
    listed = list(hits)
    count = sum(listed)
    return Share(hits=count, n=len(listed), share=wilson(count, len(listed)))
