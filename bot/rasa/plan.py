"""Decides how the moved brand answers each intent, from what rules and stories agree on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.forms.actions import CALL_A_PERSON, END_OF_FORM
from bot.rasa.merging import Branch, Node, Undecided, merged
from bot.rasa.names import Names, template_name
from bot.rasa.reading import Bot
from bot.rasa.responses import ResponseWriter, Written, button_titles
from bot.rasa.server import tell
from bot.rasa.source import Part
from bot.rasa.stories import Told

# Intents of Rasa itself: what they mean here the bot does without them.
NOT_UNDERSTOOD = "nlu_fallback"
_RASAS_OWN = frozenset({"restart", "back", "session_start", NOT_UNDERSTOOD})
_OUT_OF_SCOPE = "out_of_scope"
_PERSON = re.compile(r"human|hand_?off|agent|operator|transfer|真人|客服", re.IGNORECASE)
# The one generated action that takes the steps of all intents.
ANSWERS = "answers"
# Said by the bot itself wherever the catalogue has these intents.
_HAS_A_TEXT = frozenset({"affirm", "deny", "greet", "goodbye", "thanks", "bot_challenge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How one intent is answered: by what stands in config.yml, or by generated *steps*."""

    template: str | None = None
    handoff: str | None = None
    action: str | None = None
    steps: tuple[Node, ...] | None = None


@dataclass(slots=True)
class Plan:
    """Everything that is to be written. Keys of *answers* and *examples* are our names.

    *persons* tells that the bot has an intent of its own for who wants a person, and *steps* what
    its responses are called here.
    """

    answers: dict[str, Planned] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    afterwards: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    intents: Names = field(default_factory=lambda: Names("intent"))
    form_names: Names = field(default_factory=lambda: Names("form"))
    persons: bool = False
    steps: dict[str, str] = field(default_factory=dict)


def planned(bot: Bot) -> Plan:
    """Plan the brand, and report what becomes of every response, rule, story and intent."""
    return _Planning(bot).run()


