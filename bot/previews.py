"""Templates as customers would read them, with what the platform leaves of them, and why not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.config import Config
from bot.replies import MissingVariable, Replies, ReplyError, UnknownTemplate
from bot.replies.compiled import sandbox
from bot.replies.header import addresses
from bot.replies.notes import Change, changes
from bot.replies.render import Preview
from bot.replies.source import TemplateFile
from bot.replies.uses import Use, uses
from bot.replies.variables import FACTS, TURN_VARIABLES, in_language
from channels.base import Capabilities
from channels.messages import Content
from channels.text import length

Counted = Literal["text", "quick_replies", "buttons", "cards", "rows"]
Origin = Literal["brand", "config", "moment", "action", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of what a platform takes is *used*; text in the platform's own unit."""

    counted: Counted
    used: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One variant as one channel shows it: *messages* with their limits, or the *error*.

    *lacks* tells which variable is missing where a fallback is said instead. *split*: the words are
    more than one message takes. Beside an *error* about what nobody told, *messages* are how it
    would read, with the names of that in brackets.
    """

    language: str
    file: TemplateFile | None
    variant: int
    uses: Sequence[str]
    messages: tuple[tuple[Content, tuple[Limit, ...]], ...] = ()
    changes: tuple[Change, ...] = ()
    split: bool = False
    lacks: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A name that a template reads: where it comes from, and its *value* in one language.

    *value* is None where nobody tells it. It is *needed* if the template cannot do without.
    """

    name: str
    origin: Origin
    value: Any
    needed: bool


def previews(
    replies: Replies,
    template: str,
    *,
    config: Config,
    language: str,
    channel: str,
    capabilities: Capabilities,
    moment: Mapping[str, Any],
) -> list[Shown]:
    """Every variant of *template* in *language*; none where it has versions for others only.

    *moment* are values of what is known only then.
    """

    def found(variables: Mapping[str, Any]) -> Iterator[Preview]:
        return replies.previews(
            template,
            language=language,
            capabilities=capabilities,
            variables=variables,
            channel=channel,
        )

    try:
        first = list(found(moment))
        shown = [_shown(one, capabilities) for one in first]
        if any(isinstance(one.said, MissingVariable) for one in first):
            filled = {**moment, **_bracketed(first[0].file, config, language, moment)}
            told = [_shown(one, capabilities) for one in found(filled)]
            shown = [_as_if(one, other) for one, other in zip(shown, told, strict=True)]
    except UnknownTemplate:
        return []
    except ReplyError as exc:
        return [Shown(language=language, file=None, variant=0, uses=(), error=str(exc))]
    return shown


def variables_of(
    file: TemplateFile, config: Config, language: str, moment: Mapping[str, Any]
) -> list[Variable]:
    """What *file* speaks of, by name; *moment* are values of what is known only then."""
    told = {**config.variables, "brand": {"name": dict(config.brand.name)}}
    known = {**in_language(told, language, config.brand.languages), **moment}
    needed: dict[str, tuple[Use, bool]] = {}
    for use in _uses(file, config):
        before = needed.get(use.name, (use, False))[1]
        needed[use.name] = use, before or use.needed
    return [
        Variable(name=name, origin=_origin(use, config, moment), value=_value(use, known), needed=n)
        for name, (use, n) in sorted(needed.items())
    ]


def _as_if(one: Shown, told: Shown) -> Shown:
    """*one* that cannot be said, with the messages of *told*, where nothing is missing."""
    return one if one.error is None else replace(told, error=one.error)


def _bracketed(
    file: TemplateFile, config: Config, language: str, moment: Mapping[str, Any]
) -> dict[str, Any]:
    """What *file* needs and nobody tells, as its own name in brackets beside what is told."""
    told = {**in_language(config.variables, language, config.brand.languages), **moment}
    found: dict[str, Any] = {}
    for variable in variables_of(file, config, language, moment):
        if variable.value is not None or not variable.needed:
            continue
        root, _, attribute = variable.name.partition(".")
        below = found.get(root, told.get(root, {}))
        if attribute and isinstance(below, Mapping):
            found[root] = {**below, attribute: f"[{variable.name}]"}
        else:
            found.setdefault(root, f"[{root}]")
    return found


def _shown(one: Preview, can: Capabilities) -> Shown:
    if isinstance(one.said, ReplyError):
        return Shown(
            language=one.language,
            file=one.file,
            variant=one.variant,
            uses=one.uses,
            error=str(one.said),
        )
    parts = one.said.parts
    return Shown(
        language=one.language,
        file=one.file,
        variant=one.variant,
        uses=one.uses,
        messages=tuple((part, tuple(_limits(part, can))) for part in parts),
        changes=tuple(dict.fromkeys(changes(one.offers, can))),
        split=sum(bool(part.text) and not part.attachments for part in parts) > 1,
        lacks=one.said.lacks,
    )


def _limits(part: Content, can: Capabilities) -> Iterator[Limit]:
    if part.text:
        beside = can.max_text_beside if part.buttons or part.menu else None
        most = can.max_text if beside is None else min(beside, can.max_text)
        most = can.max_caption if part.attachments else most
        yield Limit(counted="text", used=length(part.text, can.unit), most=most)
    counts: tuple[tuple[Counted, int, int], ...] = (
        ("quick_replies", len(part.quick_replies), can.max_quick_replies),
        ("buttons", len(part.buttons), can.max_buttons),
        ("cards", len(part.cards), can.max_cards),
        ("rows", len(part.menu.rows) if part.menu else 0, can.max_rows),
    )
    for counted, used, most in counts:
        if used:
            yield Limit(counted=counted, used=used, most=most)


def _uses(file: TemplateFile, config: Config) -> Iterator[Use]:
    environment = sandbox(config.response_folders)
    texts = [variant.text for variant in file.variants]
    for text in (*texts, *(each for each in addresses(file.offers) if "{{" in each)):
        yield from uses(environment.parse(text))


def _origin(use: Use, config: Config, moment: Mapping[str, Any]) -> Origin:
    if use.root == "brand" and use.root not in config.variables:
        return "brand"
    if use.root in config.variables or use.root == FACTS:
        return "config"
    if use.root in TURN_VARIABLES:
        return "moment"
    return "action" if use.root in moment else "unknown"


def _value(use: Use, known: Mapping[str, Any]) -> Any:
    value = known.get(use.root)
    if use.attribute is None:
        return value
    return value.get(use.attribute) if isinstance(value, Mapping) else None
