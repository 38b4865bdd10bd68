"""How slots are filled from what a customer says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from intents.match import OUT_OF_SCOPE

# A form and the slot that it asks for; None means any of its slots.
Moment = tuple[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way to fill a slot. *intents* allow it if there are any, *never* forbid it.

    A message that no intent claims may answer a question, too, whatever *intents* says.
    With *moments* it counts only while one of these forms asks.
    """

    kind: Literal["entity", "text", "intent", "start"]
    entity: str | None = None
    role: str | None = None
    value: Any = None
    only_asked: bool = False
    intents: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True, init=False)
class Slot:
    """One slot and its *sources*, of which the first that has a value fills it.

    It begins as *initial*. With *many* it holds a list of all values of its entity.
    """

    sources: tuple[Source, ...]
    initial: Any
    many: bool

    def __init__(self, *sources: Source, initial: Any = None, many: bool = False) -> None:
        object.__setattr__(self, "sources", sources)
        object.__setattr__(self, "initial", initial)
        object.__setattr__(self, "many", many)


def from_entity(
    entity: str, *, role: str | None = None, only_asked: bool = False, **when: Any
) -> Source:
    """Take the value of an entity; with *only_asked* only as the answer to the slot's question.

    With *role* (``from`` or ``to``) only that end of a range, or what answers the slot's question.
    """
    return _source("entity", entity=entity, role=role, only_asked=only_asked, **when)


def from_text(**when: Any) -> Source:
    """Take the whole message, as the answer to the slot's question."""
    return _source("text", only_asked=True, **when)


def from_intent(value: Any, **when: Any) -> Source:
    """Take *value* if the message has one of the *intents*."""
    return _source("intent", value=value, **when)


def from_start(value: Any, **when: Any) -> Source:
    """Take *value* when one of the *intents* starts a form."""
    return _source("start", value=value, **when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message: what it means, and the form and slot that were being asked for, if any."""

    text: str
    intent: str
    entities: Sequence[Mapping[str, Any]]
    form: str | None = None
    asked: str | None = None
    starts: bool = False


def filled(slots: Mapping[str, Slot], heard: Heard) -> dict[str, Any]:
    """The slots that one message fills, with their values."""
    found: dict[str, Any] = {}
    asked = slots.get(heard.asked or "")
    for name, slot in slots.items():
        for source in slot.sources:
            # Two slots may take the same entity: what answers a question is for that one.
            if name != heard.asked and asked and _competes(source, asked):
                continue
            value = _value(name, slot, source, heard)
            if value is not None:
                found[name] = value
                break
    return found


def _competes(source: Source, asked: Slot) -> bool:
    """Whether *source* takes what answers the question for *asked*; two ends of a range do not."""
    return source.kind == "entity" and any(
        each.entity == source.entity
        and (each.role == source.role or None in {each.role, source.role})
        for each in asked.sources
        if each.kind == "entity"
    )


def _source(
    kind: Literal["entity", "text", "intent", "start"],
    *,
    intents: Iterable[str] = (),
    never: Iterable[str] = (),
    moments: Iterable[Moment] = (),
    **given: Any,
) -> Source:
    return Source(
        kind=kind,
        intents=frozenset(intents),
        never=frozenset(never),
        moments=tuple(moments),
        **given,
    )


def _value(name: str, slot: Slot, source: Source, heard: Heard) -> Any:
    if not _applies(name, source, heard):
        return None
    match source.kind:
        case "entity":
            values = [
                each["value"]
                for each in heard.entities
                if _fits(source, each, asked=heard.asked == name)
            ]
            return (values or None) if slot.many else next(iter(values), None)
        case "text":
            return heard.text.strip() or None
        case "start" if not heard.starts:
            return None
        case _:
            return source.value


def _fits(source: Source, entity: Mapping[str, Any], *, asked: bool) -> bool:
    if entity["entity"] != source.entity:
        return False
    # Who is asked for one end tells that day alone.
    told = entity.get("role")
    return source.role in {None, told} or (asked and told is None)


def _applies(name: str, source: Source, heard: Heard) -> bool:
    if source.only_asked and heard.asked != name:
        return False
    # While a form asks for another slot, an intent answers that one.
    if source.kind == "intent" and heard.asked not in {name, None}:
        return False
    if source.moments and not _now(source.moments, heard):
        return False
    return heard.intent not in source.never and _is_meant(name, source, heard)


def _now(moments: Iterable[Moment], heard: Heard) -> bool:
    return any(
        form == heard.form and (slot is None or slot == heard.asked or heard.starts)
        for form, slot in moments
    )


def _is_meant(name: str, source: Source, heard: Heard) -> bool:
    # What no intent claims, right after the question, is an answer.
    answers = heard.intent == OUT_OF_SCOPE and heard.asked == name
    return (
        not source.intents
        or heard.intent in source.intents
        or (answers and source.kind in {"entity", "text"})
    )
