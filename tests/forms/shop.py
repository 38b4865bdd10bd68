"""A form and answers of several steps, as a brand's developer writes them."""

from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet

from bot.forms import (
    Brand,
    Entities,
    Form,
    Slot,
    Steps,
    When,
    from_entity,
    from_intent,
    from_start,
    from_text,
)

BRAND = Brand(
    slots={
        "tea": Slot(from_entity("tea")),
        "second": Slot(from_entity("tea"), from_entity("sweet")),
        "gift": Slot(
            from_intent(True, intents=["affirm"], moments=[("order", "gift")]),
            from_intent(False, intents=["deny"], moments=[("order", "gift")]),
        ),
        "note": Slot(from_text(intents=["inform"])),
        "source": Slot(from_start("chat", intents=["order"])),
        "size": Slot(initial="small"),
    },
    entities=Entities({"tea": {"green": [], "oolong": []}}),
)


FITTING = Brand(slots={"size": Slot(from_text()), "note": Slot(from_text())})


class Price(Action):  # type: ignore[misc] # rasa-sdk has no types
    def name(self) -> str:
        return "price"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        return [SlotSet("price", 80 if tracker.get_slot("tea") == "green" else None)]


class Order(Form):
    brand = BRAND
    called = "order"
    asks = {"tea": "utter_ask_tea", "gift": "utter_ask_gift", "note": "utter_ask_note"}  # noqa: RUF012
    ignored = frozenset(["chat"])
    steps = ("utter_ordered",)


class Fitting(Form):
    """Its answers are judged elsewhere, by an action of the name validate_fitting."""

    brand = FITTING
    called = "fitting"
    asks = {"size": "utter_ask_size", "note": "utter_ask_note"}  # noqa: RUF012
    steps = ("utter_fitted", "far_size")


class Taste(Action):  # type: ignore[misc] # rasa-sdk has no types
    def name(self) -> str:
        return "taste"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        return [SlotSet("tea", None), FollowupAction("order")]


class Tasting(Steps):
    brand = BRAND
    called = "tasting"
    steps = (Taste,)


class Hours(Steps):
    brand = BRAND
    called = "hours"
    steps = ("utter_hours",)


class Stop(Steps):
    brand = BRAND
    called = "stop"
    steps = (
        When(
            {"active_loop": "order"},
            ("action_deactivate_loop", "utter_stopped"),
            ("utter_nothing_to_stop",),
        ),
    )


class Cost(Steps):
    brand = BRAND
    called = "cost"
    steps = (Price, When({"price": True}, ("utter_price",), ("action_handoff",)))


class Inform(Steps):
    brand = BRAND
    called = "inform"