class _Planning:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._report = bot.report
        self._plan = Plan()
        self._written: dict[str, Written] = {}
        self._unknown: set[str] = set()
        self._far = bot.far_actions()

    def run(self) -> Plan:
        self._examples()
        self._responses()
        self._forms()
        turns = self._bot.stories.turns
        for theirs in self._intents():
            if theirs in _RASAS_OWN:
                continue
            self._answer(theirs, self._nodes(theirs, turns.get(theirs) or self._retrieved(theirs)))
        self._not_understood()
        self._lists()
        self._tell_unused()
        return self._plan

    def _intents(self) -> list[str]:
        return list(dict.fromkeys([*self._bot.nlu.intents, *self._titles()]))

    def _titles(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for intent, title in button_titles(self._bot.domain.responses.values()):
            if intent not in self._bot.nlu.intents and intent not in _RASAS_OWN:
                found.setdefault(intent, []).append(title)
        return found

    def _examples(self) -> None:
        for theirs, examples in self._bot.nlu.intents.items():
            ours = self._named(theirs)
            self._plan.examples[ours] = [each.text for each in examples]
        for theirs, titles in self._titles().items():
            self._plan.examples[self._named(theirs)] = titles
            if (part := self._bot.domain.intents.get(theirs)) is not None:
                why = "has no examples; the titles of its buttons stand for them"
                self._report.changed(part, f"intent {theirs}", why)
        for theirs, part in self._bot.domain.intents.items():
            known = self._bot.nlu.intents.keys() | self._titles().keys() | _RASAS_OWN
            if theirs not in known and not any(each.startswith(f"{theirs}/") for each in known):
                self._report.left(part, f"intent {theirs}", "has no examples")

    def _named(self, theirs: str) -> str:
        ours = self._plan.intents(theirs)
        if ours != theirs and (part := self._bot.nlu.places.get(theirs)) is not None:
            self._report.changed(part, f"intent {theirs}", f"is called {ours} here")
        return ours

    def _responses(self) -> None:
        kinds = {name: slot.type for name, slot in self._bot.domain.slots.items()}
        known = {theirs: self._plan.intents(theirs) for theirs in self._intents()}
        writer = ResponseWriter(self._report, known.get, kinds)
        names = Names("text")
        for theirs, part in self._bot.domain.responses.items():
            ours = names(template_name(theirs))
            written = writer.write(ours, part)
            if not written.files:
                self._report.left(part, f"response {theirs}", "nothing of it can be said")
                continue
            self._written[theirs] = written
            self._plan.templates |= written.files
            self._plan.variables |= written.variables
            self._tell_unknown_slots(theirs, part, written)
            if ours == template_name(theirs):
                self._report.taken(part, f"response {theirs}")
            else:
                self._report.changed(part, f"response {theirs}", f"is called {ours} here")
        self._said = {theirs: names(template_name(theirs)) for theirs in self._written}
        self._plan.steps = {theirs: f"utter_{ours}" for theirs, ours in self._said.items()}

    def _tell_unknown_slots(self, theirs: str, part: Part, written: Written) -> None:
        for name in sorted(written.variables - self._bot.domain.slots.keys()):
            why = f"no slot is called {name}; unless an action tells it, a person is called"
            self._report.changed(part, f"response {theirs}", why)

    def _forms(self) -> None:
        stories = self._bot.stories
        for theirs, form in self._bot.domain.forms.items():
            if not form.slots:
                continue
            self._plan.form_names(theirs)
            why = (
                "words such as never mind, no thanks or 不用 call the question off, whatever it was"
            )
            self._report.changed(form.part, f"form {theirs}", why)
            self._plan.forms[theirs] = {slot: self._question(theirs, slot) for slot in form.slots}
        for theirs in self._plan.forms:
            turns = stories.afterwards.get(theirs, [])
            self._plan.afterwards[theirs] = self._merged(turns, f"the end of form {theirs}") or ()

    def _question(self, form: str, slot: str) -> str:
        choices = [f"ask_{form}_{slot}", f"ask_{slot}"]
        for choice in choices:
            if f"utter_{choice}" in self._said:
                return f"utter_{self._said[f'utter_{choice}']}"
            if f"action_{choice}" in self._bot.code:
                return f"action_{choice}"
        part = self._bot.domain.forms[form].part
        self._report.left(
            part, f"the question for {slot}", f"there is no utter_ask_{slot}; a person asks"
        )
        return CALL_A_PERSON

    def _retrieved(self, theirs: str) -> list[Told]:
        """Rasa answers ``faq/ask_x`` by ``utter_faq/ask_x``, through the rules of ``faq``."""
        base, slash, _ = theirs.partition("/")
        response = f"utter_{theirs}"
        if not slash:
            return []
        part = self._bot.domain.responses.get(response) or self._bot.nlu.places[theirs]
        turns = self._bot.stories.turns.get(base) or [
            Told(part=part, name=theirs, tokens=(response,))
        ]
        generic = {f"utter_{base}", f"respond_{base}"}
        return [
            Told(
                part=each.part,
                name=each.name,
                rule=each.rule,
                tokens=tuple(response if token in generic else token for token in each.tokens),
            )
            for each in turns
        ]

    def _nodes(self, theirs: str, turns: Sequence[Told]) -> tuple[Node, ...] | None:
        return self._merged(turns, f"intent {theirs}") if turns else None

    def _merged(self, turns: Sequence[Told], about: str) -> tuple[Node, ...] | None:
        """What *turns* agree on. Rules come before stories, as in Rasa."""
        ruled = [each for each in turns if each.rule]
        chosen = ruled or turns
        try:
            nodes = merged(each.tokens for each in chosen)
        except Undecided as exc:
            for told in chosen:
                why = f"only the history tells whether {exc}"
                self._report.left(told.part, f"{about} in {told.name}", why)
            return None
        ours = {each.tokens for each in chosen}
        for told in turns:
            if told.tokens in ours:
                self._report.taken(told.part, f"{about} in {told.name}")
            else:
                why = "a rule says otherwise, and rules come first"
                self._report.left(told.part, f"{about} in {told.name}", why)
        return tuple(self._known(nodes, chosen))

    def _known(self, nodes: Iterable[Node], turns: Sequence[Told]) -> Iterator[Node]:
        """The same steps in our names; what nobody wrote calls a person."""
        for node in nodes:
            if isinstance(node, Branch):
                steps, otherwise = (
                    tuple(self._known(each, turns)) for each in (node.steps, node.otherwise)
                )
                yield Branch(node.check, steps, otherwise)
            elif node in self._said:
                yield f"utter_{self._said[node]}"
            elif node in self._plan.forms or self._runs(node) or node == END_OF_FORM:
                yield node
            else:
                self._tell_unknown(node, turns)
                yield CALL_A_PERSON

    def _runs(self, action: str) -> bool:
        # Whom to call is certain, whatever the server would say.
        return action in self._bot.code or (action in self._far and not _PERSON.search(action))

    def _tell_unknown(self, node: str, turns: Sequence[Told]) -> None:
        if node in self._unknown:
            return
        self._unknown.add(node)
        if _PERSON.search(node):
            self._report.changed(turns[0].part, node, "calls a person")
            return
        what = "response" if node.startswith("utter_") else "class"
        self._report.left(
            turns[0].part, node, f"there is no {what} of this name; a person is called"
        )

    def _answer(self, theirs: str, nodes: tuple[Node, ...] | None) -> None:
        ours = self._plan.intents(theirs)
        if _PERSON.search(theirs) or (nodes and CALL_A_PERSON in nodes):
            self._plan.persons = self._plan.persons or bool(_PERSON.search(theirs))
        if not nodes:
            self._untold(theirs, ours, fills=self._fills(theirs))
            return
        plain = [node for node in nodes if isinstance(node, str)]
        alone = len(plain) == len(nodes) and not self._fills(theirs)
        self._plan.answers[ours] = self._plainly(plain if alone else []) or self._by_action(nodes)

    def _plainly(self, nodes: Sequence[str]) -> Planned | None:
        """The answer as config.yml says it, if it takes no steps of ours."""
        match nodes:
            case [only] if only == CALL_A_PERSON:
                return Planned(handoff="rule")
            case [said, last] if last == CALL_A_PERSON and self._is_fixed(said):
                return Planned(handoff="rule", template=template_name(said))
            # While a form asks, it must ask again after the answer.
            case [said] if self._is_fixed(said) and not self._plan.forms:
                return Planned(template=template_name(said))
            case _:
                return None

    def _by_action(self, nodes: tuple[Node, ...]) -> Planned:
        if len(nodes) == 1 and nodes[0] in self._plan.forms:
            return Planned(action=self._plan.form_names(str(nodes[0])))
        return Planned(action=ANSWERS, steps=nodes)

    def _untold(self, theirs: str, ours: str, *, fills: bool) -> None:
        """An intent without an answer that all agree on."""
        told = bool(self._bot.stories.turns.get(theirs))
        part = self._bot.nlu.places.get(theirs)
        if fills:
            self._plan.answers[ours] = Planned(action=ANSWERS, steps=())
            if part is not None and not told:
                why = "no story answers it: it fills slots, and outside a form the bot asks again"
                self._report.changed(part, f"intent {theirs}", why)
        elif theirs == _OUT_OF_SCOPE:
            self._plan.answers[ours] = Planned(template="not_sure")
        elif ours not in _HAS_A_TEXT:
            self._plan.answers[ours] = Planned(handoff="rule")
            if part is not None and not told:
                self._report.changed(part, f"intent {theirs}", "no story answers it; a person does")

    def _fills(self, theirs: str) -> bool:
        """Whether a message of this intent may fill a slot."""
        entities = self._bot.nlu.entities_of.get(theirs, set())
        sources = [source for slot in self._bot.domain.slots.values() for source in slot.sources]
        return any(
            source.entity in entities if source.kind == "entity" else theirs in source.intents
            for source in sources
        )

    def _is_fixed(self, said: str) -> bool:
        """Whether *said* is a response that speaks of no slot."""
        theirs = next((each for each, ours in self._plan.steps.items() if ours == said), None)
        return theirs is not None and not self._written[theirs].variables

    def _not_understood(self) -> None:
        """What Rasa says when it understood nothing is what we say then."""
        turns = self._bot.stories.turns.get(NOT_UNDERSTOOD, [])
        nodes = self._merged(turns, "nlu_fallback") if turns else None
        said = nodes[0] if nodes else None
        if isinstance(said, str) and self._is_fixed(said):
            file = f"{template_name(said)}.j2"
            self._plan.templates["not_sure.j2"] = self._plan.templates[file]
            why = "is said as not_sure; after two such messages in a row a person is called"
            self._report.changed(turns[0].part, f"{said} in {turns[0].name}", why)

    def _lists(self) -> None:
        """Lookups and regexes find entities; those that only weigh in a classifier go."""
        for name, parts in self._bot.nlu.lists.items():
            for part in parts:
                if name in self._bot.entities():
                    self._report.taken(part, f"the list of {name}")
                else:
                    why = "no entity has this name, and our classifier has features of its own"
                    self._report.left(part, f"the list of {name}", why)

    def _tell_unused(self) -> None:
        known = set(self._bot.nlu.intents) | self._titles().keys() | {NOT_UNDERSTOOD}
        for theirs, turns in self._bot.stories.turns.items():
            if theirs in known or any(each.startswith(f"{theirs}/") for each in known):
                continue
            for told in turns:
                why = f"nothing can mean the intent {theirs}: it has no examples"
                self._report.left(told.part, f"a turn of {told.name}", why)
        self._tell_actions()

    def _tell_actions(self) -> None:
        if self._bot.server:
            tell(self._bot.server, self._far, self._report, here=bool(self._bot.code))
        for name, part in self._bot.domain.actions.items():
            if name in self._bot.code:
                self._report.taken(part, f"action {name}")
            elif name in self._far:
                self._report.changed(part, f"action {name}", "runs on the action server")
            elif name not in self._unknown and not name.startswith("utter_"):
                self._report.left(part, f"action {name}", "there is no class of this name")
