"""Looks through everything a brand has written: config, intents, actions and templates together."""

import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress

from bot.actions import ActionRunner, UnknownAction
from bot.adapters import adapter
from bot.catalogs import catalog
from bot.config import Config
from bot.config_sections import Answer, CommentAnswer
from bot.lists import list_problems
from bot.opinion import UnknownOpinion, loaded
from bot.replies import check as template_problems
from bot.replies import shortened, unlike
from bot.replies.source import template_paths
from bot.rules import Rules
from bot.settings_source import Place, Problem, Source, did_you_mean, read
from channels.base import Capabilities
from intents.errors import CatalogError, EncoderMissing
from intents.match import OUT_OF_SCOPE

# Templates that the bot uses whatever the rules say.
SPOKEN_BY_RULES = frozenset(
    {
        *("not_sure", "opted_out", "disclosure", "attachment_received", "sticker_received"),
        *("never_mind", "write_privately", "handoff", "action_failed", "did_you_mean"),
    }
)
# What the built-in templates about orders are told by an action.
ORDER_VARIABLES = ("order_number", "status", "carrier", "tracking_number", "pickup")

_PLACED = re.compile(r"(.+?):(\d+):(\d+): (.*)", re.DOTALL)


def check(config: Config) -> list[Problem]:
    """Find everything that is wrong with what *config* names, sorted. Uses no network.

    Imports the brand's actions, which runs their modules.
    """
    source = read(config.file, {})
    intents, problems = _intents(config)
    if intents:
        problems += _unknown_intents(config, source, intents)
    names, more = _actions(config, source)
    problems += more
    problems += _unknown_actions(config, source, names)
    problems += _unknown_templates(config, source)
    problems += list_problems(config)
    problems += _missing_encoder(config, source)
    problems += _unknown_opinion(config, source)
    problems += templates(config, intents)
    return sorted(set(problems))


def templates(config: Config, intents: frozenset[str]) -> list[Problem]:
    """What of it is wrong with the templates alone. Runs nothing of the brand's."""
    problems = template_problems(
        config.response_folders,
        languages=config.brand.languages,
        needed=_needed(config, intents),
        variables={
            **config.variables,
            "brand": {"name": dict(config.brand.name)},
            "entities": dict.fromkeys(config.understanding.lists),
        },
        action_variables=(*ORDER_VARIABLES, *config.action_variables),
        capabilities=_capabilities(config),
    )
    return sorted({*problems, *_untranslated(config)})


def notes(config: Config) -> list[Problem]:
    """What is no mistake but good to know.

    What a platform changes, how languages differ, and which intents the bot cannot name when it
    asks back.
    """
    folders, languages = config.response_folders, config.brand.languages
    found = shortened(folders, languages=languages, capabilities=_capabilities(config))
    return sorted([*found, *unlike(folders, languages=languages), *_unlabelled(config)])


def _unlabelled(config: Config) -> Iterable[Problem]:
    rules = Rules.of(config)
    with suppress(CatalogError, OSError):
        for intent in catalog(config.catalog_folders, config.understanding.built_in).intents:
            missing = [one for one in config.brand.languages if one not in intent.label]
            if missing and rules.may_be_offered(intent.name):
                why = f"no label in {', '.join(missing)}: customers are never asked if they mean it"
                yield _placed(f"{intent.place}: {why}")


def _intents(config: Config) -> tuple[frozenset[str], list[Problem]]:
    try:
        found = catalog(config.catalog_folders, config.understanding.built_in)
        return frozenset(found.names), []
    except CatalogError as exc:
        return frozenset(), [_placed(line) for line in str(exc).splitlines()]
    except OSError as exc:
        return frozenset(), [
            Problem(file=str(exc.filename), line=1, column=1, message=str(exc.strerror))
        ]


def _placed(line: str) -> Problem:
    found = _PLACED.fullmatch(line)
    if found is None:
        file, _, message = line.partition(": ")
        return Problem(file=file, line=1, column=1, message=message)
    return Problem(file=found[1], line=int(found[2]), column=int(found[3]), message=found[4])


