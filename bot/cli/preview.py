"""`antiphon preview`: what customers would read, template by template."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from bot.cli import failures, options, turns

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from bot.previews import Shown


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    from bot.adapters import ADAPTERS

    parser = subparsers.add_parser(
        "preview",
        help="show templates as customers would read them",
        description="Shows every variant of templates in each language of the brand, fitted to a "
        "channel, with what each speaks of, how much of the channel's limits it takes, and what "
        "the channel changes. What is known only at the moment stands in brackets.",
    )
    options.add_config(parser)
    options.add_json(parser)
    parser.add_argument("template", nargs="*", help="names of templates; all if left out")
    parser.add_argument(
        "--channel", choices=tuple(ADAPTERS), default="webchat", help="fit it to this one (webchat)"
    )
    parser.add_argument("--language", metavar="TAG", help="this language alone")
    parser.add_argument("--examples", action="store_true", help="show examples instead of brackets")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show them; 1 if one cannot be said, 2 if there is no such template or language."""
    from bot.variants import template_names

    with failures.told("preview"):
        config = options.chosen_config(args)
        names, languages = template_names(config), config.brand.languages
        chosen = args.template or names
        if args.language and args.language not in languages:
            return _unknown("language", args.language, languages)
        for each in chosen:
            if each not in names:
                return _unknown("template", each, names)
        found = list(_previews(args, config, chosen))
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print("\n\n".join("\n".join(_lines(one)) for one in found))
    return 1 if any(one["error"] for one in found) else 0


def _previews(
    args: argparse.Namespace, config: "Config", names: list[str]
) -> Iterator[dict[str, Any]]:
    from bot.adapters import adapter
    from bot.clock import utc_now
    from bot.previews import previews
    from bot.replies import Replies

    replies = Replies.of(config)
    can = adapter(args.channel).capabilities
    moment = _moment(args, config, utc_now())
    for name in names:
        for language in [args.language] if args.language else config.brand.languages:
            shown = previews(
                replies,
                name,
                config=config,
                language=language,
                channel=args.channel,
                capabilities=can,
                moment=moment(language),
            )
            yield from (_as_json(name, one, can.unit) for one in shown)


def _moment(
    args: argparse.Namespace, config: "Config", now: "datetime"
) -> "Callable[[str], dict[str, Any]]":
    """What is known only at the moment, by language."""
    from bot.checks import ORDER_VARIABLES
    from bot.replies.examples import brackets, examples

    actions = (*ORDER_VARIABLES, *config.action_variables)
    lists = tuple(config.understanding.lists)
    if not args.examples:
        return lambda _: brackets(actions, lists)
    hours = config.brand.opening_hours(range(now.year, now.year + 2))
    return lambda language: examples(language, hours=hours, now=now, actions=actions, lists=lists)


def _as_json(name: str, one: "Shown", unit: str) -> dict[str, Any]:
    return {
        "template": name,
        "language": one.language,
        "variant": one.variant + 1,
        "file": str(one.file.path) if one.file else "",
        "uses": list(one.uses),
        "messages": [list(turns.shown(content)) for content, _ in one.messages],
        "limits": [
            {each.counted: [each.used, each.most] for each in limits} for _, limits in one.messages
        ],
        "unit": unit,
        "changes": [str(change) for change in one.changes],
        "lacks": one.lacks,
        "error": one.error,
    }


def _lines(one: dict[str, Any]) -> Iterator[str]:
    uses = ", ".join(one["uses"]) or "nothing"
    yield f"{one['template']}  {one['language']}  variant {one['variant']}  speaks of {uses}"
    yield f"  {one['file']}"
    for message, limits in zip(one["messages"], one["limits"], strict=True):
        yield from (f"  | {line}" for each in message for line in each.splitlines())
        told = (_limit(what, *numbers, unit=one["unit"]) for what, numbers in limits.items())
        yield f"    {', '.join(told)}"
    for change in one["changes"]:
        yield f"  {change}"
    if one["lacks"]:
        yield f"  its fallback: {one['lacks']}"
    if one["error"] and one["messages"]:
        yield "  what stands in brackets above is missing"
    if one["error"]:
        yield f"  cannot be said: {one['error']}"


def _limit(what: str, used: int, most: int, *, unit: str) -> str:
    counted = unit if what == "text" else what.replace("_", " ")
    return f"{used} of {most:,} {counted}"


def _unknown(what: str, name: str, known: "list[str] | tuple[str, ...]") -> int:
    from bot.settings_source import did_you_mean

    told = f"there is no {what} {name!r}{did_you_mean(name, known)}"
    print(f"antiphon preview: {told}", file=sys.stderr)
    return failures.CANNOT
