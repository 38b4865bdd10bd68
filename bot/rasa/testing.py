"""Spells Rasa's test stories in the names of the moved brand, for `antiphon test`."""

import json
from collections.abc import Iterator

from bot.forms.actions import CALL_A_PERSON
from bot.rasa.nlu import Nlu, NluReader
from bot.rasa.plan import NOT_UNDERSTOOD, Plan
from bot.rasa.reading import Bot
from bot.rasa.report import Report
from bot.rasa.source import Part
from bot.rasa.stories import SILENT
from intents.match import OUT_OF_SCOPE

_UNCOMPARED = frozenset({"entities", "active_loop", "slot_was_set", "metadata"})
_KNOWN = frozenset({"user", "intent", "action", *_UNCOMPARED})


def moved_stories(bot: Bot, plan: Plan, root: Part) -> str:
    """The test stories of one file; empty if it has none. What cannot be compared is reported."""
    stories = root.get("stories")
    lines: list[str] = []
    for story in stories.each() if stories else ():
        steps = list(_Moving(bot, plan, story).steps())
        if steps:
            bot.report.taken(story, f"test story {story.told('story')}")
            name = json.dumps(story.told("story"), ensure_ascii=False)
            lines += [f"  - story: {name}", "    steps:", *(f"      {step}" for step in steps)]
        else:
            bot.report.left(story, "a test story", "has no step that can be played")
    if root.value is not None and stories is None:
        bot.report.left(root, "the file", "holds no test stories")
    return "\n".join(["stories:", *lines, ""]) if lines else ""


class _Moving:
    def __init__(self, bot: Bot, plan: Plan, story: Part) -> None:
        self._bot = bot
        self._plan = plan
        self._story = story
        self._intent = ""

    def steps(self) -> Iterator[str]:
        steps = self._story.get("steps")
        for step in steps.each() if steps else ():
            for key, below in step.items():
                if key not in _KNOWN:
                    self._bot.report.left(below, f"{key} in a test story", "is not compared")
            yield from self._step(step)

    def _step(self, step: Part) -> Iterator[str]:
        if (user := step.get("user")) is not None:
            yield f"- user: {_quoted(self._words(user))}"
            if self._meant(step):
                yield f"  intent: {self._meant(step)}"
            self._intent = step.told("intent")
        elif step.has("intent"):
            why = "names no words that a customer says"
            self._bot.report.left(step, "a step of a test story", why)
        elif (action := step.told("action")) and action not in SILENT:
            yield f"- action: {self._action(action)}"

    def _words(self, user: Part) -> str:
        """What is said; a button's payload by our name of its intent."""
        plain, _ = NluReader(Nlu(), Report()).plain(user)
        said = plain.strip()
        if not said.startswith("/"):
            return said
        theirs, brace, entities = user.text.strip()[1:].partition("{")
        return f"/{self._plan.intents(theirs)}{brace}{entities}"

    def _meant(self, step: Part) -> str:
        theirs = step.told("intent")
        if theirs == NOT_UNDERSTOOD:
            return OUT_OF_SCOPE
        ours = self._plan.intents(theirs) if theirs else ""
        return ours if ours in self._plan.examples else ""

    def _action(self, theirs: str) -> str:
        base = self._intent.partition("/")[0]
        if theirs in {f"utter_{base}", f"respond_{base}"} and theirs not in self._plan.steps:
            theirs = f"utter_{self._intent}"
        if self._intent == NOT_UNDERSTOOD:
            return "utter_not_sure"
        if theirs in self._plan.forms:
            return self._plan.form_names(theirs)
        if theirs in self._bot.code:
            return theirs
        return self._plan.steps.get(theirs, CALL_A_PERSON)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")
