"""What an action did, read from the answer that rasa-sdk gives."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.messages import QuickReply

log = logging.getLogger(__name__)

_REQUESTED = "requested_slot"
# More is no answer but a fault.
_MOST_UTTERANCES = 20
# What rasa-sdk puts into every response; anything else is a variable for the template.
_RESPONSE_KEYS = frozenset(
    {
        *("text", "buttons", "quick_replies", "elements", "custom"),
        *("template", "response", "image", "attachment"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something to say: an action's own *text*, or a *template* with *variables*."""

    text: str | None = None
    template: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    quick_replies: tuple[QuickReply, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What an action wants: *utterances* in order, and *slots* to set (None clears one).

    *asked_slot* is the slot it waits for now, and *asked_by* the form that asks, if one does.
    *pauses* means that it wants a person to take over.
    *steps* are the actions that it ran itself, by their names.
    *failed* says why it did not work, without any of the customer's words, and *fallback* which
    template is said then, if any; nothing else is set.
    """

    utterances: tuple[Utterance, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    asked_slot: str | None = None
    asked_by: str | None = None
    pauses: bool = False
    steps: tuple[str, ...] = ()
    failed: str | None = None
    fallback: str | None = None


def read_result(
    events: Iterable[Mapping[str, Any]],
    responses: Iterable[Mapping[str, Any]],
    *,
    slots: Mapping[str, Any],
) -> ActionResult:
    """Read *events* and *responses* of one run; *slots* are those of before it.

    Templates get the slots and, over them, what the action gave them. ``utter_x`` means the
    template ``x``. Raises TypeError, ValueError or LookupError for what no action should answer.
    """
    changed: dict[str, Any] = {}
    pauses = False
    form: str | None = None
    steps: list[str] = []
    for event in events:
        match event["event"]:
            case "slot":
                changed[str(event["name"])] = event.get("value")
            case "reset_slots":
                changed |= dict.fromkeys(slots)
            case "pause":
                pauses = True
            case "action":
                steps.append(str(event["name"]))
            case "active_loop":
                form = event.get("name")
            case other:
                log.info("an action's event %s means nothing here", other)
    asked = changed.pop(_REQUESTED, None)
    known = {**slots, **changed}
    said = [one for each in responses if (one := _utterance(each, known)) is not None]
    if len(said) > _MOST_UTTERANCES:
        raise ValueError("an action says too much at once")
    # Slots are kept as JSON; what is none fails here, not in the store.
    json.dumps(changed, allow_nan=False)
    return ActionResult(
        utterances=tuple(said),
        slots=changed,
        asked_slot=None if asked is None else str(asked),
        asked_by=form,
        pauses=pauses,
        steps=tuple(steps),
    )


def _utterance(response: Mapping[str, Any], slots: Mapping[str, Any]) -> Utterance | None:
    name = response.get("response") or response.get("template")
    links = [response.get(key) for key in ("image", "attachment")]
    lines = [line for line in (response.get("text"), *links) if isinstance(line, str) and line]
    if not name and not lines:
        return None
    buttons = [*(response.get("buttons") or ()), *(response.get("quick_replies") or ())]
    given = {key: value for key, value in response.items() if key not in _RESPONSE_KEYS}
    return Utterance(
        text=None if name else "\n".join(lines),
        template=str(name).removeprefix("utter_") if name else None,
        variables={**slots, **given},
        quick_replies=tuple(_quick_reply(button) for button in buttons),
    )


def _quick_reply(button: Mapping[str, Any]) -> QuickReply:
    # Rasa's payloads look like /intent{"entity": "value"}.
    payload = str(button.get("payload") or button["title"]).removeprefix("/")
    return QuickReply(title=str(button["title"]), payload=payload)
