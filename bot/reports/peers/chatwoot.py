"""Chatwoot's report metrics as its code computes them (version 4.15, reporting_event_listener).

They are means over events by the instant at which each was written. There is no rate: a customer
whom nobody answers is in none of them. Closing a conversation ends its wait without a trace.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.reports.events import Event
from bot.reports.peers.dialogues import Dialogue, is_said
from bot.reports.peers.view import Pair, Scope, View, count_of, mean_of


def view(told: Sequence[Dialogue], scope: Scope) -> View:
    """Count the replies and resolutions that were written in the window."""

    def written(pairs: Iterator[Pair]) -> list[Pair]:
        return [pair for pair in pairs if pair.answer and scope.covers(pair.answer.at)]

    resolved = written(pair for each in told for pair in _resolutions(each))
    return View(
        peer="chatwoot",
        figures=(
            mean_of("first_response", written(pair for each in told for pair in _first(each))),
            mean_of("waiting_time", written(pair for each in told for pair in _waits(each))),
            mean_of("resolution_time", resolved),
            count_of("resolutions", resolved),
        ),
    )


def _first(dialogue: Dialogue) -> Iterator[Pair]:
    """The first reply of a person, counted from the last hand-off or reopening before it."""
    since, message = dialogue.events[0].at, dialogue.said[0]
    closed = False
    for event in dialogue.events:
        if event.kind == "close":
            closed = True
        elif event.kind == "handoff" or event.handoff:
            since = event.at
        elif event.actor == "agent":
            yield Pair(message=message, asked_at=min(since, event.at), answer=event)
            return
        elif closed and event.actor == "customer":
            since, message, closed = event.at, event, False


def _waits(dialogue: Dialogue) -> Iterator[Pair]:
    """Later replies of people; a reply of the bot, or closing, ends a wait without counting it."""
    waiting: Event | None = None
    replied = False
    for event in dialogue.events:
        if event.actor == "customer" and is_said(event):
            waiting = waiting or event
        elif event.actor == "agent" and is_said(event):
            if waiting is not None and replied:
                yield Pair(message=waiting, asked_at=waiting.at, answer=event)
            waiting, replied = None, True
        elif event.kind == "close" or event.actor == "bot":
            waiting = None


def _resolutions(dialogue: Dialogue) -> Iterator[Pair]:
    created: datetime = dialogue.events[0].at
    for event in dialogue.events:
        if event.kind == "close":
            yield Pair(message=dialogue.said[0], asked_at=created, answer=event)
