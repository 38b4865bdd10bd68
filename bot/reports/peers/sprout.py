"""Sprout Social's Inbox Activity and Team reports (its help pages 202123288 and 208762436).

Only what people do counts: a message that the bot answered looks like one that nobody touched.
Whether a reply is "in business hours" is decided by the reply's own instant, so that a late
answer in the evening leaves that view.
"""

from collections.abc import Iterator, Sequence

from bot.reports.events import Event
from bot.reports.peers.dialogues import Dialogue
from bot.reports.peers.view import (
    Counted,
    Pair,
    Scope,
    View,
    by_hours,
    count_of,
    mean_of,
    median_of,
    share_of,
)


def view(told: Sequence[Dialogue], scope: Scope) -> View:
    """Count the messages received in the window, and the replies written in it."""
    pairs = [pair for dialogue in told for pair in _acted_on(dialogue)]
    received = [pair for pair in pairs if scope.covers(pair.message.at)]
    replied = [pair for pair in pairs if pair.answer and scope.covers(pair.answer.at)]
    return View(
        peer="sprout",
        figures=(
            count_of("received", received),
            share_of("action_rate", received),
            mean_of("time_to_action", received),
            mean_of("reply_time_mean", replied),
            median_of("reply_time_median", replied),
            *_in_hours(replied, scope),
        ),
    )


def _in_hours(replied: Sequence[Pair], scope: Scope) -> Iterator[Counted]:
    hours = scope.hours
    if hours is None:
        return
    inside = [pair for pair in replied if pair.answer and hours.is_open(pair.answer.at)]
    yield mean_of("reply_time_business", inside, by_hours(hours))


def _acted_on(dialogue: Dialogue) -> Iterator[Pair]:
    """Give each customer message the agent's reply to it: the one it names, else the latest."""
    untouched: dict[str, Event] = {}
    for event in dialogue.said:
        if event.actor == "customer":
            untouched[event.id] = event
        elif event.actor == "agent" and untouched:
            named = event.reply_to if event.reply_to in untouched else next(reversed(untouched))
            message = untouched.pop(named or "")
            yield Pair(message=message, asked_at=message.at, answer=event)
    for message in untouched.values():
        yield Pair(message=message, asked_at=message.at)
