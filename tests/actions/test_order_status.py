"""The demo action, as a conversation meets it."""

from typing import Any

from bot.actions import ActionResult, ActionRunner
from bot.demo.order_status import DEMO_ORDERS
from intents.match import Entity
from tests.turns import conversation, meaning, message, order_number

ASKED = {"asked_slot": "order_number", "asked_by": "action_order_status"}


async def asked(text: str, *entities: Entity, **before: Any) -> ActionResult:
    runner = ActionRunner(["bot.demo.order_status:ActionOrderStatus"])
    return await runner.run(
        "action_order_status",
        conversation=conversation(**before),
        message=message(text),
        match=meaning("order_status", entities=entities),
    )


def templates(result: ActionResult) -> list[str | None]:
    return [utterance.template for utterance in result.utterances]


async def test_an_order_is_looked_up_without_its_number() -> None:
    result = await asked("查訂單")

    assert templates(result) == ["ask_order_number"]
    assert (result.asked_slot, result.slots, result.failed) == ("order_number", {}, None)


async def test_a_known_order_is_not_found() -> None:
    for number, order in DEMO_ORDERS.items():
        result = await asked(number, order_number(number))

        assert templates(result) == ["order_status"]
        assert result.utterances[0].variables["status"] == order["status"]
        assert result.asked_slot is None


async def test_the_answer_to_the_question_is_not_read() -> None:
    result = await asked("a1234567 謝謝", **ASKED)

    assert templates(result) == ["order_status"]
    assert result.slots["order_number"] == "A1234567"


async def test_a_customer_with_a_wrong_number_is_asked_for_ever() -> None:
    first = await asked("A0000000", order_number("A0000000"), **ASKED)
    second = await asked("A0000001", order_number("A0000001"), **ASKED, slots=dict(first.slots))

    assert templates(first) == ["order_not_found"]
    assert (first.asked_slot, first.slots) == (
        "order_number",
        {"order_number": None, "order_tries": 1},
    )
    assert templates(second) == ["order_not_found_again"]
    assert second.asked_slot is None
