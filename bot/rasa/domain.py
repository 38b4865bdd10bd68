"""Reads a Rasa domain: slots and forms of 2.x and 3.x, responses, entities, actions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.forms.slots import Source
from bot.rasa.report import Report
from bot.rasa.source import Part

# A slot's types, and what we have to say about those that mean something else here.
_TYPES = {"text", "bool", "categorical", "float", "list", "any", "unfeaturized"}
_MAPPING_KEYS = {
    *("type", "entity", "role", "group", "value", "action"),
    *("intent", "not_intent", "conditions"),
}
# Slots that Rasa fills itself.
_RASAS_OWN = frozenset({"requested_slot", "session_started_metadata"})
_SLOT_KEYS = {"type", "values", "initial_value", "mappings", "auto_fill"}


@dataclass(slots=True, kw_only=True)
class SlotData:
    """One slot. *sources* are in the order of the domain.

    With *named_like_entity*, the entity of its own name fills it if there is one: Rasa 2 does so.
    """

    part: Part
    type: str = "text"
    initial: Any = None
    named_like_entity: bool = False
    sources: list[Source] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class FormData:
    """One form: its *slots* in order, and the intents whose messages fill nothing."""

    part: Part
    slots: list[str] = field(default_factory=list)
    ignored: frozenset[str] = frozenset()


@dataclass(slots=True)
class Domain:
    """All domain files together. *intents* are those that it names, *actions* its own."""

    intents: dict[str, Part] = field(default_factory=dict)
    entities: set[str] = field(default_factory=set)
    slots: dict[str, SlotData] = field(default_factory=dict)
    forms: dict[str, FormData] = field(default_factory=dict)
    responses: dict[str, Part] = field(default_factory=dict)
    actions: dict[str, Part] = field(default_factory=dict)


class DomainReader:
    """Reads the sections of one domain file after the other into *domain*."""

    def __init__(self, domain: Domain, report: Report) -> None:
        self._domain = domain
        self._report = report

    def intents(self, section: Part) -> None:
        """Take the names; what Rasa's policies learn from is of no use."""
        for name, part in section.names():
            self._domain.intents[name] = part
            for key, below in part.items():
                self._report.left(below, f"{key} of intent {name}", "no policy learns from it here")

    def entities(self, section: Part) -> None:
        """Take the names, which training data and slots give a meaning."""
        for name, part in section.names():
            self._domain.entities.add(name)
            self._report.taken(part, f"entity {name}")
            for key, below in part.items():
                why = "they are not told apart" if key in {"roles", "groups"} else "has no use here"
                self._report.left(below, f"{key} of entity {name}", why)

    def slots(self, section: Part) -> None:
        """Take slots with their mappings."""
        for name, part in section.items():
            if name in _RASAS_OWN:
                continue
            slot = SlotData(part=part, type=part.told("type") or "text")
            slot.sources = list(self._sources(name, part))
            slot.named_like_entity = not part.has("mappings") and part.told("auto_fill") != "false"
            if (initial := part.get("initial_value")) is not None:
                slot.initial = initial.value
            self._domain.slots[name] = slot
            self._judge_slot(name, part, slot.type)

    def forms(self, section: Part) -> None:
        """Take forms; 2.x says below each slot how it is filled."""
        named = section.items() if isinstance(section.value, dict) else section.names()
        for name, part in named:
            form = FormData(part=part)
            required = part.get("required_slots")
            if required is None:
                # Rasa 2.0 to 2.5: the slots stand right below the form.
                self._old_slots(name, form, part)
            elif isinstance(required.value, list):
                form.slots = [each.text for each in required.each() if each.text]
            else:
                self._old_slots(name, form, required)
            if (ignored := part.get("ignored_intents")) is not None:
                form.ignored = frozenset(_texts(ignored))
            self._domain.forms[name] = form
            if not form.slots:
                self._report.left(part, f"form {name}", "asks for no slot that a domain names")
            else:
                self._report.taken(part, f"form {name}, {len(form.slots)} slots")

    def responses(self, section: Part) -> None:
        """Take all responses; a later file replaces an earlier one's."""
        for name, part in section.items():
            self._domain.responses[name] = part

    def actions(self, section: Part) -> None:
        """Take the names of the brand's own actions."""
        for name, part in section.names():
            self._domain.actions[name] = part

    def session(self, section: Part) -> None:
        """Conversations do not end by themselves here."""
        for key, part in section.items():
            why = "slots stay with the conversation; handoff.return_after ends a person's part"
            self._report.left(part, key, why)

    def _old_slots(self, name: str, form: FormData, required: Part) -> None:
        for slot, mappings in required.items():
            if slot == "ignored_intents":
                continue
            form.slots.append(slot)
            known = self._domain.slots.setdefault(slot, SlotData(part=mappings))
            known.sources += self._mappings(slot, mappings, form=name)

    def _sources(self, name: str, part: Part) -> Iterator[Source]:
        mappings = part.get("mappings")
        return self._mappings(name, mappings) if mappings is not None else iter(())

    def _mappings(self, name: str, mappings: Part, form: str | None = None) -> Iterator[Source]:
        for mapping in mappings.each():
            for key, below in mapping.items():
                if key not in _MAPPING_KEYS:
                    self._report.left(below, f"{key} of slot {name}", "is unknown")
            source = self._mapping(name, mapping, form)
            if source is not None:
                yield source

    def _mapping(self, name: str, mapping: Part, form: str | None) -> Source | None:
        when: dict[str, Any] = {
            "intents": frozenset(_texts(mapping.get("intent"))),
            "never": frozenset(_texts(mapping.get("not_intent"))),
            "moments": tuple(_moments(mapping.get("conditions")))
            or (((form, None),) if form else ()),
        }
        value = mapping.get("value")
        match kind := mapping.told("type"):
            case "from_entity":
                told_apart = mapping.has("role") or mapping.has("group")
                if told_apart:
                    why = "roles are not told apart; only the answer to its question fills it"
                    self._report.changed(mapping, f"slot {name}", why)
                entity = mapping.told("entity")
                return Source(kind="entity", entity=entity, only_asked=told_apart, **when)
            case "from_text":
                why = "an answer that is the example of an intent goes to that intent"
                self._report.changed(mapping, f"slot {name} from text", why)
                return Source(kind="text", only_asked=True, **when)
            case "from_intent" if value is not None:
                return Source(kind="intent", value=value.value, **when)
            case "from_trigger_intent" if value is not None:
                return Source(kind="start", value=value.value, **when)
            case "custom":
                why = "is filled by the brand's own code alone (extract_… of the form's validation)"
                self._report.changed(mapping, f"slot {name}", why)
            case _:
                self._report.left(
                    mapping, f"a mapping of slot {name}", f"{kind or 'it'} is unknown"
                )
        return None

    def _judge_slot(self, name: str, part: Part, kind: str) -> None:
        for key, below in part.items():
            if key not in _SLOT_KEYS:
                self._report.left(below, f"{key} of slot {name}", "has no use here")
        if kind in _TYPES:
            self._report.taken(part, f"slot {name}")
        else:
            self._report.changed(part, f"slot {name}", f"type {kind} holds any value here")


def _texts(part: Part | None) -> Iterator[str]:
    if part is None:
        return
    if part.text:
        yield part.text
    yield from (each.text for each in part.each() if each.text)


def _moments(conditions: Part | None) -> Iterator[tuple[str, str | None]]:
    for condition in conditions.each() if conditions else ():
        if form := condition.told("active_loop"):
            yield form, condition.told("requested_slot") or None
