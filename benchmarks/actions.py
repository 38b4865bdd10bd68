"""The brand's action in the benchmark: it naps, then answers with the number it was asked for."""

import asyncio
import random
import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

LONGEST_NAP = 0.05
# Numbers from here on are asked for by the conversation that is slow on purpose.
SLOW_FROM = 90_000_000
SLOW_NAP = 2.0
_NUMBER = re.compile(r"\d{8}")


class ActionNap(Action):  # type: ignore[misc] # rasa-sdk has no types
    """Answer after 0 to 50 ms; how long is the number's own lot, so that runs can be compared."""

    def name(self) -> str:
        return "action_nap"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        found = _NUMBER.search(tracker.latest_message["text"])
        number = int(found[0]) if found else 0
        await asyncio.sleep(nap(number))
        dispatcher.utter_message(text=told(number))
        return []


def nap(number: int) -> float:
    """How long the action takes over *number*, in seconds."""
    if number >= SLOW_FROM:
        return SLOW_NAP
    return random.Random(number).uniform(0.0, LONGEST_NAP)


def told(number: int) -> str:
    """What the action says, alone for *number*."""
    return f"Order A{number} is on its way."
