"""Actions that say several things, remember slots, and ask for them one after the other."""

from bot.forms.actions import Brand, Form, Steps, When
from bot.forms.entities import Entities
from bot.forms.slots import Slot, from_entity, from_intent, from_start, from_text

__all__ = [
    "Brand",
    "Entities",
    "Form",
    "Slot",
    "Steps",
    "When",
    "from_entity",
    "from_intent",
    "from_start",
    "from_text",
]
