"""DEMO: what the invented tea house has in stock."""

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

IN_STOCK = {"oolong", "green"}


class ActionCheckStock(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_check_stock"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        return [SlotSet("in_stock", tracker.get_slot("tea") in IN_STOCK)]


class ValidateOrderForm(FormValidationAction):  # type: ignore[misc]
    def name(self) -> str:
        return "validate_order_form"

    def validate_number(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if int(value) <= 20:
            return {"number": value}
        dispatcher.utter_message(text="Twenty cups at most.")
        return {"number": None}
