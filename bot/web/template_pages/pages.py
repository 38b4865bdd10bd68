"""The list of templates, and one template as each channel would show it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.adapters import ADAPTERS, adapter
from bot.checks import ORDER_VARIABLES
from bot.previews import Shown, Variable, previews, variables_of
from bot.replies.examples import examples
from bot.replies.source import TemplateFile
from bot.store.agents import Role
from bot.web.auth import signed_in
from bot.web.keys import CAPABILITIES, CLOCK, CONFIG
from bot.web.pages import page
from bot.web.template_pages.shelf import Entry, Shelf, Shelves
from channels.base import Capabilities

SHELVES = web.AppKey("SHELVES", Shelves)
# What the list can be narrowed to.
KINDS = ("all", "own", "variants", "problems")
LONGEST_SEARCH = 100
USUAL_CHANNEL = "webchat"


def setup(app: web.Application) -> None:
    """Add the routes; who may see them has to be a manager."""
    app[SHELVES] = Shelves()
    guard = signed_in(Role.MANAGER)
    app.router.add_get("/templates", guard(listed))
    app.router.add_get("/templates/{name:[^/]{1,100}}", guard(one))


async def listed(request: web.Request) -> web.Response:
    """Every template of the brand, or those that hold some words."""
    kind, words = request.query.get("kind") or "all", request.query.get("q", "").strip()
    if kind not in KINDS or len(words) > LONGEST_SEARCH:
        raise web.HTTPUnprocessableEntity
    shelf = await present(request)
    found = [entry for entry in shelf.found(words) if _of_kind(entry, kind)]
    return page(
        request,
        "template_pages/list.html",
        shelf=shelf,
        entries=found,
        total=len(shelf.entries),
        kind=kind,
        kinds=KINDS,
        words=words,
    )


async def one(request: web.Request) -> web.Response:
    """One template, in every language and variant, as one channel shows it."""
    shelf = await present(request)
    entry = entry_of(request, shelf)
    channel = request.query.get("channel") or _usual_channel(request)
    if channel not in ADAPTERS:
        raise web.HTTPUnprocessableEntity
    closed = request.query.get("hours") == "closed"
    can = _capabilities(request, channel)
    now = request.app[CLOCK]()
    languages = await asyncio.to_thread(
        lambda: [
            _language(shelf, entry, language, channel, can, _moment(shelf, language, now, closed))
            for language in shelf.config.brand.languages
        ]
    )
    return page(
        request,
        "template_pages/one.html",
        shelf=shelf,
        entry=entry,
        channel=channel,
        can=can,
        closed=closed,
        connected=[name for name in ADAPTERS if name in request.app[CAPABILITIES]],
        others=[name for name in ADAPTERS if name not in request.app[CAPABILITIES]],
        spoken=languages,
        timely=any("hours" in each.uses for spoken in languages for each in spoken["shown"]),
    )


async def present(request: web.Request) -> Shelf:
    """The brand's templates as they lie on disk."""
    return await asyncio.to_thread(request.app[SHELVES].present, request.app[CONFIG])


def entry_of(request: web.Request, shelf: Shelf) -> Entry:
    """The template of the address. Raises HTTPNotFound."""
    found = shelf.entries.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    return found


def _language(
    shelf: Shelf,
    entry: Entry,
    language: str,
    channel: str,
    can: Capabilities,
    moment: Mapping[str, Any],
) -> dict[str, Any]:
    shown = previews(
        shelf.replies,
        entry.name,
        config=shelf.config,
        language=language,
        channel=channel,
        capabilities=can,
        moment=moment,
    )
    file = next((each.file for each in shown if each.file is not None), None)
    return {
        "language": language,
        "shown": shown,
        "file": file,
        "borrowed": _borrowed(shown, language),
        "variables": _variables(file, shelf, language, moment),
    }


def _borrowed(shown: list[Shown], language: str) -> str | None:
    """The language that is said instead, because there is no translation."""
    return next((each.language for each in shown if each.language != language), None)


def _variables(
    file: TemplateFile | None, shelf: Shelf, language: str, moment: Mapping[str, Any]
) -> list[Variable]:
    return [] if file is None else variables_of(file, shelf.config, language, moment)


def _moment(shelf: Shelf, language: str, now: Any, closed: bool) -> dict[str, Any]:
    config = shelf.config
    return examples(
        language,
        hours=config.brand.opening_hours(range(now.year, now.year + 2)),
        now=now,
        closed=closed,
        actions=(*ORDER_VARIABLES, *config.action_variables),
        lists=tuple(config.understanding.lists),
    )


def _usual_channel(request: web.Request) -> str:
    return next((name for name in ADAPTERS if name in request.app[CAPABILITIES]), USUAL_CHANNEL)


def _capabilities(request: web.Request, channel: str) -> Capabilities:
    known = request.app[CAPABILITIES].get(channel)
    return known or adapter(channel).capabilities


def _of_kind(entry: Entry, kind: str) -> bool:
    match kind:
        case "own":
            return entry.origin != "built_in"
        case "variants":
            return entry.variants > 1
        case "problems":
            return bool(entry.problems)
        case _:
            return True
