"""Intercom's first response time (its help page 6762778 and a staff answer in its forum).

From the first message of a user to the first visible part by a human; both are needed, so that
a conversation closed without an answer is in no response metric. Grouped by when it began.
"""

from collections.abc import Sequence

from bot.reports.peers.dialogues import Dialogue
from bot.reports.peers.view import Pair, Scope, View, count_of, mean_of, median_of


def view(told: Sequence[Dialogue], scope: Scope) -> View:
    """Count the conversations that began in the window; each has one first response, for ever."""
    asked = [pair for dialogue in told for pair in _first(dialogue) if scope.covers(pair.asked_at)]
    return View(
        peer="intercom",
        figures=(
            count_of("conversations", asked),
            median_of("first_response_median", asked),
            mean_of("first_response_mean", asked),
        ),
    )


def _first(dialogue: Dialogue) -> list[Pair]:
    said = dialogue.said
    asked = next((event for event in said if event.actor == "customer"), None)
    if asked is None:
        return []
    human = (event for event in said if event.actor == "agent" and event.at >= asked.at)
    return [Pair(message=asked, asked_at=asked.at, answer=next(human, None))]
