"""Puts a brand's own intents over the built-in ones."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from intents.catalog import Catalog, Intent, load


def catalog(folders: Sequence[Path], built_in: Collection[str] | None = None) -> Catalog:
    """The intents of all *folders*. What a later folder says counts against an earlier one.

    Its intent replaces the earlier one of that name, and an example of its own is taken from
    whatever earlier intent has it. Of the first folder only *built_in* counts, or all if None.
    Raises CatalogError.
    """
    found: dict[str, Intent] = {}
    for at, folder in enumerate(folders):
        new = load(folder).intents
        if at == 0 and built_in is not None:
            new = tuple(intent for intent in new if intent.name in built_in)
        taken = {example.tokens for intent in new for example in intent.examples}
        kept = [_without(intent, taken) for intent in found.values()]
        found = {intent.name: intent for intent in [*kept, *new] if intent.examples}
    return Catalog(intents=tuple(found[name] for name in sorted(found)))


def _without(intent: Intent, taken: set[tuple[str, ...]]) -> Intent:
    examples = tuple(each for each in intent.examples if each.tokens not in taken)
    return replace(intent, examples=examples)
