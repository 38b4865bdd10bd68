"""What goes to an action and what comes back, wherever the action runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# An empty domain would be taken for the last one that rasa-sdk saw.
DOMAIN: Mapping[str, Any] = {"version": "3.1", "slots": {}}


class ActionFailed(Exception):
    """The action failed; the text says why, in words of ours and without any of the customer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One run of the action *name*. *key* is the same whenever the same run is tried again."""

    name: str
    tracker: Mapping[str, Any]
    domain: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an action answered: rasa-sdk's events and responses, not looked into yet."""

    events: Sequence[Any] = ()
    responses: Sequence[Any] = ()


class Place(Protocol):
    """Where actions run."""

    @property
    def names(self) -> frozenset[str]:
        """The actions that run there."""

    async def answer(self, call: Call) -> Answered:
        """Run an action, within its time. Raises ActionFailed."""
