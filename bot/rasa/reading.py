"""Reads a whole Rasa bot: every file, each section by the reader that knows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.forms.slots import Source
from bot.rasa.code import Code, own_actions
from bot.rasa.domain import Domain, DomainReader
from bot.rasa.nlu import Nlu, NluReader
from bot.rasa.report import Report
from bot.rasa.server import Server, names, server
from bot.rasa.source import File, Part, files, others
from bot.rasa.stories import Stories, StoryReader

_CONFIG = frozenset({"recipe", "assistant_id", "language", "pipeline", "policies"})
_SILENT = frozenset({"version", "recipe", "assistant_id", "language"})
_PLATFORMS = frozenset({"facebook", "line", "telegram", "twilio", "slack", "rest", "socketio"})
_ENDPOINTS = frozenset(
    {
        *("nlg", "nlu", "models", "tracker_store", "lock_store"),
        *("event_broker", "rasa"),
    }
)

_NOT_TAKEN = {
    "tracker_store": "conversations are kept in our own database; see store in config.yml",
    "event_broker": "events are published nowhere; programs read them with the API",
    "lock_store": "messages of one conversation wait for each other by themselves",
    "models": "models are trained from the examples",
}


@dataclass(slots=True)
class Bot:
    """All that was read. *language* is what its config says; *tests* are files of test stories.

    *server* runs actions, if there is one.
    """

    report: Report = field(default_factory=Report)
    nlu: Nlu = field(default_factory=Nlu)
    domain: Domain = field(default_factory=Domain)
    stories: Stories = field(default_factory=Stories)
    code: dict[str, Code] = field(default_factory=dict)
    server: Server | None = None
    language: str | None = None
    numbers: bool = False
    tests: list[File] = field(default_factory=list)

    def far_actions(self) -> list[str]:
        """The brand's own actions that have no class here, so that only its server runs them."""
        told = [
            each
            for each in self.domain.actions
            if each not in self.code and not each.startswith("utter_")
        ]
        return names(told) if self.server else []

    def entities(self) -> set[str]:
        """Every entity that the domain names, an example shows or a slot takes."""
        shown = set().union(*self.nlu.entities_of.values())
        sources = [source for slot in self.domain.slots.values() for source in slot.sources]
        return self.domain.entities | shown | {each.entity for each in sources if each.entity}


def read_bot(path: Path) -> Bot:
    """Read the bot at *path*, a folder or one file. What cannot be read is reported, never fatal.

    Raises OSError for what the system refuses.
    """
    bot = Bot()
    found = files(path)
    bot.tests = [file for file in found if file.is_test]
    rest = [file for file in found if not file.is_test]
    for file in found:
        _tell_problems(bot, file)
    # Stories are read once all slots are known: their types decide what a story compares.
    for kinds in (("nlu", "domain"), ("stories",)):
        for file in rest:
            _read_file(bot, file, kinds)
    _tell_others(bot, path)
    _fill_by_name(bot)
    return bot


def _fill_by_name(bot: Bot) -> None:
    known = bot.entities()
    for name, slot in bot.domain.slots.items():
        if slot.named_like_entity and name in known:
            slot.sources.insert(0, Source(kind="entity", entity=name))


def _tell_problems(bot: Bot, file: File) -> None:
    for problem in file.problems:
        part = Part(source=file.root.source, place=(), value=None, file=file.root.file)
        placed = _at(part, problem.line)
        if "environment variable" in problem.message:
            bot.report.changed(
                placed, problem.place, "a variable of the environment stays as written"
            )
        else:
            bot.report.left(placed, problem.place or "the file", problem.message)


def _read_file(bot: Bot, file: File, kinds: tuple[str, ...]) -> None:
    readers = _readers(bot)
    known = False
    for key, section in file.root.items():
        kind, reader = readers.get(key, ("", None))
        known = known or bool(kind) or key in _CONFIG | _ENDPOINTS | _PLATFORMS | _SILENT
        if reader is not None and kind in kinds and section.value is not None:
            reader(section)
        elif not kind and "nlu" in kinds:
            _tell_unused(bot, key, section)
    if not known and "nlu" in kinds and file.root.value is not None:
        bot.report.left(file.root, "the file", "holds nothing of Rasa that has a meaning here")


def _readers(bot: Bot) -> Mapping[str, tuple[str, Callable[[Part], None]]]:
    domain = DomainReader(bot.domain, bot.report)
    kinds = {name: slot.type for name, slot in bot.domain.slots.items()}
    stories = StoryReader(bot.stories, bot.report, kinds)
    return {
        "nlu": ("nlu", NluReader(bot.nlu, bot.report).read),
        "intents": ("domain", domain.intents),
        "entities": ("domain", domain.entities),
        "slots": ("domain", domain.slots),
        "forms": ("domain", domain.forms),
        "responses": ("domain", domain.responses),
        "actions": ("domain", domain.actions),
        "session_config": ("domain", domain.session),
        "action_endpoint": ("domain", lambda section: _server(bot, section)),
        "pipeline": ("domain", lambda section: _pipeline(bot, section)),
        "language": ("domain", lambda section: _language(bot, section)),
        "rules": ("stories", lambda section: stories.read(section, "rule")),
        "stories": ("stories", lambda section: stories.read(section, "story")),
    }


def _tell_unused(bot: Bot, key: str, section: Part) -> None:
    if key in _SILENT:
        return
    if key in _PLATFORMS:
        why = "connect it under channels in config.yml; its tokens are not copied"
    elif key in _ENDPOINTS:
        why = _NOT_TAKEN.get(key, "is set in config.yml, where it has a meaning here")
    elif key == "flows":
        why = "flows are led by a language model; rules, stories and forms are read"
    elif key == "policies":
        why = "answers are decided by config.yml, not by a learned policy"
    else:
        why = "is unknown"
    bot.report.left(section, key, why)


def _server(bot: Bot, section: Part) -> None:
    bot.server = server(section, bot.report) or bot.server


def _language(bot: Bot, section: Part) -> None:
    bot.language = section.text or bot.language


def _pipeline(bot: Bot, section: Part) -> None:
    for component in section.each():
        name = component.told("name") or component.text
        if "Duckling" in name:
            dimensions = component.get("dimensions")
            words = [each.text for each in dimensions.each()] if dimensions else []
            bot.numbers = bot.numbers or "number" in words or not words
            why = "numbers are found by their digits; e-mail and phone as always; times are not"
            bot.report.changed(component, name, why)
        else:
            why = "messages are understood by our own pipeline, which sets its own thresholds"
            bot.report.left(component, name or "a component", why)


def _tell_others(bot: Bot, path: Path) -> None:
    NluReader(bot.nlu, bot.report).finish()
    for file in others(path, [".md"]):
        if "data" in Path(file.root.file).parts:
            why = "is Markdown of Rasa 1; `rasa data convert` makes YAML of it"
            bot.report.left(file.root, "the file", why)
    if not path.is_dir():
        return
    code, broken = own_actions(path)
    bot.code = {each.name: each for each in code}
    for where, line, why in broken:
        root = next(each.root for each in others(path, [".py"]) if each.path == where)
        bot.report.left(_at(root, line), "the file", f"is no Python: {why}")


def _at(part: Part, line: int) -> Part:
    return Part(source=part.source, place=(), value=None, file=part.file, offset=line - part.line)
