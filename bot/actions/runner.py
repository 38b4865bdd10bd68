"""Run a brand's actions: in our process, or on a server of the brand's.

What rasa-sdk's ValidationAction and FormValidationAction are for is honoured by their names:
`action_validate_slot_mappings` and `validate_NAME` judge the answer to a question before the
action that asked gets it. Forms (`bot.forms`) see to that themselves.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.actions import nested
from bot.actions.call import DOMAIN, ActionFailed, Answered, Call, Place
from bot.actions.local import LocalActions, UnknownAction
from bot.actions.result import ActionResult, read_result
from bot.actions.tracker import tracker
from bot.conversation import Conversation
from bot.slots import answer_to_question
from channels.messages import InboundMessage
from intents.match import IntentMatch

log = logging.getLogger(__name__)

VALIDATES_ALL = "action_validate_slot_mappings"
VALIDATES = "validate_"
_REQUESTED = "requested_slot"
_MOST_ASKED = 20


class ActionRunner:
    """The actions of one brand. *classes* are "module:Class"; *timeout* is theirs, in seconds.

    *server* has those that do not run here, and *fallback* is the template for when it fails; None
    calls a person. Raises UnknownAction as LocalActions does, and for a name that both have.
    """

    def __init__(
        self,
        classes: Sequence[str],
        *,
        timeout: float = 5.0,
        server: Place | None = None,
        fallback: str | None = None,
    ) -> None:
        self._local = LocalActions(classes, timeout=timeout)
        self._server = server
        self._fallback = fallback
        for name in self._local.names & (server.names if server else frozenset()):
            raise UnknownAction(f"{name}: there is an action of that name here and on the server")

    @property
    def names(self) -> frozenset[str]:
        return self._local.names | (self._server.names if self._server else frozenset())

    def judges_answers(self, name: str) -> bool:
        """Whether the action *name* is a form of ours, which knows what an answer is worth."""
        return name in self._local.self_checked

    async def run(
        self,
        name: str,
        *,
        conversation: Conversation,
        message: InboundMessage,
        match: IntentMatch,
    ) -> ActionResult:
        """Let action *name* answer *message*. Never raises: what went wrong is in ``failed``.

        The slot that was asked for holds the customer's answer already.
        """
        seen = tracker(conversation, message, match)
        before = dict(seen["slots"])
        run = _Run(self, key=f"{conversation.key}/{message.event_id}/{name}")
        try:
            with nested.answered_by(run):
                checked = Answered()
                answer = answer_to_question(match, message, conversation)
                if answer is not None and name not in self._local.self_checked:
                    checked = await self._checked(run, conversation, seen)
                answered = await run.ask(name, tracker=seen, domain=DOMAIN)
            return _read(checked, answered, slots=before)
        except ActionFailed as exc:
            log.warning("action %s failed: %s", name, exc)
            return ActionResult(failed=str(exc), fallback=self._fallback if run.remote else None)

    def place(self, name: str) -> Place | None:
        """Where action *name* runs; None if there is none."""
        if name in self._local.names:
            return self._local
        return self._server if self._server and name in self._server.names else None

    async def _checked(
        self, run: "_Run", conversation: Conversation, seen: dict[str, Any]
    ) -> Answered:
        """Let the brand's validations judge the answer to a question, and change *seen* by it."""
        slot = str(conversation.asked_slot)
        events: list[Any] = []
        responses: list[Any] = []
        for validation in (VALIDATES_ALL, f"{VALIDATES}{conversation.asked_by}"):
            if validation in self.names:
                told = [{"event": "slot", "name": slot, "value": seen["slots"].get(slot)}]
                domain = {**DOMAIN, **_asking(slot, conversation.asked_by)}
                shown = {**seen, "events": told}
                answered = await run.ask(validation, tracker=shown, domain=domain)
                events += _slots_set(answered.events)
                responses += answered.responses
                seen["slots"] |= {one["name"]: one.get("value") for one in events}
        return Answered(events=events, responses=responses)


def _read(checked: Answered, answered: Answered, *, slots: Mapping[str, Any]) -> ActionResult:
    events = [*checked.events, *answered.events]
    try:
        return read_result(events, [*checked.responses, *answered.responses], slots=slots)
    except (AttributeError, LookupError, TypeError, ValueError) as exc:
        raise ActionFailed(f"its answer cannot be read: {type(exc).__name__}") from exc


def _asking(slot: str, form: str | None) -> Mapping[str, Any]:
    return {"slots": {slot: {}}, "forms": {str(form): {"required_slots": [slot]}}}


def _slots_set(events: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Slots that a validation set; what to ask next is for the action to say."""
    for one in events:
        if isinstance(one, dict) and one.get("event") == "slot" and one.get("name") != _REQUESTED:
            yield one


@dataclass(slots=True)
class _Run:
    """One message's run: the actions that it needs, each under a key of its own.

    *remote* tells whether any of them ran on the server.
    """

    runner: ActionRunner
    key: str
    asked: int = 0
    remote: bool = False

    @property
    def names(self) -> frozenset[str]:
        return self.runner.names

    async def ask(
        self, name: str, *, tracker: Mapping[str, Any], domain: Mapping[str, Any]
    ) -> Answered:
        place = self.runner.place(name)
        if place is None:
            raise ActionFailed(f"there is no action {name}")
        self.asked += 1
        if self.asked > _MOST_ASKED:
            raise ActionFailed("actions ask each other for more without end")
        key = hashlib.sha256(f"{self.key}/{self.asked}/{name}".encode()).hexdigest()[:32]
        self.remote = self.remote or not isinstance(place, LocalActions)
        return await place.answer(Call(name=name, tracker=tracker, domain=domain, key=key))
