"""Puts a brand's own intents over the built-in ones, and what agents taught over both."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from sys import intern

from bot.taught import Taught, TaughtExample
from intents.catalog import Catalog, Example, Intent, load
from intents.match import Utterance
from intents.prepared import prepared

# Training needs two examples of each intent.
_LEAST = 2
_PLACE = "taught at the desk"


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


def with_taught(own: Catalog, taught: Taught) -> Catalog:
    """The brand's *own* intents with what was *taught*; itself if that is nothing.

    An example is added at the end of its intent, and taken from any other. What was taught for an
    intent that nobody has any more is left out.
    """
    if not taught.examples:
        return own
    found = _merged({intent.name: intent for intent in own.intents}, taught)
    return Catalog(intents=tuple(found[name] for name in sorted(found)))


def names(folders: Sequence[Path], built_in: Collection[str] | None = None) -> list[str]:
    """What the intents of *folders* are called, without reading their examples."""
    stems = [{file.stem for file in folder.glob("*.yml")} for folder in folders]
    if built_in is not None:
        stems[0] &= set(built_in)
    return sorted(set().union(*stems))


def _without(intent: Intent, taken: Collection[tuple[str, ...]]) -> Intent:
    examples = tuple(each for each in intent.examples if each.tokens not in taken)
    return replace(intent, examples=examples)


def _merged(found: dict[str, Intent], taught: Taught) -> dict[str, Intent]:
    started = {each.name: dict(each.label) for each in taught.intents}
    known = {*found, *started}
    # The last word on a message counts.
    said = {
        example.tokens: (each.intent, example)
        for each in taught.examples
        if each.intent in known and (example := _example(each)).tokens
    }
    merged = {}
    for name in known:
        before = found.get(name) or Intent(name=name, examples=(), label=started[name])
        elsewhere = {tokens for tokens, (intent, _) in said.items() if intent != name}
        ours = [example for intent, example in said.values() if intent == name]
        merged[name] = _added(before, elsewhere, ours)
    return {name: intent for name, intent in merged.items() if intent.examples}


def _added(
    intent: Intent, elsewhere: Collection[tuple[str, ...]], ours: Sequence[Example]
) -> Intent:
    left = _without(intent, elsewhere)
    had = {example.tokens for example in left.examples}
    new = [example for example in ours if example.tokens not in had]
    if not new and len(left.examples) == len(intent.examples):
        return intent
    examples = (*left.examples, *new)
    return replace(left, examples=examples * _LEAST if len(examples) == 1 else examples)


def _example(each: TaughtExample) -> Example:
    tokens = tuple(map(intern, prepared(Utterance(text=each.text)).tokens))
    return Example(text=each.text, language=each.language, tokens=tokens, place=_PLACE)