def _unknown_intents(config: Config, source: Source, intents: frozenset[str]) -> Iterable[Problem]:
    places: list[Place] = [
        *(("answers", name) for name in config.answers),
        *(("comments", name) for name in config.comments),
        *(("understanding", "keywords", name) for name in config.understanding.keywords),
    ]
    for place in places:
        name = str(place[-1])
        if name not in intents:
            yield source.problem(
                place, f"there is no intent {name!r}{did_you_mean(name, intents)}", at_key=True
            )


def _missing_encoder(config: Config, source: Source) -> Iterable[Problem]:
    name = config.understanding.encoder
    if name is None:
        return
    # It brings numpy along, which no other check needs.
    from intents.encoder import installed

    if not installed(name):
        yield source.problem(("understanding", "encoder"), str(EncoderMissing(name)))


def _unknown_opinion(config: Config, source: Source) -> Iterable[Problem]:
    chosen = config.understanding.second_opinion
    if chosen is None:
        return
    try:
        loaded(chosen.of)
    except UnknownOpinion as exc:
        yield source.problem(("understanding", "second_opinion", "of"), str(exc))


def _actions(config: Config, source: Source) -> tuple[set[str], list[Problem]]:
    names: set[str] = set()
    problems = []
    if str(config.folder) not in sys.path:
        sys.path.insert(0, str(config.folder))
    if config.action_server is not None:
        names |= set(config.action_server.names)
    for at, path in enumerate(config.actions):
        try:
            found = ActionRunner([path]).names
            for name in sorted(found & names):
                told = f"another action is called {name}, too"
                problems.append(source.problem(("actions", at), told))
            names |= found
        except UnknownAction as exc:
            problems.append(source.problem(("actions", at), str(exc)))
    return names, problems


def _unknown_actions(config: Config, source: Source, names: set[str]) -> Iterable[Problem]:
    for intent, answer in config.answers.items():
        if answer.action is not None and answer.action not in names:
            hint = did_you_mean(answer.action, names) or (
                "; list its class under actions, or its name under action_server"
            )
            message = f"there is no action {answer.action!r}{hint}"
            yield source.problem(("answers", intent, "action"), message)


def _named_templates(config: Config) -> Iterable[tuple[Place, str]]:
    sections: Mapping[str, Mapping[str, Answer | CommentAnswer]] = {
        "answers": config.answers,
        "comments": config.comments,
    }
    for section, answers in sections.items():
        for intent, answer in answers.items():
            for key in ("template", "private"):
                name = getattr(answer, key, None)
                if name is not None:
                    yield (section, intent, key), name
    if config.action_server is not None and config.action_server.fallback is not None:
        yield ("action_server", "fallback"), config.action_server.fallback


def _unknown_templates(config: Config, source: Source) -> Iterable[Problem]:
    for language in config.brand.languages:
        known = {name.split(".")[0] for name in template_paths(config.response_folders, language)}
        for place, name in _named_templates(config):
            if name not in known:
                hint = did_you_mean(name, known)
                message = f"there is no template {name!r} in {language}{hint}"
                yield source.problem(place, message)


def _needed(config: Config, intents: frozenset[str]) -> set[str]:
    rules = Rules.of(config)
    own = {name for _, name in _named_templates(config)}
    ruled: list[Answer | CommentAnswer] = [*rules.answers.values(), *rules.comments.values()]
    told = {
        str(name)
        for answer in ruled
        for name in (answer.template, getattr(answer, "private", None))
        if name is not None
    }
    unruled = intents - rules.answers.keys() - {OUT_OF_SCOPE}
    return {*SPOKEN_BY_RULES, *unruled, *(told - own)}


def _capabilities(config: Config) -> dict[str, Capabilities]:
    return {name: adapter(name).capabilities for name in config.channels}


def _untranslated(config: Config) -> Iterable[Problem]:
    by_language = {
        language: template_paths(config.response_folders, language)
        for language in config.brand.languages
    }
    for name in sorted(set().union(*by_language.values())):
        path = next(paths[name] for paths in by_language.values() if name in paths)
        for language, paths in by_language.items():
            if name not in paths:
                message = (
                    f"this template has no translation in {language}; "
                    f"write it as {language}/{path.name}"
                )
                yield Problem(file=str(path), line=1, column=1, message=message)
