"""Spells forms, slots and answers of several steps as Python that a developer goes on with."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.forms.slots import Source
from bot.rasa.merging import Branch, Node
from bot.rasa.names import class_name
from bot.rasa.plan import ANSWERS, Plan
from bot.rasa.reading import Bot
from bot.rasa.stories import ACTIVE_LOOP

MODULE = "actions.moved"

_OPENING = '''\
"""What this bot did under Rasa beyond a plain answer: slots, forms, answers of several steps.

Written by `antiphon import rasa`; it is yours to change.
"""

from pathlib import Path

'''
_NAMES = ("Brand", "Entities", "Form", "Slot", "Steps", "When")
_SOURCES = {"entity": "from_entity", "text": "from_text", "intent": "from_intent"}


def moved(bot: Bot, plan: Plan) -> tuple[str, list[str]]:
    """The module, and "module:Class" of every action in it; empty if there is nothing to do."""
    writer = _Writer(bot, plan)
    classes = [*writer.forms(), *writer.answers()]
    if not classes:
        return "", []
    text = "\n\n\n".join(["".join(writer.head()).rstrip(), *(text for _, text in classes)])
    return text + "\n", [f"{MODULE}:{name}" for name, _ in classes]


class _Writer:
    def __init__(self, bot: Bot, plan: Plan) -> None:
        self._bot = bot
        self._plan = plan
        self._modules: set[str] = set()

    def head(self) -> Iterator[str]:
        """The imports, the slots and the brand."""
        yield _OPENING
        yield from (f"import {module}\n" for module in sorted(self._modules))
        yield "\n" if self._modules else ""
        names = [*_NAMES, *sorted({*_SOURCES.values(), "from_start"})]
        yield "from bot.forms import (\n" + "".join(f"    {name},\n" for name in names) + ")\n\n"
        yield "SLOTS = {\n"
        for name, slot in self._bot.domain.slots.items():
            words = [self._source(name, each) for each in slot.sources]
            words += [f"initial={_word(slot.initial)}"] if slot.initial is not None else []
            words += ["many=True"] if slot.type == "list" else []
            lines = "".join(f"        {word},\n" for word in words)
            yield (
                f"    {_word(name)}: Slot(\n{lines}    ),\n"
                if words
                else f"    {_word(name)}: Slot(),\n"
            )
        yield "}\n"
        yield 'ENTITIES = Entities.read(Path(__file__).parents[1] / "entities.yml")\n'
        yield "BRAND = Brand(slots=SLOTS, entities=ENTITIES)"

    def forms(self) -> list[tuple[str, str]]:
        """Each form as (class, text), those that others lead to first."""
        return [(self._form_class(name), self._form(name)) for name in self._ordered()]

    def answers(self) -> Iterator[tuple[str, str]]:
        """The answers of several steps as one class."""
        steps = {
            intent: each.steps
            for intent, each in sorted(self._plan.answers.items())
            if each.steps is not None
        }
        if not steps:
            return
        lines = ["class Answers(Steps):", "    brand = BRAND", f"    called = {_word(ANSWERS)}"]
        lines.append("    by_intent = {")
        for intent, nodes in steps.items():
            remark = self._plan.intents.remark(intent)
            lines.append(f"        {_word(intent)}: {self._steps(nodes)},{remark}")
        yield "Answers", "\n".join([*lines, "    }"])

    def _form(self, theirs: str) -> str:
        ours = self._plan.form_names(theirs)
        lines = [
            f"class {self._form_class(theirs)}(Form):",
            "    brand = BRAND",
            f"    called = {_word(ours)}",
        ]
        lines.append("    asks = {")
        for slot, question in self._plan.forms[theirs].items():
            lines.append(f"        {_word(slot)}: {self._step(question)},")
        lines.append("    }")
        ignored = sorted(map(self._plan.intents, self._bot.domain.forms[theirs].ignored))
        lines += [f"    ignored = frozenset({ignored!r})".replace("'", '"')] if ignored else []
        if f"validate_{theirs}" in self._bot.code:
            lines.append(f"    validation = {self._step(f'validate_{theirs}')}")
        after = self._plan.afterwards.get(theirs)
        lines += [f"    steps = {self._steps(after)}"] if after else []
        return "\n".join(lines)

    def _ordered(self) -> list[str]:
        waiting = list(self._plan.forms)
        ready: list[str] = []
        while waiting:
            free = [
                each
                for each in waiting
                if not set(_flat(self._plan.afterwards.get(each, ()))) & set(waiting) - {each}
            ]
            ready += free or waiting
            waiting = [each for each in waiting if each not in ready]
        return ready

    def _form_class(self, theirs: str) -> str:
        name = class_name(self._plan.form_names(theirs))
        return name if name.endswith("Form") else f"{name}Form"

    def _steps(self, nodes: Sequence[Node]) -> str:
        words = ", ".join(map(self._step, nodes))
        return f"({words},)" if len(nodes) == 1 else f"({words})"

    def _step(self, node: Node) -> str:
        if isinstance(node, Branch):
            value = node.check.value
            if node.check.slot == ACTIVE_LOOP:
                value = self._plan.form_names(str(value))
            condition = f"{{{_word(node.check.slot)}: {_word(value)}}}"
            branches = [self._steps(each) for each in (node.steps, node.otherwise) if each]
            return f"When({', '.join([condition, *(branches or ['()'])])})"
        if node in self._plan.forms:
            return self._form_class(node)
        if (code := self._bot.code.get(node)) is not None:
            self._modules.add(code.module)
            return f"{code.module}.{code.cls}"
        return _word(node)

    def _source(self, slot: str, source: Source) -> str:
        words: list[str] = []
        match source.kind:
            case "entity":
                words.append(_word(source.entity or slot))
                words += ["only_asked=True"] if source.only_asked else []
            case "intent" | "start":
                words.append(_word(source.value))
        for key, intents in (("intents", source.intents), ("never", source.never)):
            if intents:
                words.append(f"{key}={_words(map(self._plan.intents, sorted(intents)))}")
        if source.moments:
            moments = [
                f"({_word(self._plan.form_names(form))}, {_word(asked)})"
                for form, asked in source.moments
            ]
            words.append(f"moments=[{', '.join(moments)}]")
        return f"{_SOURCES.get(source.kind, 'from_start')}({', '.join(words)})"


def _flat(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Branch):
            yield from _flat([*node.steps, *node.otherwise])
        else:
            yield node


def _words(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_word, words))}]"


def _word(value: Any) -> str:
    """A value as Python, with the quotes that we use."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping | list):
        return repr(value)
    return str(value)
