"""A form asks until it knows all, and everything else is answered meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from bot.actions import ActionResult, ActionRunner
from bot.actions.server import RemoteActions
from bot.config_sections import ActionServer
from bot.conversation import Conversation
from tests import turns
from tests.actions.servers import rasa_server

FAR = "tests.actions.remote"
CLASSES = [
    f"tests.forms.shop:{name}" for name in ("Order", "Hours", "Stop", "Cost", "Inform", "Tasting")
]


@dataclass(slots=True)
class Talk:
    """A conversation with the shop's actions; *said* are the templates of the last answer."""

    runner: ActionRunner
    conversation: Conversation
    result: ActionResult = field(default_factory=ActionResult)

    async def hears(self, action: str, text: str, intent: str = "inform") -> Sequence[str | None]:
        self.result = await self.runner.run(
            action,
            conversation=self.conversation,
            message=turns.message(text),
            match=turns.meaning(intent),
        )
        assert self.result.failed is None
        asked = self.result.asked_slot
        self.conversation = replace(
            self.conversation,
            slots={**self.conversation.slots, **self.result.slots},
            asked_slot=asked,
            asked_by=(self.result.asked_by or action) if asked else None,
        )
        return [utterance.template for utterance in self.result.utterances]


@pytest.fixture
def talk() -> Talk:
    return Talk(ActionRunner(CLASSES), turns.conversation())


@pytest.fixture(scope="module")
def rasa() -> Iterator[str]:
    with rasa_server(FAR) as url:
        yield url


@pytest.mark.parametrize("where", ["here", "there"])
async def test_a_form_takes_what_the_brands_validation_refuses(where: str, rasa: str) -> None:
    classes = ["tests.forms.shop:Fitting"]
    validations = ("FarValidation", "FarValidationOfAll", "FarSize")
    names = ("validate_fitting", "action_validate_slot_mappings", "far_size")
    async with ClientSession() as http:
        far = ActionServer(url=rasa, names=names, timeout=timedelta(seconds=30))
        here = ActionRunner([*classes, *(f"{FAR}:{name}" for name in validations)], timeout=30.0)
        there = ActionRunner(classes, timeout=30.0, server=RemoteActions(far, http=http))
        talk = Talk(here if where == "here" else there, turns.conversation())

        assert await talk.hears("fitting", "I want a fitting", "order") == ["ask_size"]
        assert await talk.hears("fitting", "XXL", "oos") == [None, "ask_size"]
        assert talk.result.utterances[0].text == "there is no XXL"
        assert await talk.hears("fitting", " m! ", "oos") == ["ask_note"]
        assert await talk.hears("fitting", "long arms", "oos") == ["fitted", None]

    assert talk.result.utterances[1].text == "noted: M"
    assert talk.conversation.slots["size"] == "M"
    assert talk.conversation.slots["note"] == "long arms"
    assert talk.conversation.asked_slot is None


async def test_the_brands_own_words_lose_to_what_everybody_finds() -> None:
    text = "green"
    match = turns.meaning("order", entities=(turns.entity("tea", "EVERYBODY'S", "green", text),))
    result = await ActionRunner(CLASSES).run(
        "order", conversation=turns.conversation(), message=turns.message(text), match=match
    )

    assert result.slots["tea"] == "green"


async def test_a_form_forgets_or_skips_a_question(talk: Talk) -> None:
    assert await talk.hears("order", "I want tea", "order") == ["ask_tea"]
    assert talk.conversation.asked_by == "order"
    assert await talk.hears("order", "green", "oos") == ["ask_gift"]
    assert await talk.hears("order", "no", "deny") == ["ask_note"]
    assert await talk.hears("order", "ring twice", "oos") == ["ordered"]

    assert talk.conversation.asked_slot is None
    kept = {name: talk.conversation.slots[name] for name in ("tea", "gift", "note", "source")}
    assert kept == {"tea": "green", "gift": False, "note": "ring twice", "source": "chat"}


async def test_what_was_told_at_once_is_asked_again(talk: Talk) -> None:
    assert await talk.hears("order", "I want green tea", "order") == ["ask_gift"]


async def test_a_question_meanwhile_ends_the_form(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")

    assert await talk.hears("hours", "when are you open", "hours") == ["hours", "ask_tea"]
    assert talk.conversation.asked_by == "order"
    assert await talk.hears("inform", "oolong") == ["ask_gift"]


async def test_an_answer_by_another_intent_does_not_reach_the_form(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")

    assert await talk.hears("hours", "oolong, and when are you open", "hours") == ["ask_gift"]


async def test_one_answer_fills_two_slots(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")
    await talk.hears("order", "green", "oos")

    kept = talk.conversation.slots
    assert (kept["tea"], kept.get("second")) == ("green", None)


async def test_what_an_action_wants_next_is_not_done(talk: Talk) -> None:
    assert await talk.hears("tasting", "I would like to taste", "taste") == ["ask_tea"]
    assert talk.conversation.asked_by == "order"


async def test_an_intent_that_may_not_fill_a_slot_fills_it(talk: Talk) -> None:
    await talk.hears("order", "I want green tea", "order")
    await talk.hears("order", "no", "deny")

    assert await talk.hears("order", "thank you", "thanks") == ["ask_note"]
    assert await talk.hears("order", "thank you", "inform") == ["ordered"]


async def test_an_ignored_intent_fills_a_slot(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")

    assert await talk.hears("order", "green is my favourite colour", "chat") == ["ask_tea"]


async def test_what_fits_no_slot_is_repeated_to_the_customer(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")
    await talk.hears("order", "something warm", "oos")

    assert talk.result.utterances[0].variables["tea"] is None


async def test_a_customer_is_asked_the_same_for_ever(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")
    assert await talk.hears("order", "what", "oos") == ["ask_tea"]
    assert await talk.hears("order", "what", "oos") == ["ask_tea"]

    assert await talk.hears("order", "what", "oos") == ["handoff"]
    assert (talk.result.pauses, talk.conversation.asked_slot) == (True, None)


async def test_a_form_cannot_be_stopped(talk: Talk) -> None:
    assert await talk.hears("stop", "stop", "stop") == ["nothing_to_stop"]
    await talk.hears("order", "I want tea", "order")

    assert await talk.hears("stop", "stop", "stop") == ["stopped"]
    assert talk.conversation.asked_slot is None


async def test_a_step_does_not_see_what_the_one_before_it_found(talk: Talk) -> None:
    assert await talk.hears("cost", "what is green tea", "cost") == ["price"]
    assert talk.result.steps == ("price", "utter_price")


async def test_a_step_that_calls_a_person_says_nothing(talk: Talk) -> None:
    assert await talk.hears("cost", "what is oolong", "cost") == ["handoff"]
    assert talk.result.pauses


async def test_an_answer_without_a_question_meets_silence(talk: Talk) -> None:
    assert await talk.hears("inform", "green") == ["not_sure"]
    assert talk.conversation.slots["tea"] == "green"


async def test_what_a_button_carries_is_dropped(talk: Talk) -> None:
    await talk.hears("order", "I want tea", "order")
    tapped = turns.meaning(
        "inform", 1.0, source="payload", evidence=('inform{"tea": "a blend of the house"}',)
    )

    result = await talk.runner.run(
        "inform",
        conversation=talk.conversation,
        message=turns.message(None, payload="inform"),
        match=tapped,
    )

    assert result.slots["tea"] == "a blend of the house"
