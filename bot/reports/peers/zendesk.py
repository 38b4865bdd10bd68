"""Zendesk's first reply time (its help pages 4408821871642 and 4408834848154).

From the ticket's creation to the first public comment of an agent, or to the second one where
an agent's comment created the ticket. It is empty until that happens, so that a ticket without
an answer is in no average. Its figures of business time use the schedule at the event.
"""

from collections.abc import Sequence

from bot.reports.peers.dialogues import Dialogue
from bot.reports.peers.view import Pair, Scope, View, by_hours, count_of, mean_of, median_of


def view(told: Sequence[Dialogue], scope: Scope) -> View:
    """Count the tickets created in the window; after a closing, the next message is a new one."""
    tickets = [_ticket(each) for dialogue in told for each in dialogue.tickets()]
    created = [pair for pair in tickets if scope.covers(pair.asked_at)]
    calendar = (
        count_of("tickets", created),
        median_of("first_reply_median", created),
        mean_of("first_reply_mean", created),
    )
    if scope.hours is None:
        return View(peer="zendesk", figures=calendar)
    business = median_of("first_reply_median_business", created, by_hours(scope.hours))
    return View(peer="zendesk", figures=(*calendar, business))


def _ticket(ticket: Dialogue) -> Pair:
    opening = ticket.said[0]
    replies = [event for event in ticket.said if event.actor == "agent"]
    counting = replies[1:] if opening.actor == "agent" else replies
    return Pair(message=opening, asked_at=opening.at, answer=counting[0] if counting else None)
