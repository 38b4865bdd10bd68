"""An action that books what the customer's words tell."""

from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

# Sections of config.yml by which whatever says pineapple goes to the action.
BOOKING: dict[str, Any] = {
    "actions": ["tests.scenarios.booking:Booking"],
    "understanding": {
        "keywords": {"promotion": {"en": ["pineapple"]}},
        "lists": {"product": [{"name": "星空馬克杯", "also": ["Starry Mug"]}, "抹茶禮盒"]},
    },
    "answers": {"promotion": {"action": "action_booking"}},
}


class Booking(Action):  # type: ignore[misc] # rasa-sdk has no types
    """Asks for a moment, then says what it was told."""

    def name(self) -> str:
        return "action_booking"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        product = next(tracker.get_latest_entity_values("product"), tracker.get_slot("product"))
        if tracker.get_slot("datetime") is None:
            dispatcher.utter_message(text="when?")
            return [SlotSet("product", product), SlotSet("requested_slot", "datetime")]
        count = next(tracker.get_latest_entity_values("quantity"), "some")
        dispatcher.utter_message(text=f"{count} {product} at {tracker.get_slot('datetime')}")
        return [SlotSet("datetime", None)]
