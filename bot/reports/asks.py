"""Message log -> asks. Every rule of what opens, joins, answers and ends an ask is here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise, zip_longest
from operator import itemgetter

from bot.reports.ask import Answerer, Ask
from bot.reports.events import Event, in_order
from bot.reports.light import CLOSERS, Light
from bot.reports.unswept import unswept


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Set what a brand may choose about asks.

    An ask expires *expiry* after it opened, by the calendar: seven days is the longest window in
    which Meta lets a person reply. A light message within *closer_window* of the brand's last
    word opens nothing.
    """

    expiry: timedelta = timedelta(days=7)
    closer_window: timedelta = timedelta(days=1)
    closers: frozenset[str] = CLOSERS
    brand_handles: frozenset[str] = frozenset()


@unswept()
def asks(events: Iterable[Event], rules: Rules | None = None) -> list[Ask]:
    """Pair customer messages with answers; sorted by opening, then by first message.

    *events* may come in any order and more than once. A thread is a conversation, or in comments
    one author below one root comment of one post. Three messages in a row are one ask, whose
    clock starts at the first that needs a reply. Neither a note, an acknowledgement, a hand-off
    notice, nor closing the conversation answers it.
    """
    rules = rules or Rules()
    light = _light(rules.closers, rules.brand_handles)
    ordered = in_order(events)
    threads: dict[_Key, _Thread] = {}
    authors = _comment_threads(ordered)
    for event in ordered:
        key = _thread_key(event, authors)
        if key is None:
            continue
        thread = threads.get(key)
        if thread is None:
            thread = threads[key] = _Thread(rules, light)
        thread.take(event)
    found: list[Ask] = []
    for thread in threads.values():
        found += thread.asks()
    return by_opening(found)


def by_opening(asks: Iterable[Ask]) -> list[Ask]:
    """Sort asks by opening, then by first message."""
    ordered = sorted(asks, key=_opened_at)
    # Few open at one instant; only these need the rest of the key, which takes longer to make.
    if any(one.opened_at == other.opened_at for one, other in pairwise(ordered)):
        ordered.sort(key=_place)
    return ordered


_opened_at = itemgetter(Ask._fields.index("opened_at"))


def _place(ask: Ask) -> tuple[datetime, str, str, str, str]:
    return ask.opened_at, ask.message_ids[0], ask.channel, ask.conversation, ask.post or ""


# Made once, not for each of an export's conversations.
_light = lru_cache(maxsize=8)(Light)


_Key = tuple[str | None, ...]


def _comment_threads(events: Iterable[Event]) -> dict[tuple[str, str], _Key]:
    return {
        (event.channel, event.id): (
            event.channel,
            event.post,
            event.root or event.id,
            event.author,
        )
        for event in events
        if event.surface == "comment" and event.actor == "customer" and event.target is None
    }


def _thread_key(event: Event, authors: dict[tuple[str, str], _Key]) -> _Key | None:
    if event.surface == "dm":
        return (event.channel, event.conversation)
    if event.actor == "customer":
        return authors.get((event.channel, event.target or event.id))
    return authors.get((event.channel, event.reply_to or event.target or ""))


@dataclass(slots=True)
class _Run:
    """An ask while it is being built."""

    opening: Event
    opened_at: datetime
    expires_at: datetime
    first_in_thread: bool
    message_ids: list[str]
    unsent: set[str]
    answer: Event | None = None
    touched_at: datetime | None = None
    handed_over_at: datetime | None = None
    human_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    handoff_reason: str | None = None
    taken_at: datetime | None = None
    taken_by: str | None = None
    unneeded: Event | None = None

    def ask(self, asked_again_at: datetime | None) -> Ask:
        answer = self.answer
        answered_by: Answerer | None = None
        if answer is not None:
            answered_by = "bot" if answer.actor == "bot" else "agent"
        opening = self.opening
        # In the order of the fields: names would take twice the time.
        return Ask(
            opening.channel,
            opening.surface,
            opening.conversation,
            opening.post,
            opening.author,
            tuple(self.message_ids),
            self.opened_at,
            self.expires_at,
            self.first_in_thread,
            self.touched_at,
            self.handed_over_at,
            self.human_at,
            self.closed_at,
            self.withdrawn_at,
            None if answer is None else answer.at,
            answered_by,
            None if answer is None else answer.id,
            None if answer is None else answer.agent,
            opening.account,
            opening.intent,
            opening.language,
            opening.labels,
            self.handoff_reason,
            self.taken_at,
            self.taken_by,
            asked_again_at,
            None if self.unneeded is None else self.unneeded.at,
            None if self.unneeded is None else self.unneeded.agent,
        )


