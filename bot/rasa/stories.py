"""Reads rules and stories into turns: what is done after an intent, as far as nothing else decides.

Several stories that agree about an intent make one answer. Where only the history tells which of
two answers is right, there is none: Rasa would have guessed it by a learned policy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.forms.actions import END_OF_FORM
from bot.rasa.merging import Check, Token
from bot.rasa.report import Report
from bot.rasa.source import Part

# Stands in a check for the form that asks.
ACTIVE_LOOP = "active_loop"

# What Rasa does by itself and what a customer never sees.
SILENT = frozenset({"action_listen", "...", "action_unlikely_intent", "action_extract_slots"})
_OTHER_NAMES = {"action_deactivate_form": END_OF_FORM}
_UNKNOWN_HERE = frozenset(
    {
        *("action_restart", "action_session_start", "action_back", "action_default_fallback"),
        *("action_revert_fallback_events", "action_default_ask_affirmation"),
        *("action_default_ask_rephrase", "action_two_stage_fallback"),
    }
)
_STEP_KEYS = frozenset(
    {
        *("intent", "entities", "user", "action", "bot", "active_loop", "slot_was_set"),
        *("checkpoint", "or", "metadata"),
    }
)
_SILENT_KEYS = frozenset({"rule", "story", "steps", "metadata", "condition"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One turn as one rule or story tells it; it may begin while a form asks."""

    part: Part
    name: str
    tokens: tuple[Token, ...] = ()
    rule: bool = False


@dataclass(slots=True)
class Stories:
    """All turns by intent, and what follows a form that has all its slots."""

    turns: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    afterwards: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))


class StoryReader:
    """Reads one section after the other into *stories*. *kinds* are the types of the slots."""

    def __init__(self, stories: Stories, report: Report, kinds: dict[str, str]) -> None:
        self._stories = stories
        self._report = report
        self._kinds = kinds

    def read(self, section: Part, kind: str) -> None:
        """Take every ``rule`` or ``story`` of a section."""
        for block in section.each():
            name = block.told(kind)
            if not name or block.get("steps") is None:
                self._report.left(block, f"a {kind}", "has no name or no steps")
                continue
            if block.told("conversation_start") == "true":
                why = "customers write first here, and the first answer already says who speaks"
                self._report.left(block, f"{kind} {name}", why)
                continue
            self._judge_keys(block, kind, name)
            _Reading(self, block, name, rule=kind == "rule").run()

    def checks(self, part: Part | None) -> Iterator[Check]:
        """The slots that a ``slot_was_set`` names.

        Of a text Rasa's policies see only whether it is there.
        """
        for item in part.each() if part else ():
            if item.text:
                yield Check(item.text, True)
            for slot, value in item.items():
                yields_any = value.value is not None and self._kinds.get(slot) not in {
                    *("bool", "categorical", "float"),
                }
                yield Check(slot, True if yields_any else value.value)

    def leave(self, part: Part, what: str, why: str) -> None:
        """Report what is not taken."""
        self._report.left(part, what, why)

    def keep(self, intents: Iterable[str], told: Told) -> None:
        """Note one turn."""
        for intent in intents:
            self._stories.turns[intent].append(told)

    def keep_afterwards(self, form: str, told: Told) -> None:
        """Note what follows a form."""
        self._stories.afterwards[form].append(told)

    def _judge_keys(self, block: Part, kind: str, name: str) -> None:
        for key, below in block.items():
            if key == "wait_for_user_input" and below.text == "false":
                why = "the bot waits for the customer after each turn"
                self._report.changed(below, f"{kind} {name}", why)
            elif key not in _SILENT_KEYS | {"wait_for_user_input", "conversation_start"}:
                self._report.left(below, f"{key} of {kind} {name}", "is unknown")


