"""What templates may speak of: facts of the brand, and what is known only at the moment."""

from collections.abc import Mapping, Sequence
from typing import Any

from intents.match import ENTITIES

# Known only when a message is answered.
TURN_VARIABLES: Mapping[str, frozenset[str]] = {
    "hours": frozenset({"open", "text", "next"}),
    "wait": frozenset({"text"}),
    "customer": frozenset({"name"}),
    "entities": ENTITIES,
}
# What a brand may leave untold: who asks for it goes to a person.
FACTS = "shop"


def in_language(
    variables: Mapping[str, Any], language: str, languages: Sequence[str]
) -> dict[str, Any]:
    """Choose *language* wherever *variables* say something by language.

    A language that is left out takes the first of *languages* that is there.
    """
    return {name: _chosen(value, language, languages) for name, value in variables.items()}


def _chosen(value: Any, language: str, languages: Sequence[str]) -> Any:
    if not isinstance(value, Mapping):
        return value
    if value and set(value) <= {*languages, ""}:
        wanted = (language, "", *languages)
        return next(value[each] for each in wanted if each in value)
    return in_language(value, language, languages)
