"""Actions as a brand keeps them on its own server; `python -m rasa_sdk --actions` runs them."""

from typing import Any

from rasa_sdk import Action, FormValidationAction, ValidationAction
from rasa_sdk.events import ConversationPaused, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

_SIZES = ("S", "M", "L")


class FarHello(Action):  # type: ignore[misc] # rasa-sdk has no types
    def name(self) -> str:
        return "far_hello"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        text = tracker.latest_message["text"]
        number = next(tracker.get_latest_entity_values("order_number"), None)
        dispatcher.utter_message(
            text=f"{tracker.sender_id}: {text} {number} {tracker.get_slot('size')}",
            buttons=[{"title": "查訂單", "payload": '/order_status{"order_number": "1"}'}],
        )
        dispatcher.utter_message(response="utter_anything_else", name="小美")
        return [SlotSet("colour", "紅"), SlotSet("requested_slot", "size"), ConversationPaused()]


class FarSize(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "far_size"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        if tracker.get_slot("size") is None:
            dispatcher.utter_message(text="which size?")
            return [SlotSet("requested_slot", "size")]
        dispatcher.utter_message(text=f"noted: {tracker.get_slot('size')}")
        return []


class FarRejection(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "far_rejection"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        raise ActionExecutionRejection("far_rejection", "phone 0912345678")


class FarRaise(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "far_raise"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        dispatcher.utter_message(text="half a reply")
        raise ConnectionError("the customer's phone is 0912345678")


class FarValidation(FormValidationAction):  # type: ignore[misc]
    """Of a form that asks for a size and a note."""

    def name(self) -> str:
        return "validate_fitting"

    def validate_size(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        if value.upper() in _SIZES:
            return {"size": value.upper()}
        dispatcher.utter_message(text=f"there is no {value}")
        return {"size": None}


class FarValidationOfAll(ValidationAction):  # type: ignore[misc]
    def validate_size(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return {"size": value.strip(" !")}

    def validate_note(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return {"note": value}
