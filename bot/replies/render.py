"""Turn a template and what is known into the texts that one platform accepts."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError, UndefinedError

from bot.config import Config
from bot.replies.compiled import NO_TEXTS, Compiled, Library
from bot.replies.draw import Drawn, drawn
from bot.replies.errors import (
    BrokenTemplate,
    EmptyReply,
    MissingVariable,
    ReplyError,
    ReplyTooLong,
    UnknownTemplate,
)
from bot.replies.header import addressed
from bot.replies.sandbox import MAX_BYTES, NotPlain, plain_variables
from bot.replies.source import TemplateFile
from bot.replies.variables import FACTS, TURN_VARIABLES, in_language
from channels.base import Capabilities
from channels.messages import Content, QuickReply, Surface
from channels.rich import fitted
from channels.text import split

log = logging.getLogger(__name__)

# Present in every template, so that "is defined" works on what they hold.
_EMPTY: Mapping[str, Any] = {"brand": {}, FACTS: {}, **{name: {} for name in TURN_VARIABLES}}
DISCLOSURE = "disclosure"
# What a filter or a comparison says to a value of the wrong kind.
_WRONG_VALUES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to send, and what it counts for in the reports.

    *ack* and *handoff* mark what is no answer yet, *expects_reply* a question to the customer.
    *template* is None for text that an action wrote itself, and nothing was *drawn* then. *lacks*
    tells which variable is missing where the template's fallback is said.
    """

    parts: tuple[Content, ...]
    template: str | None = None
    drawn: Drawn | None = None
    ack: bool = False
    handoff: bool = False
    expects_reply: bool = False
    lacks: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One variant of a template in *file*, what it speaks of, the reply or why there is none.

    *offers* is what would go along with its words on a platform that can show everything.
    """

    file: TemplateFile
    language: str
    variant: int
    uses: Sequence[str]
    offers: Content
    said: Reply | ReplyError


class Replies:
    """The templates of one brand, compiled once.

    Of two templates of one name, that in the earlier folder counts. The first language is the
    default. In *variables*, a mapping whose keys are all languages stands for its value in the
    language of the reply. A broken template stops nothing until it is needed; `check` finds it.
    *taught* are plain texts by name and language, for where no folder has a template.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        languages: Sequence[str],
        variables: Mapping[str, Any],
        *,
        taught: Mapping[tuple[str, str], str] = NO_TEXTS,
    ) -> None:
        self._languages = tuple(languages)
        self._library = Library(folders, languages, taught)
        self._variables = {
            language: {**_EMPTY, **plain_variables(in_language(variables, language, languages))}
            for language in languages
        }
        self._fixed: dict[tuple[Path, int], str] = {}

    @classmethod
    def of(cls, config: Config) -> "Replies":
        """The templates of *config*, which know the brand's name and the config's variables."""
        variables = {**config.variables, "brand": {"name": config.brand.name}}
        return cls(config.response_folders, config.brand.languages, variables)

    def render(
        self,
        template: str,
        *,
        language: str | None,
        capabilities: Capabilities,
        variables: Mapping[str, Any],
        conversation_seed: str,
        channel: str = "",
        quick_replies: Sequence[QuickReply] = (),
        wording: int = 0,
    ) -> Reply:
        """Say *template*: its version for *channel*, else for comments, else the plain one.

        A template missing in *language* is said in the default one. The same *conversation_seed*
        and *wording* always choose the same variant. Customers' words in *variables* are never
        templates. *quick_replies* come before its own. Raises a ReplyError when there is nothing
        fit to send.
        """
        compiled = self._find(template, language, self._versions(template, capabilities, channel))
        seed = f"{conversation_seed}#{wording}" if wording else conversation_seed
        variant = drawn(f"{seed}\0{template}", compiled.file.weights)
        reply = self._rendered(compiled, variant, template, capabilities, variables, quick_replies)
        if reply.lacks is not None:
            log.warning("%s; its fallback is sent", reply.lacks)
        return replace(reply, drawn=_drawn(compiled, variant, wording))

    def previews(
        self,
        template: str,
        *,
        language: str,
        capabilities: Capabilities,
        variables: Mapping[str, Any],
        channel: str = "",
    ) -> Iterator[Preview]:
        """Every variant of *template*, as `render` would say it.

        Raises UnknownTemplate, BrokenTemplate.
        """
        compiled = self._find(template, language, self._versions(template, capabilities, channel))
        for variant, names in enumerate(compiled.names):
            said: Reply | ReplyError
            offers = compiled.file.offers
            try:
                said = self._rendered(compiled, variant, template, capabilities, variables)
                offers = self._offers(compiled, template, variables)
            except ReplyError as exc:
                said = exc
            yield Preview(
                file=compiled.file,
                language=compiled.language,
                variant=variant,
                uses=sorted(names),
                offers=offers,
                said=said,
            )

    def _rendered(
        self,
        compiled: Compiled,
        variant: int,
        template: str,
        capabilities: Capabilities,
        variables: Mapping[str, Any],
        quick_replies: Sequence[QuickReply] = (),
    ) -> Reply:
        lacks = None
        try:
            text = self._text(compiled, variant, template, variables)
        except MissingVariable as exc:
            if compiled.file.fallback is None:
                raise
            text, lacks = compiled.file.fallback, str(exc)
        flags = compiled.file.flags
        offers = self._offers(compiled, template, variables)
        if quick_replies:
            offers = replace(offers, quick_replies=(*quick_replies, *offers.quick_replies))
        parts = fitted(replace(offers, text=text), capabilities)
        return Reply(
            parts=_allowed(parts, capabilities, template),
            template=template,
            drawn=_drawn(compiled, variant),
            ack="ack" in flags,
            handoff="handoff" in flags,
            expects_reply="expects_reply" in flags,
            lacks=lacks,
        )

    def plain(
        self, text: str, *, capabilities: Capabilities, quick_replies: Iterable[QuickReply] = ()
    ) -> Reply:
        """Cut *text* that needs no template, such as an action's own words.

        Raises EmptyReply and ReplyTooLong.
        """
        text = text.strip()
        if not text:
            raise EmptyReply("text of an action")
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise ReplyTooLong("text of an action")
        content = Content(text=text, quick_replies=tuple(quick_replies))
        return Reply(parts=fitted(content, capabilities))

    def with_disclosure(
        self,
        reply: Reply,
        *,
        language: str | None,
        capabilities: Capabilities,
        conversation_seed: str,
        channel: str = "",
    ) -> Reply:
        """Put before *reply* that a machine is speaking, by the template "disclosure".

        Raises a ReplyError where both together are more than may be said.
        """
        disclosure = self.render(
            DISCLOSURE,
            language=language,
            capabilities=capabilities,
            variables={},
            conversation_seed=conversation_seed,
            channel=channel,
        )
        words = "\n".join(part.text for part in disclosure.parts)
        if not reply.parts:
            return reply
        first, *others = reply.parts
        pieces = _cut(f"{words}\n\n{first.text}", capabilities)
        opening = [Content(text=piece) for piece in pieces[:-1]]
        parts = (*opening, replace(first, text=pieces[-1]), *others)
        return replace(reply, parts=_allowed(parts, capabilities, DISCLOSURE))

    def _text(
        self, compiled: Compiled, variant: int, template: str, variables: Mapping[str, Any]
    ) -> str:
        """The words of one variant; those that depend on nothing of the moment are said once."""
        names = compiled.names[variant]
        spoken_of = {name: variables[name] for name in names if name in variables}
        key = compiled.file.path, variant
        if not spoken_of and key in self._fixed:
            return self._fixed[key]
        known = {**self._variables[compiled.language], **plain_variables(spoken_of)}
        text = _said(compiled.variants[variant], template, known)
        if not spoken_of:
            self._fixed[key] = text
        return text

    def _offers(self, compiled: Compiled, template: str, variables: Mapping[str, Any]) -> Content:
        if not compiled.addresses:
            return compiled.file.offers
        known = {**self._variables[compiled.language], **plain_variables(variables)}
        said = {
            written: _said(address, template, known)
            for written, address in compiled.addresses.items()
        }
        return addressed(compiled.file.offers, lambda written: said.get(written, written))

    def _versions(self, template: str, capabilities: Capabilities, channel: str) -> list[str]:
        versions = [f"{template}.{channel}"] if channel else []
        if capabilities.surface is Surface.COMMENT:
            versions.append(f"{template}.comment")
        return [*versions, template]

    def _find(self, template: str, language: str | None, versions: Iterable[str]) -> Compiled:
        spoken = [language] if language in self._languages else []
        for each in (*spoken, self._languages[0]):
            for version in versions:
                found = self._library.find(version, each or "")
                if found is not None:
                    return found
        raise UnknownTemplate(template)


