"""A form that asks for both ends of a range."""

import pytest

from bot.forms import Slot, from_entity
from bot.forms.slots import Heard, filled

STAY = {
    "arrives": Slot(from_entity("date", role="from")),
    "leaves": Slot(from_entity("date", role="to")),
}
BOTH = [
    {"entity": "date", "value": "2026-12-20", "role": "from"},
    {"entity": "date", "value": "2026-12-25", "role": "to"},
]


@pytest.mark.parametrize("asked", [None, "arrives", "leaves"])
def test_one_end_of_a_range_is_asked_for_again(asked: str | None) -> None:
    heard = Heard(text="", intent="oos", entities=BOTH, asked=asked)

    assert filled(STAY, heard) == {"arrives": "2026-12-20", "leaves": "2026-12-25"}


@pytest.mark.parametrize(("asked", "slots"), [("leaves", ["leaves"]), ("arrives", ["arrives"])])
def test_a_single_day_does_not_answer_the_question_for_one_end(
    asked: str, slots: list[str]
) -> None:
    alone = [{"entity": "date", "value": "2026-12-25"}]

    assert list(filled(STAY, Heard(text="", intent="oos", entities=alone, asked=asked))) == slots
    assert filled(STAY, Heard(text="", intent="oos", entities=alone)) == {}
