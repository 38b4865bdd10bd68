"""Reads Rasa's training examples: intents, annotated entities, synonyms, lookups, regexes."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.rasa.report import Report
from bot.rasa.source import Part

# rasa/shared/nlu/training_data/entities_parser.py describes the three ways to annotate.
_ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)"
    r"|\{(?P<one>[^}]+?)\}"
    r"|\[(?P<several>\{.*?\})\])"
)
_KINDS = ("intent", "synonym", "regex", "lookup")
_FULL_WIDTH = re.compile(r"\uff3b[^\uff3d]*\uff3d|【[^】]*】|\[[^\]]*\]（")
_LONGEST = 500


@dataclass(slots=True)
class Example:
    """One message without its annotations, and where it stands."""

    text: str
    part: Part


@dataclass(slots=True)
class Nlu:
    """All training data. *words* holds entity, value and spellings; *patterns* entity and regexes.

    *lists* says where both were listed.
    """

    intents: dict[str, list[Example]] = field(default_factory=dict)
    places: dict[str, Part] = field(default_factory=dict)
    entities_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    patterns: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    synonyms: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[Part]] = field(default_factory=lambda: defaultdict(list))


class NluReader:
    """Reads one block of ``nlu:`` after the other into *nlu*."""

    def __init__(self, nlu: Nlu, report: Report) -> None:
        self._nlu = nlu
        self._report = report

    def read(self, blocks: Part) -> None:
        """Take every block of a file."""
        for block in blocks.each():
            kind = next((kind for kind in _KINDS if block.told(kind)), None)
            if kind is None:
                self._report.left(block, "a block of nlu", f"names none of {', '.join(_KINDS)}")
                continue
            for key, below in block.items():
                if key not in {kind, "examples"}:
                    self._report.left(
                        below, f"{key} of {kind} {block.told(kind)}", "has no use here"
                    )
            getattr(self, f"_{kind}")(block.told(kind), block)

    def finish(self) -> None:
        """Let every entity know the other spellings of its values."""
        for values in self._nlu.words.values():
            for word, value in self._nlu.synonyms.items():
                if word != value and (value in values or word in values):
                    values[value] |= {word, *values.pop(word, set())} - {value}

    def plain(self, part: Part) -> tuple[str, list[dict[str, Any]]]:
        """A message without annotations, and the entities that were annotated."""
        found: list[dict[str, Any]] = []

        def bare(match: re.Match[str]) -> str:
            found.extend(self._annotated(match, part))
            return match["text"]

        return _ANNOTATION.sub(bare, part.text), found

    def _intent(self, name: str, block: Part) -> None:
        examples = self._nlu.intents.setdefault(name, [])
        self._nlu.places.setdefault(name, block)
        before = len(examples)
        for line in self._lines(block):
            text, entities = self.plain(line)
            if len(text) > _LONGEST or not text.strip():
                self._report.left(line, "an example", "is empty or longer than 500 characters")
                continue
            if _FULL_WIDTH.search(text):
                self._report.changed(line, "an example", "full-width brackets annotate nothing")
            examples.append(Example(text=text.strip(), part=line))
            self._note(name, text, entities, line)
        self._report.taken(block, f"intent {name}, {len(examples) - before} examples")

    def _note(self, intent: str, text: str, entities: list[dict[str, Any]], line: Part) -> None:
        for entity in entities:
            name, value, written = entity["entity"], entity["value"], entity["text"]
            self._nlu.entities_of[intent].add(name)
            self._nlu.words[name][value] |= {written} - {value}
            for key in ("role", "group"):
                if key in entity:
                    why = f"the {key} {entity[key]!r} is not told apart; a form asks for it"
                    self._report.changed(line, f"entity {name}", why)

    def _synonym(self, value: str, block: Part) -> None:
        for line in self._lines(block):
            self._nlu.synonyms[line.text.strip()] = value
        self._report.taken(block, f"synonym {value}")

    def _lookup(self, name: str, block: Part) -> None:
        lines = [line.text.strip() for line in self._lines(block)]
        for word in filter(None, lines):
            self._nlu.words[name][word] |= set()
        self._nlu.lists[name].append(block)

    def _regex(self, name: str, block: Part) -> None:
        import regex

        for line in self._lines(block):
            try:
                regex.compile(line.text)
            except regex.error as exc:
                self._report.left(line, f"regex {name}", f"is no pattern: {exc}")
                continue
            self._nlu.patterns[name].append(line.text)
        self._nlu.lists[name].append(block)

    def _lines(self, block: Part) -> Iterator[Part]:
        examples = block.get("examples")
        if examples is None:
            self._report.left(block, "a block of nlu", "has no examples")
            return
        if isinstance(examples.value, list):
            yield from self._items(examples)
            return
        for line in examples.lines():
            text = line.text.strip()
            if text.startswith("-"):
                yield _with(line, text[1:].strip(" \n\r"))
            elif text:
                self._report.left(line, "a line of examples", "does not start with -")

    def _items(self, examples: Part) -> Iterator[Part]:
        for item in examples.each():
            text = item.get("text")
            if item.has("metadata"):
                self._report.left(item, "metadata of an example", "has no use here")
            if text is not None or item.text:
                yield _with(item, (text.text if text else item.text).strip())
            else:
                self._report.left(item, "an example", "has no text")

    def _annotated(self, match: re.Match[str], part: Part) -> Iterator[dict[str, Any]]:
        if match["entity"]:
            value = match["value"] or match["text"]
            given: list[Mapping[str, Any]] = [{"entity": match["entity"], "value": value}]
        else:
            given = self._json(f"[{match['several'] or '{' + (match['one'] or '') + '}'}]", part)
        for each in given:
            if each.get("entity"):
                value = str(each.get("value") or match["text"])
                yield {**each, "entity": str(each["entity"]), "value": value, "text": match["text"]}

    def _json(self, text: str, part: Part) -> list[Mapping[str, Any]]:
        try:
            return [each for each in json.loads(text) if isinstance(each, dict)]
        except ValueError:
            self._report.left(part, "an annotation", f"is no JSON: {text[1:-1]}")
            return []


def _with(part: Part, value: str) -> Part:
    return replace(part, value=value)