_SAID = frozenset({"message", "media", "sticker", "emoji"})
_MOVED = frozenset({"handoff", "close", "unneeded", "needed"})
_GIVEN = frozenset({"take", "release"})


class _Thread:
    """What one thread has seen so far."""

    __slots__ = (
        *("_has_word", "_joined", "_last_reply", "_light", "_passed", "_rules", "_waiting"),
        "runs",
    )

    def __init__(self, rules: Rules, light: Light) -> None:
        self._rules = rules
        self._light = light
        self._joined: dict[str, _Run] = {}
        # Light messages that opened nothing, in case an edit turns them into questions.
        self._passed: dict[str, Event] = {}
        self._last_reply: Event | None = None
        self._waiting: _Run | None = None
        # The take-over after which nobody gave the word back.
        self._has_word: Event | None = None
        self.runs: list[_Run] = []

    def asks(self) -> list[Ask]:
        return [
            run.ask(None if after is None else after.opened_at)
            for run, after in zip_longest(self.runs, self.runs[1:])
        ]

    def take(self, event: Event) -> None:
        if self._waiting is not None and event.at >= self._waiting.expires_at:
            self._waiting = None
        kind, theirs = event.kind, event.actor == "customer"
        if kind in _SAID:
            if theirs:
                self._received(event)
            else:
                self._replied(event)
        elif kind in _MOVED:
            self._moved(event)
        elif kind in _GIVEN:
            self._given(event)
        # A brand that hides a complaint, or edits its own words, has not answered.
        elif theirs and kind == "edit":
            self._edited(event)
        elif theirs and kind == "delete":
            self._unsent(event)

    def _received(self, event: Event) -> None:
        if self._waiting is None and self._opens_nothing(event):
            self._passed[event.id] = event
        else:
            self._join(event)

    def _join(self, event: Event) -> None:
        run = self._waiting
        if run is None:
            at = event.at
            run = _Run(event, at, at + self._rules.expiry, not self.runs, [event.id], set())
            if self._has_word is not None:
                run.taken_at = at
                run.taken_by = self._has_word.agent
            self._waiting = run
            self.runs.append(run)
        else:
            # Whoever said that no reply is needed has not read this one.
            run.unneeded = None
            run.message_ids.append(event.id)
        self._joined[event.id] = run

    def _opens_nothing(self, event: Event) -> bool:
        if event.surface == "comment":
            return self._is_light(event)
        last = self._last_reply
        if last is None or last.expects_reply or event.at - last.at > self._rules.closer_window:
            return False
        return self._is_light(event)

    def _is_light(self, event: Event) -> bool:
        if event.kind in {"sticker", "emoji"}:
            return True
        if event.kind == "media" and not event.text:
            return False
        if event.surface == "comment":
            return self._light.is_light_comment(event.text)
        return event.kind != "media" and self._light.is_light(event.text)

    def _edited(self, event: Event) -> None:
        passed = self._passed.get(event.target or "")
        if passed is not None and not self._is_light(event):
            del self._passed[passed.id]
            self._join(replace(passed, at=event.at))

    def _unsent(self, event: Event) -> None:
        message_id = event.target or ""
        self._passed.pop(message_id, None)
        run = self._joined.get(message_id)
        if run is None or run is not self._waiting:
            return
        run.unsent.add(message_id)
        if len(run.unsent) == len(run.message_ids):
            run.withdrawn_at = event.at
            self._waiting = None

    def _given(self, event: Event) -> None:
        self._has_word = event if event.kind == "take" else None
        run = self._waiting
        if event.kind == "take" and run is not None and run.taken_at is None:
            run.taken_at, run.taken_by = event.at, event.agent

    def _moved(self, event: Event) -> None:
        if event.kind == "close":
            self._has_word = None
        run = self._waiting
        if run is None:
            return
        match event.kind:
            case "close":
                run.closed_at = run.closed_at or event.at
            case "unneeded" | "needed":
                run.unneeded = event if event.kind == "unneeded" else None
            case _:
                run.handoff_reason = run.handoff_reason or event.reason
                run.handed_over_at = run.handed_over_at or event.at

    def _replied(self, event: Event) -> None:
        if event.visibility == "note":
            return
        self._last_reply = event
        run = self._waiting
        if run is None or event.broadcast:
            return
        run.touched_at = run.touched_at or event.at
        if run.handed_over_at and event.actor == "agent":
            run.human_at = run.human_at or event.at
        if event.handoff:
            run.handed_over_at = run.handed_over_at or event.at
        elif not event.ack and (event.actor == "agent" or run.handed_over_at is None):
            run.answer = event
            self._waiting = None
