"""DEMO: an action that looks up orders, in a list that is invented.

Copy it and ask your own shop instead. A real one also checks that the order belongs to the
customer who asks.
"""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

# Invented; no real order, parcel or shop.
DEMO_ORDERS: Mapping[str, Mapping[str, str]] = {
    "A1234567": {
        "status": "shipped",
        "carrier": "DEMO Express",
        "tracking_number": "DEMO-000-111",
    },
    "A1234568": {"status": "preparing"},
    "A1234569": {"status": "ready", "pickup": "DEMO 7-ELEVEN"},
    "A1234570": {"status": "delivered"},
}

_SLOT = "order_number"
_TRIES = "order_tries"


class ActionOrderStatus(Action):  # type: ignore[misc] # rasa-sdk has no types
    """Say where an order is; ask for its number if nobody told it."""

    def name(self) -> str:
        return "action_order_status"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        number = next(tracker.get_latest_entity_values(_SLOT), None) or tracker.get_slot(_SLOT)
        if number is None:
            dispatcher.utter_message(response="utter_ask_order_number")
            return [SlotSet("requested_slot", _SLOT)]
        order = DEMO_ORDERS.get(number.upper())
        if order is None:
            return _not_found(dispatcher, tracker, number)
        dispatcher.utter_message(response="utter_order_status", order_number=number, **order)
        return [SlotSet(_SLOT, number), SlotSet(_TRIES, None)]


def _not_found(
    dispatcher: CollectingDispatcher, tracker: Tracker, number: str
) -> list[dict[str, Any]]:
    """Ask once more; after the second unknown number, offer a person."""
    tried = (tracker.get_slot(_TRIES) or 0) + 1
    template = "utter_order_not_found" if tried == 1 else "utter_order_not_found_again"
    dispatcher.utter_message(response=template, order_number=number)
    return [
        SlotSet(_SLOT, None),
        SlotSet(_TRIES, tried),
        SlotSet("requested_slot", _SLOT if tried == 1 else None),
    ]
