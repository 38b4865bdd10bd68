"""Writes the moved brand: config, intents, templates, entities, actions and test stories."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.rasa.code import PACKAGE
from bot.rasa.plan import Plan, Planned
from bot.rasa.python import moved
from bot.rasa.reading import Bot
from bot.rasa.server import lines
from bot.rasa.source import Part
from bot.rasa.testing import moved_stories
from intents.language import language_of
from intents.match import LANGUAGES, Utterance
from intents.normalize import normalized
from intents.prepared import prepared

# What is foreign to the bot, and who wants a person. Abuse would be told apart badly without the
# rest of our intents, and nobody should be accused wrongly.
_BUILT_IN = ("human_request", "oos")
# What Duckling finds as a number, as far as digits go.
_NUMBER = r"(?<![A-Za-z0-9.])[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9])"
_CONFIG = """\
# Moved in from Rasa by `antiphon import rasa`; docs/move-from-rasa.md says what changed.
# `antiphon validate` checks this file and everything it names.

brand:
  name: @NAME@
  timezone: @ZONE@
  languages: [@LANGUAGE@]

channels:
  webchat:
    - account: site

understanding:
  catalog: intents
  built_in: [@BUILT_IN@]            # of our own intents; leave the line out to have all

# An intent that is not named answers with the template of its own name.
answers:
@ANSWERS@
responses: responses
@ACTIONS@"""


class ProjectWriter:
    """Writes *plan* into *out*, which is new or empty. *path* is where the bot came from."""

    def __init__(self, bot: Bot, plan: Plan, *, path: Path, out: Path) -> None:
        self._bot = bot
        self._plan = plan
        self._path = path
        self._out = out

    def write(self, *, name: str, zone: str, language: str | None) -> None:
        """Write everything. Raises OSError."""
        spoken = self._language(language)
        self._intents(spoken)
        for file, text in self._plan.templates.items():
            self._put(Path("responses", spoken, file), text)
        (self._out / "responses").mkdir(parents=True, exist_ok=True)
        (self._out / "intents").mkdir(parents=True, exist_ok=True)
        module, classes = moved(self._bot, self._plan)
        self._code(module)
        self._tests()
        self._put(Path("config.yml"), self._config(name, zone, spoken, classes))
        self._put(Path(".gitignore"), ".env\n/data/\n__pycache__/\n")

    def _language(self, chosen: str | None) -> str:
        theirs = chosen or self._bot.language or "en"
        if theirs in LANGUAGES:
            return theirs
        return "zh-Hant" if theirs.casefold().startswith("zh") else "en"

    def _intents(self, spoken: str) -> None:
        seen: dict[tuple[str, ...], str] = {}
        for name, texts in self._plan.examples.items():
            groups: dict[str, list[str]] = {}
            for text in self._distinct(name, texts, seen):
                said = language_of(normalized(text), sticky=spoken) or spoken
                groups.setdefault(said, []).append(text)
            if groups:
                head = f"intent: {name}{self._plan.intents.remark(name)}"
                self._put(Path("intents", f"{name}.yml"), _intent(head, groups))
            else:
                self._plan.answers.pop(name, None)

    def _distinct(
        self, name: str, texts: Iterable[str], seen: dict[tuple[str, ...], str]
    ) -> list[str]:
        """The examples that say something, and say it for no other intent."""
        kept = []
        for text in texts:
            tokens = prepared(Utterance(text=text)).tokens
            if tokens and seen.setdefault(tuple(tokens), name) == name:
                kept.append(text)
            elif part := self._part(name, text):
                other = seen.get(tuple(tokens))
                why = f"is an example of {other}, too" if other else "has no word in it"
                self._bot.report.left(part, f"an example of {name}", why)
        # The classifier wants two to learn from.
        return kept * 2 if len(kept) == 1 else kept

    def _part(self, name: str, text: str) -> Part | None:
        examples = self._bot.nlu.intents.get(self._plan.intents.theirs(name), [])
        return next((each.part for each in reversed(examples) if each.text == text), None)

    def _code(self, module: str) -> None:
        package = self._path / PACKAGE
        if package.is_dir():
            ignored = shutil.ignore_patterns(".*", "__pycache__", "*.pyc")
            shutil.copytree(package, self._out / PACKAGE, ignore=ignored)
        elif (single := self._path / f"{PACKAGE}.py").is_file():
            self._put(Path(PACKAGE, "__init__.py"), single.read_text(encoding="utf-8"))
        if module:
            self._put(Path(PACKAGE, "moved.py"), module)
            self._put(Path("entities.yml"), self._entities())
            opening = self._out / PACKAGE / "__init__.py"
            if not opening.exists():
                self._put(opening.relative_to(self._out), '"""The actions of this brand."""\n')

    def _entities(self) -> str:
        known = self._bot.entities()
        patterns = {name: list(each) for name, each in self._bot.nlu.patterns.items()}
        if self._bot.numbers:
            patterns.setdefault("number", []).append(_NUMBER)
            known |= {"number"}
        lines = [
            "# What customers may name. words: a value and how it is written; patterns: regexes."
        ]
        for name in sorted(known):
            values = self._bot.nlu.words.get(name, {})
            if not values and not patterns.get(name):
                continue
            lines += [f"{_quoted(name)}:", "  words:" if values else "  words: {}"]
            for value, words in sorted(values.items()):
                lines.append(f"    {_quoted(value)}: {_list(sorted(words))}")
            lines.append(f"  patterns: {_list(patterns.get(name, ()))}")
        return "\n".join(lines) + "\n"

    def _tests(self) -> None:
        for file in self._bot.tests:
            text = moved_stories(self._bot, self._plan, file.root)
            if text:
                self._put(Path("tests", Path(file.root.file).name), text)

    def _config(self, name: str, zone: str, spoken: str, classes: list[str]) -> str:
        built_in = [each for each in _BUILT_IN if each != "human_request" or not self._plan.persons]
        words: Mapping[str, str] = {
            "@NAME@": _quoted(name),
            "@ZONE@": zone,
            "@LANGUAGE@": spoken,
            "@BUILT_IN@": ", ".join(built_in),
            "@ANSWERS@": "".join(self._answers()) or "  {}\n",
            "@ACTIONS@": "".join([*self._actions(classes), *self._server()]),
        }
        text = _CONFIG
        for mark, word in words.items():
            text = text.replace(mark, word)
        return text

    def _answers(self) -> Iterator[str]:
        for name, answer in sorted(self._plan.answers.items()):
            yield f"  {name}: {{{_answer(answer)}}}{self._plan.intents.remark(name)}\n"

    def _actions(self, classes: list[str]) -> Iterator[str]:
        if classes:
            yield "actions:\n"
            yield from (f"  - {each}\n" for each in classes)
        slots = self._plan.variables | {
            name for name in self._bot.domain.slots if name.isidentifier()
        }
        if slots:
            yield "# What templates may speak of because an action tells it.\n"
            yield f"action_variables: [{', '.join(sorted(slots))}]\n"

    def _server(self) -> Iterator[str]:
        if self._bot.server:
            yield from lines(self._bot.server, self._bot.far_actions())

    def _put(self, file: Path, text: str) -> None:
        target = self._out / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _answer(answer: Planned) -> str:
    told = {"action": answer.action, "template": answer.template, "handoff": answer.handoff}
    return ", ".join(f"{key}: {value}" for key, value in told.items() if value)


def _intent(head: str, groups: Mapping[str, list[str]]) -> str:
    lines = [head, "examples:"]
    for language, texts in groups.items():
        lines += [f"  {language}:", *(f"    - {_plain_quoted(text)}" for text in texts)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML scalar of config.yml, where ${ would be taken for a variable."""
    return _plain_quoted(text).replace("${", "$${")


def _plain_quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_plain_quoted, words))}]"
