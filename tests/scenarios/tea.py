"""A form that takes orders for tea, as a brand's developer writes it."""

from typing import Any

from bot.forms import Brand, Entities, Form, Slot, from_entity, from_text

# Sections of config.yml by which whatever says pineapple goes to the form.
TEA: dict[str, Any] = {
    "actions": ["tests.scenarios.tea:TeaOrder"],
    "action_variables": ["tea", "cups", "note"],
    "understanding": {"keywords": {"promotion": {"en": ["pineapple"]}}},
    "answers": {"promotion": {"action": "tea_order"}},
}
TEMPLATES = {
    "ask_tea": "Which tea, green or oolong?",
    "ask_cups": "How many cups of {{ tea }}?",
    "ask_note": "Anything else that we should know?",
    "ordered": "{{ cups }} cups of {{ tea }}: {{ note }}",
}


class TeaOrder(Form):
    """Asks for the tea, the cups and a note."""

    brand = Brand(
        slots={
            "tea": Slot(from_entity("tea")),
            "cups": Slot(from_entity("cups")),
            "note": Slot(from_text()),
        },
        entities=Entities(
            {"tea": {"green": ["綠茶"], "oolong": ["烏龍"]}}, {"cups": [r"\d+(?= cups)|\d+(?=杯)"]}
        ),
    )
    called = "tea_order"
    asks = {"tea": "utter_ask_tea", "cups": "utter_ask_cups", "note": "utter_ask_note"}  # noqa: RUF012
    steps = ("utter_ordered",)
