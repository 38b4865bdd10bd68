"""Puts a brand's own intents over the built-in ones."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from intents.catalog import Catalog, Intent, load


def catalog(folders: Sequence[Path]) -> Catalog:
    """The intents of all *folders*. What a later folder says counts against an earlier one.

    Its intent replaces the earlier one of that name, and an example of its own is taken from
    whatever earlier intent has it. Raises CatalogError.
    """
    found: dict[str, Intent] = {}
    for folder in folders:
        new = load(folder).intents
        taken = {example.tokens for intent in new for example in intent.examples}
        kept = [_without(intent, taken) for intent in found.values()]
        found = {intent.name: intent for intent in [*kept, *new] if intent.examples}
    return Catalog(intents=tuple(found[name] for name in sorted(found)))


def _without(intent: Intent, taken: set[tuple[str, ...]]) -> Intent:
    examples = tuple(each for each in intent.examples if each.tokens not in taken)
    return replace(intent, examples=examples)
