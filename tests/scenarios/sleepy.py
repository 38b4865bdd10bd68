"""An action that takes its time, as one that asks a shop's own system does."""

import asyncio
import random
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

LONGEST = 0.05
SLOW = 1.0
_DICE = random.Random(20261123)


class Sleepy(Action):  # type: ignore[misc] # rasa-sdk has no types
    """Answers with the customer's own words after 0-50 ms; "slow" ones after a second."""

    def name(self) -> str:
        return "action_sleepy"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        text = tracker.latest_message["text"]
        await asyncio.sleep(SLOW if "slow" in text else _DICE.uniform(0, LONGEST))
        dispatcher.utter_message(text=f"you said: {text}")
        return []