def _drawn(compiled: Compiled, variant: int, wording: int = 0) -> Drawn:
    return Drawn(
        language=compiled.language,
        version=compiled.file.name,
        variant=variant,
        of=len(compiled.variants),
        draw=compiled.file.draw,
        wording=wording,
    )


def _said(variant: Template, template: str, variables: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    try:
        for piece in variant.generate(variables):
            size += len(piece.encode("utf-8", "replace"))
            if size > MAX_BYTES:
                raise ReplyTooLong(template)
            pieces.append(piece)
    except UndefinedError as exc:
        raise MissingVariable(template, str(exc)) from exc
    except (TemplateError, NotPlain, *_WRONG_VALUES) as exc:
        raise BrokenTemplate(template, f"{type(exc).__name__}: {exc}") from exc
    text = "".join(pieces).strip()
    if not text:
        raise EmptyReply(template)
    return text


def _allowed(
    parts: tuple[Content, ...], capabilities: Capabilities, template: str
) -> tuple[Content, ...]:
    """*parts*, if the platform lets a bot say that many at once; half an answer is none."""
    if capabilities.one_reply and len(parts) > 1:
        raise ReplyTooLong(template, f"{len(parts)} messages where only one is allowed")
    return parts


def _cut(text: str, capabilities: Capabilities) -> list[str]:
    return split(text, limit=capabilities.max_text, unit=capabilities.unit) or [text]
