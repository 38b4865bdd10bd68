"""An action that takes its time, as one that asks a shop's own system does."""

import asyncio
import random
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

LONGEST = 0.05
WORD = "pineapple"
# Sections of config.yml by which whatever says the word goes to the action.
SLEEPY: dict[str, Any] = {
    "actions": ["tests.scenarios.sleepy:Sleepy"],
    "understanding": {"keywords": {"promotion": {"en": [WORD]}}},
    "answers": {"promotion": {"action": "action_sleepy"}},
}
_DICE = random.Random(20261123)


class Gate:
    """Holds back what is called slow until the test opens it."""

    def __init__(self) -> None:
        self.held = asyncio.Event()
        self.open = asyncio.Event()


gates: list[Gate] = []


def gate() -> Gate:
    """A new gate, which slow messages wait at from now on."""
    gates[:] = [Gate()]
    return gates[0]


class Sleepy(Action):  # type: ignore[misc] # rasa-sdk has no types
    """Answers with the customer's own words after 0-50 ms; slow ones when the gate opens."""

    def name(self) -> str:
        return "action_sleepy"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        text = tracker.latest_message["text"]
        if "slow" in text:
            gates[0].held.set()
            await gates[0].open.wait()
        else:
            await asyncio.sleep(_DICE.uniform(0, LONGEST))
        dispatcher.utter_message(text=f"you said: {text}")
        return []
