"""The brand's other actions that a form needs: its steps, and the validations of its answers."""

import asyncio
import inspect
from collections.abc import Collection, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import nested
from bot.actions.call import DOMAIN
from bot.actions.runner import VALIDATES, VALIDATES_ALL

ASKED = "requested_slot"
# What a form's validation says of the next slot when it leaves that to the form.
NO_OPINION = ""

# An action's class, or the name of one that runs wherever the brand has it.
Other = str | type[Any]


class Others:
    """Runs actions for one message. What they say is said; *slots* are the brand's by name."""

    def __init__(
        self, slots: Collection[str], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> None:
        self._slots = slots
        self._dispatcher = dispatcher
        self._tracker = tracker

    async def run(
        self, other: Other, *, form: str | None = None, **domain: Any
    ) -> list[dict[str, Any]]:
        """The events of action *other*, for which *form* asks."""
        domain = {**DOMAIN, **domain}
        if isinstance(other, str):
            loop = {"name": form} if form else {}
            seen = {**self._tracker.current_state(), "active_loop": loop}
            answered = await nested.ask(other, tracker=seen, domain=domain)
            self._dispatcher.messages += answered.responses
            return list(answered.events)
        run = other().run
        given = (self._dispatcher, self._tracker, domain)
        if inspect.iscoroutinefunction(run):
            return list(await run(*given) or ())
        return list(await asyncio.to_thread(run, *given) or ())

    async def left(self, told: set[str], *, form: str | None) -> set[str]:
        """What of *told* the brand's ValidationAction leaves, with what it found besides."""
        if not nested.known(VALIDATES_ALL):
            return told
        named = told | self._set(await self._judged(VALIDATES_ALL, told, form))
        return {name for name in named if self._tracker.slots.get(name) is not None}

    async def wanted(
        self, form: str, asks: Sequence[str], told: set[str], *, validation: Other | None
    ) -> str | None:
        """The slot that *form* is to ask for next once what was *told* is judged; None for none.

        NO_OPINION where nobody judges, or says what is next.
        """
        name = f"{VALIDATES}{form}"
        judge = validation or (name if nested.known(name) else None)
        if judge is None:
            return NO_OPINION
        forms = {form: {"required_slots": list(asks)}}
        events = await self._judged(judge, told, form, forms)
        self._set(events)
        return next((one["value"] for one in reversed(events) if _asks(one)), NO_OPINION)

    async def _judged(
        self, judge: Other, told: set[str], form: str | None, forms: Any = None
    ) -> list[dict[str, Any]]:
        slots = self._tracker.slots
        self._tracker.events = [
            {"event": "slot", "name": name, "value": slots[name]} for name in sorted(told)
        ]
        known: dict[str, Any] = {name: {} for name in self._slots}
        return await self.run(judge, form=form, slots=known, forms=forms or {})

    def _set(self, events: Sequence[dict[str, Any]]) -> set[str]:
        found = {
            one["name"]: one["value"] for one in events if one["event"] == "slot" and not _asks(one)
        }
        self._tracker.slots.update(found)
        return set(found)


def _asks(event: dict[str, Any]) -> bool:
    return bool(event["event"] == "slot" and event["name"] == ASKED)
