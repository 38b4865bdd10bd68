"""Run actions in our process, each with its own copy of what it may see and a time to be done.

One runner has one rasa-sdk executor: brands never see each other's actions (rasa-sdk's own
registration finds every action class of the process).
"""

import asyncio
import importlib
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

from bot.actions.result import ActionResult, read_result
from bot.actions.sdk import executor
from bot.actions.threads import ActionExited, Threads
from bot.conversation import Conversation
from bot.slots import answer_to_question
from channels.messages import InboundMessage
from intents.match import Entity, IntentMatch

log = logging.getLogger(__name__)

# An empty domain would be taken for the last one that the executor saw.
_DOMAIN = {"version": "3.1", "slots": {}}
_THREADS = 8
_RUN_TAKES = 3


class UnknownAction(Exception):
    """There is no such action."""


class ActionRunner:
    """The actions of one brand. *classes* are "module:Class"; *timeout* is in seconds.

    rasa-sdk is imported only if there are any. Raises UnknownAction for a class that cannot be
    loaded or made without arguments, or that has no name and run.
    """

    def __init__(self, classes: Sequence[str], *, timeout: float = 5.0) -> None:
        self._timeout = timeout
        self._threads = Threads(_THREADS)
        self._names: set[str] = set()
        if not classes:
            return
        self._executor = executor()
        for path in classes:
            self._register(path)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._names)

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
        if name not in self._names:
            return _failed(name, f"there is no action {name}")
        tracker = _tracker(conversation, message, match)
        call = {"next_action": name, "tracker": deepcopy(tracker), "domain": deepcopy(_DOMAIN)}
        outcomes: tuple[Any, ...] = await asyncio.gather(
            asyncio.wait_for(self._executor.run(call), self._timeout), return_exceptions=True
        )
        match outcome := outcomes[0]:
            case TimeoutError():
                return _failed(name, f"no answer within {self._timeout:g} s")
            case BaseException():
                return _failed(name, type(outcome).__name__)
            case None:
                return _failed(name, "no result")
        try:
            return read_result(outcome.events, outcome.responses, slots=tracker["slots"])
        except (AttributeError, LookupError, TypeError, ValueError) as exc:
            return _failed(name, f"its answer cannot be read: {type(exc).__name__}")

    def _register(self, path: str) -> None:
        action = _loaded(path)
        name = str(action.name())
        if name in self._names:
            raise UnknownAction(f"{path}: another action is called {name}, too")
        self._executor.register_function(name, self._contained(action.run))
        self._names.add(name)

    def _contained(self, run: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        async def in_a_thread(dispatcher: Any, tracker: Any, domain: Any) -> Any:
            return await self._threads.run(partial(run, dispatcher, tracker, domain))

        async def on_the_loop(dispatcher: Any, tracker: Any, domain: Any) -> Any:
            try:
                return await run(dispatcher, tracker, domain)
            except SystemExit as exc:
                raise ActionExited("SystemExit") from exc

        return on_the_loop if inspect.iscoroutinefunction(run) else in_a_thread


def _loaded(path: str) -> Any:
    module, _, name = path.partition(":")
    try:
        action = getattr(importlib.import_module(module), name)()
        if len(inspect.signature(action.run).parameters) == _RUN_TAKES and action.name():
            return action
    except (ImportError, SyntaxError, AttributeError, TypeError, ValueError) as exc:
        raise UnknownAction(f"{path}: {exc}") from exc
    raise UnknownAction(f"{path}: an action has a name and run(dispatcher, tracker, domain)")


def _failed(name: str, why: str) -> ActionResult:
    log.warning("action %s failed: %s", name, why)
    return ActionResult(failed=why)


def _tracker(
    conversation: Conversation, message: InboundMessage, match: IntentMatch
) -> dict[str, Any]:
    slots = {**conversation.slots, "requested_slot": conversation.asked_slot}
    answer = answer_to_question(match, message, conversation)
    if conversation.asked_slot is not None and answer is not None:
        slots[conversation.asked_slot] = answer
    return {
        "sender_id": conversation.key,
        "slots": slots,
        "latest_message": {
            "text": message.text or "",
            "intent": {"name": match.intent, "confidence": match.confidence},
            "intent_ranking": [
                {"name": intent, "confidence": score} for intent, score in match.ranking
            ],
            "entities": [
                *_tapped(match),
                *map(_shown, match.entities),
            ],
            "metadata": {"channel": conversation.channel, "language": conversation.language},
        },
        "latest_input_channel": conversation.channel,
        "latest_action_name": "action_listen",
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {"name": conversation.asked_by} if conversation.asked_slot else {},
    }


def _shown(entity: Entity) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "entity": entity.name,
        "value": entity.value,
        "start": entity.start,
        "end": entity.end,
    }
    if entity.unit is not None:
        shown["unit"] = entity.unit
    return shown | ({"assumed": list(entity.assumed)} if entity.assumed else {})


def _tapped(match: IntentMatch) -> list[dict[str, Any]]:
    """The entities that a chosen button carries, as in ``order{"size": "large"}``."""
    if match.source != "payload" or "{" not in match.evidence[0]:
        return []
    try:
        given = json.loads(match.evidence[0][match.evidence[0].index("{") :])
    except ValueError:
        return []
    return [{"entity": name, "value": value} for name, value in given.items()]
