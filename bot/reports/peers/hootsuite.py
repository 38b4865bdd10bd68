"""Hootsuite Inbox 2.0 (its help page 14530143464219): resolved conversations only.

Whoever is ignored and never resolved is in no figure, and the figures of a past day change as
old conversations are resolved.
"""

from collections.abc import Iterator, Sequence

from bot.reports.peers.dialogues import Dialogue, answers
from bot.reports.peers.view import Pair, Scope, View, count_of, mean_of


def view(told: Sequence[Dialogue], scope: Scope) -> View:
    """Count the conversations that agents resolved in the window."""
    resolved = [
        ticket
        for dialogue in told
        for ticket in dialogue.tickets()
        if ticket.closed_at and scope.covers(ticket.closed_at)
    ]
    return View(
        peer="hootsuite",
        figures=(
            count_of("resolved", [_opening(ticket) for ticket in resolved]),
            mean_of("first_response_mean", [pair for each in resolved for pair in _first(each)]),
            mean_of("response_mean", [pair for each in resolved for pair in _every(each)]),
        ),
    )


def _opening(ticket: Dialogue) -> Pair:
    return Pair(message=ticket.said[0], asked_at=ticket.said[0].at)


def _every(ticket: Dialogue) -> Iterator[Pair]:
    return answers(ticket.said, by_bot=False)


def _first(ticket: Dialogue) -> list[Pair]:
    return list(_every(ticket))[:1]
