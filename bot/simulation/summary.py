"""Judges a simulation: what was lost, doubled or out of order, and how fast the answers were."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bot.simulation.courier import Delivery
from bot.simulation.ledger import Entry, Violation, doubles
from bot.simulation.load import percentile

_MARK = re.compile(r"DM\d{7}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One turn of a customer, who now waits. *at* is monotonic seconds of its first try.

    *must*: silence would be a fault. *hoped*: a question, but a bot that is unsure of it may well
    leave it to a person without a word, as under posts, where everybody reads along.
    """

    thread: str
    topic: str
    messages: tuple[str, ...]
    texts: tuple[str, ...]
    at: float
    must: bool
    hoped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a simulation found. Times in seconds.

    *quiet* are questions that somebody hoped to see answered: no fault by themselves.
    *refused_webhooks* names messages, *doubled* and *out_of_order* conversations. *topics* counts
    turns and those that were answered.
    """

    messages: int
    webhooks: int
    answered: int
    asked: int
    replies: int
    refused_webhooks: tuple[str, ...]
    unanswered: tuple[Asked, ...]
    quiet: tuple[Asked, ...]
    doubled: tuple[str, ...]
    out_of_order: tuple[str, ...]
    violations: tuple[Violation, ...]
    acknowledged: Mapping[str, float]
    answered_in: Mapping[str, float]
    topics: Mapping[str, tuple[int, int]]

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled, no order broken, no rule of a platform broken."""
        return not (
            self.refused_webhooks
            or self.unanswered
            or self.doubled
            or self.out_of_order
            or self.violations
        )

    def as_json(self) -> dict[str, object]:
        """The summary as plain JSON objects."""
        return {"clean": self.clean, **asdict(self)}


def summary(
    deliveries: Sequence[Delivery],
    asked: Sequence[Asked],
    entries: Sequence[Entry],
    *,
    threads: Mapping[str, str],
    violations: Sequence[Violation],
    patience: float,
    now: float,
) -> Summary:
    """Judge a run at monotonic *now*; asks younger than *patience* seconds are not called lost.

    *threads* leads from a comment to its conversation; entries of other customers are left out.
    """
    taken = _by_thread(entries, threads, {delivery.webhook.thread for delivery in deliveries})
    waits = [(ask, _wait(ask, taken[ask.thread])) for ask in asked]
    due = [(ask, wait) for ask, wait in waits if ask.must]
    lost = [ask for ask, wait in due if wait is None and now - ask.at >= patience]
    spoken = [each.webhook for each in deliveries if each.webhook.opens_window or _comments(each)]
    count = Counter(webhook.thread for webhook in spoken)
    marks = _marks(deliveries)
    answers = [wait for _, wait in waits if wait is not None]
    return Summary(
        messages=len({webhook.message for webhook in spoken}),
        webhooks=len(deliveries),
        answered=sum(delivery.answered for delivery in deliveries),
        asked=len(due),
        replies=sum(map(len, taken.values())),
        refused_webhooks=tuple(d.webhook.message for d in deliveries if not d.answered),
        unanswered=tuple(lost),
        quiet=tuple(ask for ask, wait in waits if ask.hoped and wait is None),
        doubled=_doubled(entries, taken, count),
        out_of_order=tuple(t for t, own in marks.items() if _crossed(own, taken[t])),
        violations=tuple(violations),
        acknowledged=_quantiles([d.acknowledged_in for d in deliveries if d.answered]),
        answered_in=_quantiles(answers),
        topics=_topics(waits),
    )


def _comments(delivery: Delivery) -> bool:
    return delivery.webhook.kind == "comment.add"


def _by_thread(
    entries: Sequence[Entry], threads: Mapping[str, str], known: set[str]
) -> dict[str, list[Entry]]:
    taken: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        thread = threads.get(entry.thread, entry.thread)
        if entry.status != "refused" and thread in known:
            taken[thread].append(entry)
    return taken


def _wait(ask: Asked, entries: Sequence[Entry]) -> float | None:
    return next((entry.at - ask.at for entry in entries if entry.at >= ask.at), None)


def _doubled(
    entries: Sequence[Entry], taken: Mapping[str, Sequence[Entry]], said: Mapping[str, int]
) -> tuple[str, ...]:
    """Threads with an id accepted twice, or the same words more often than anybody asked."""
    threads = {entry.thread for entry in doubles(list(entries))}
    for thread, own in taken.items():
        # A public reply and a private one may well say the same.
        words = Counter((entry.kind, entry.text) for entry in own if entry.text)
        if any(times > said[thread] for times in words.values()):
            threads.add(thread)
    return tuple(sorted(threads))


def _marks(deliveries: Sequence[Delivery]) -> dict[str, list[str]]:
    """The order numbers that each customer named, in their order."""
    marks: dict[str, list[str]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda each: each.started):
        webhook = delivery.webhook
        for mark in _MARK.findall(webhook.text):
            if mark not in marks[webhook.thread]:
                marks[webhook.thread].append(mark)
    return marks


def _crossed(marks: Sequence[str], entries: Sequence[Entry]) -> bool:
    """Whether replies name the order numbers in another order than the customer did."""
    named = dict.fromkeys(mark for entry in entries for mark in _MARK.findall(entry.text))
    places = [marks.index(mark) for mark in named if mark in marks]
    return places != sorted(places)


def _topics(waits: Sequence[tuple[Asked, float | None]]) -> dict[str, tuple[int, int]]:
    topics: dict[str, tuple[int, int]] = {}
    for ask, wait in waits:
        asked, answered = topics.get(ask.topic, (0, 0))
        topics[ask.topic] = (asked + 1, answered + (wait is not None))
    return dict(sorted(topics.items()))


def _quantiles(seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {
        "p50": percentile(seconds, 0.5),
        "p90": percentile(seconds, 0.9),
        "p99": percentile(seconds, 0.99),
        "max": max(seconds),
    }