class _Reading:
    """One rule or story, step by step."""

    def __init__(self, reader: StoryReader, block: Part, name: str, *, rule: bool) -> None:
        self._reader = reader
        self._name = name
        self._rule = rule
        self._block = block
        self._form: str | None = None
        self._intents: list[str] = []
        self._after: str | None = None
        self._told = Told(part=block, name=name, rule=rule)
        self._first: tuple[Token, ...] = ()

    def run(self) -> None:
        for condition in self._parts("condition"):
            self._first += tuple(self._reader.checks(condition.get("slot_was_set")))
            self._form = condition.told("active_loop") or self._form
        if self._form:
            # Until an intent is told, a rule about a form is about its end.
            self._begin([], self._block)
        for step in self._parts("steps"):
            self._step(step)
        self._close()

    def _parts(self, key: str) -> Iterator[Part]:
        below = self._block.get(key)
        return below.each() if below else iter(())

    def _step(self, step: Part) -> None:
        if not isinstance(step.value, dict) and step.text not in SILENT:
            self._reader.leave(step, f"a step of {self._name}", "is unknown")
        for key, below in step.items():
            if key not in _STEP_KEYS:
                self._reader.leave(below, f"{key} in {self._name}", "is unknown")
        if step.get("intent") or step.get("or"):
            self._hear(step)
        elif step.has("user") or step.has("bot"):
            why = "the words of a message alone decide nothing here; name an intent and an action"
            self._reader.leave(step, f"a step of {self._name}", why)
            self._intents = []
        else:
            self._do(step)

    def _hear(self, step: Part) -> None:
        choices = step.get("or")
        options = [step, *(choices.each() if choices else ())]
        self._begin([each.told("intent") for each in options if each.told("intent")], step)
        if not self._intents:
            why = "slots in an or decide nothing here"
            self._reader.leave(step, f"or in {self._name}", why)

    def _do(self, step: Part) -> None:
        if action := step.told("action"):
            self._act(action, step)
        elif step.has("active_loop"):
            self._loop(step.told("active_loop"))
        elif step.has("slot_was_set"):
            self._add(*self._reader.checks(step.get("slot_was_set")))
        elif step.has("checkpoint"):
            self._close()

    def _begin(self, intents: Sequence[str], part: Part) -> None:
        self._close()
        self._intents = list(intents)
        asking = (Check(ACTIVE_LOOP, self._form),) if self._form else ()
        self._told = Told(
            part=part, name=self._name, tokens=(*asking, *self._first), rule=self._rule
        )

    def _act(self, action: str, step: Part) -> None:
        if action in SILENT:
            return
        if action in _UNKNOWN_HERE:
            why = "Antiphon does this itself: it asks again, then calls a person"
            self._reader.leave(step, f"{action} in {self._name}", why)
            return
        action = _OTHER_NAMES.get(action, action)
        # After an interruption the form asks again by itself.
        if action != self._form:
            self._add(action)

    def _loop(self, name: str) -> None:
        if name:
            self._form = name
            return
        ended, self._form = self._form or self._last_action(), None
        if ended and END_OF_FORM not in self._told.tokens:
            self._close()
            self._after = ended
            first = self._first if self._rule else ()
            self._told = Told(part=self._told.part, name=self._name, tokens=first, rule=self._rule)

    def _last_action(self) -> str | None:
        return next((each for each in reversed(self._told.tokens) if isinstance(each, str)), None)

    def _add(self, *tokens: Token) -> None:
        # The slot that a form asks for is the form's own affair.
        kept = [each for each in tokens if getattr(each, "slot", None) != "requested_slot"]
        if self._intents or self._after:
            self._told = replace(self._told, tokens=(*self._told.tokens, *kept))
        else:
            self._first += tuple(each for each in kept if isinstance(each, Check))

    def _close(self) -> None:
        trimmed = replace(self._told, tokens=_without_last_checks(self._told.tokens))
        if self._after:
            self._reader.keep_afterwards(self._after, trimmed)
        # A message that answers a form's question is the form's.
        elif self._intents and (trimmed.tokens or not self._of_form()):
            self._reader.keep(self._intents, trimmed)
        self._intents, self._after = [], None

    def _of_form(self) -> bool:
        return any(
            isinstance(each, Check) and each.slot == ACTIVE_LOOP for each in self._told.tokens
        )


def _without_last_checks(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """What a turn found in the slots at its end decides nothing any more."""
    end = len(tokens)
    while end and isinstance(tokens[end - 1], Check):
        end -= 1
    return tokens[:end]
