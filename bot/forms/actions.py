"""Actions of several steps, and forms that ask for their slots one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, ConversationPaused, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import nested
from bot.forms.entities import Entities
from bot.forms.others import ASKED, NO_OPINION, Other, Others
from bot.forms.slots import Heard, Slot, filled

# The end of a form before all is asked, and the call for a person.
END_OF_FORM = "action_deactivate_loop"
CALL_A_PERSON = "action_handoff"
NOT_UNDERSTOOD = "utter_not_sure"

_ACTIVE = "active_loop"
# So often one question is put; then a person helps.
_MOST_TRIES = 3
_UNSAID = object()


@dataclass(frozen=True, slots=True)
class When:
    """Take *steps* if *slots* have these values, else *otherwise*.

    True means any value at all. The form that asks stands under ``active_loop``.
    """

    slots: Mapping[str, Any]
    steps: "Sequence[Step]"
    otherwise: "Sequence[Step]" = ()


# A response, the class of a form or of another action, or a choice.
Step = str | type[Any] | When


@dataclass(slots=True, kw_only=True)
class Brand:
    """What all actions of one brand share: its slots and the entities that fill them.

    *forms* are its forms by name; each enters itself.
    """

    slots: Mapping[str, Slot] = field(default_factory=dict)
    entities: Entities = field(default_factory=lambda: Entities({}))
    forms: "dict[str, type[Form]]" = field(default_factory=dict)


class Steps(Action):  # type: ignore[misc] # rasa-sdk has no types
    """Take *steps* in order; *by_intent* says them for each intent that they are to answer.

    While a form asks, what answers its question goes to the form. Other questions are answered
    first, and then the form asks again.
    """

    brand: ClassVar[Brand]
    called: ClassVar[str]
    # The form's slots say what an answer is worth; nobody else needs to look at it before.
    checks_answers: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = ()
    by_intent: ClassVar[Mapping[str, Sequence[Step]]] = MappingProxyType({})

    def name(self) -> str:
        return self.called

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn(self.brand, dispatcher, tracker)
        await turn.take(self)
        return turn.events


class Form(Steps):
    """Ask for each slot of *asks* that is not filled yet, by its response or action; then *steps*.

    *ignored* are intents whose messages fill nothing. *validation* is a rasa-sdk
    FormValidationAction of the brand's own; None takes the brand's action of the name
    `validate_FORM`, if there is one, here or on its action server.
    """

    asks: ClassVar[Mapping[str, Step]]
    ignored: ClassVar[frozenset[str]] = frozenset()
    validation: ClassVar[type[Any] | None] = None

    def __init_subclass__(cls) -> None:
        cls.brand.forms[cls.called] = cls


class Turn:
    """One message on its way through steps and forms; *events* is what rasa-sdk will be told."""

    def __init__(self, brand: Brand, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self._brand = brand
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._asked: str | None = tracker.slots.get(ASKED)
        # The customer's whole text stands there; the slot's own sources say what it is worth.
        tracker.slots[self._asked or ASKED] = None
        self._before = {**tracker.slots, self._asked: _UNSAID}
        self._form: type[Form] | None = None
        self._asks: str | None = None
        self._took = False
        self._others = Others(brand.slots, dispatcher, tracker)
        self._events: list[dict[str, Any]] = []
        message = tracker.latest_message
        self._intent = str((message.get("intent") or {}).get("name") or "")
        # What the brand finds itself under a name counts there; a tapped value stands nowhere.
        message["entities"] = [
            *(
                one
                for one in message.get("entities", ())
                if "start" not in one or one["entity"] not in brand.entities.names
            ),
            *brand.entities.found(message.get("text") or ""),
        ]
        for name, slot in brand.slots.items():
            tracker.slots.setdefault(name, slot.initial)

    @property
    def events(self) -> list[dict[str, Any]]:
        changed = [
            SlotSet(name, value)
            for name, value in self._tracker.slots.items()
            if name != ASKED and self._before.get(name) != value
        ]
        form = self._form.called if self._form and self._asks else None
        return [*changed, *self._events, SlotSet(ASKED, self._asks), ActiveLoop(form)]

    async def take(self, action: Steps) -> None:
        """Let the form that asks have its answer, or *action* its steps."""
        active = self._brand.forms.get(self._tracker.active_loop_name or "")
        self._form = active
        told = self._fill(active, starts=active is None and isinstance(action, Form))
        told = await self._others.left(told, form=active.called if active else None)
        if active is not None and (told & active.asks.keys() or type(action) is active):
            await self._proceed(active, told)
        elif isinstance(action, Form):
            await self._proceed(type(action), told)
        else:
            await self._answer(action, active)

    async def _answer(self, action: Steps, active: type[Form] | None) -> None:
        await self._all(action.by_intent.get(self._intent, action.steps))
        if not self._took and active is None:
            self._dispatcher.utter_message(response=NOT_UNDERSTOOD)
        if active is not None and self._form is active and self._asked is not None:
            self._note(active.called)
            await self._put(active, self._asked)

    async def _all(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._took = self._took or not isinstance(step, When)
            match step:
                case str():
                    await self._say(step)
                case When():
                    holds = all(self._holds(name, value) for name, value in step.slots.items())
                    await self._all(step.steps if holds else step.otherwise)
                case _ if issubclass(step, Form):
                    await self._proceed(step, self._fill(step, starts=True))
                case _:
                    self._note(step().name())
                    await self._act(step)

    async def _say(self, step: str) -> None:
        self._note(step)
        if nested.known(step):
            await self._act(step)
        elif step == END_OF_FORM:
            self._end_form()
        elif step == CALL_A_PERSON:
            self._call_a_person()
        else:
            self._dispatcher.utter_message(response=step)

    def _note(self, name: str) -> None:
        """Tell what was done, in Rasa's words: test stories ask for it."""
        self._events.append(ActionExecuted(name))

    def _call_a_person(self) -> None:
        if not self._dispatcher.messages:
            self._dispatcher.utter_message(response="utter_handoff")
        self._events.append(ConversationPaused())

    def _end_form(self) -> None:
        if self._form is not None:
            self._tracker.slots[_tries(self._form)] = None
        self._form = None

    async def _act(self, step: Other) -> None:
        events = await self._others.run(step, form=self._form.called if self._form else None)
        await self._take_in(events)

    async def _take_in(self, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            match event["event"]:
                case "slot" if event["name"] == ASKED:
                    self._asks = event["value"]
                case "slot":
                    self._tracker.slots[event["name"]] = event["value"]
                case "reset_slots":
                    for name, slot in self._brand.slots.items():
                        self._tracker.slots[name] = slot.initial
                case "followup" if str(event["name"]).startswith("utter_"):
                    await self._say(event["name"])
                case "followup" if event["name"] in self._brand.forms:
                    await self._all([self._brand.forms[event["name"]]])
                case _:
                    self._events.append(event)

    async def _proceed(self, form: type[Form], told: set[str]) -> None:
        self._form = form
        self._note(form.called)
        slots = self._tracker.slots
        wanted = await self._others.wanted(
            form.called, [*form.asks], told, validation=form.validation
        )
        if wanted == NO_OPINION:
            wanted = next((name for name in form.asks if slots.get(name) is None), None)
        if wanted is not None:
            await self._ask(form, wanted)
            return
        self._end_form()
        await self._all(form.steps)

    async def _ask(self, form: type[Form], slot: str) -> None:
        tries = (self._tracker.slots.get(_tries(form)) or 0) if slot == self._asked else 0
        if tries >= _MOST_TRIES:
            self._end_form()
            self._call_a_person()
            return
        self._tracker.slots[_tries(form)] = tries + 1
        await self._put(form, slot)

    async def _put(self, form: type[Form], slot: str) -> None:
        self._asks = slot
        question = form.asks.get(slot, f"utter_ask_{slot}")
        spoken = isinstance(question, str) and not nested.known(question)
        if spoken and question != CALL_A_PERSON:
            self._dispatcher.utter_message(response=question)
        else:
            await self._all([question])

    def _fill(self, form: type[Form] | None, *, starts: bool) -> set[str]:
        """Fill what the message tells; the names of the slots that it filled."""
        message = self._tracker.latest_message
        if form is not None and self._intent in form.ignored:
            return set()
        heard = Heard(
            text=message.get("text") or "",
            intent=self._intent,
            entities=message["entities"],
            form=form.called if form else None,
            asked=self._asked if form else None,
            starts=starts,
        )
        told = filled(self._brand.slots, heard)
        self._tracker.slots.update(told)
        return set(told)

    def _holds(self, name: str, value: Any) -> bool:
        asks = self._tracker.active_loop_name
        known = asks if name == _ACTIVE else self._tracker.slots.get(name)
        if value is True:
            return known is not None and known is not False
        return bool(known == value)


def _tries(form: type[Form]) -> str:
    return f"{form.called}_tries"
