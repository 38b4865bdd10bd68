"""`antiphon preview`: what customers would read, template by template."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.cli import failures, options, turns

if TYPE_CHECKING:
    from bot.config import Config
    from bot.replies import Preview


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    from bot.adapters import ADAPTERS

    parser = subparsers.add_parser(
        "preview",
        help="show templates as customers would read them",
        description="Shows every variant of templates in each language of the brand, fitted to a "
        "channel, with what each speaks of. What is known only at the moment stands in brackets.",
    )
    options.add_config(parser)
    options.add_json(parser)
    parser.add_argument("template", nargs="*", help="names of templates; all if left out")
    parser.add_argument(
        "--channel", choices=tuple(ADAPTERS), default="webchat", help="fit it to this one (webchat)"
    )
    parser.add_argument("--language", metavar="TAG", help="this language alone")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show them; 1 if one cannot be said, 2 if there is no such template or language."""
    with failures.told("preview"):
        config = options.chosen_config(args)
        names, languages = _names(config), config.brand.languages
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


def _names(config: "Config") -> list[str]:
    """The templates of all languages, without their versions for a channel or for comments."""
    from bot.replies.source import template_paths

    paths = [template_paths(config.response_folders, each) for each in config.brand.languages]
    return sorted({name.partition(".")[0] for found in paths for name in found})


def _previews(
    args: argparse.Namespace, config: "Config", names: list[str]
) -> Iterator[dict[str, Any]]:
    from bot.adapters import adapter
    from bot.replies import Replies, ReplyError, UnknownTemplate

    replies = Replies.of(config)
    can = adapter(args.channel).capabilities
    for name in names:
        for language in [args.language] if args.language else config.brand.languages:
            previews = replies.previews(
                name,
                language=language,
                capabilities=can,
                variables=_specimens(config),
                channel=args.channel,
            )
            try:
                yield from (
                    _as_json(name, number, one) for number, one in enumerate(previews, start=1)
                )
            except UnknownTemplate:
                # It has versions for other channels only.
                continue
            except ReplyError as exc:
                yield _told(name, language, error=str(exc))


def _specimens(config: "Config") -> dict[str, Any]:
    """Everything that is known only at the moment, as its own name in brackets."""
    from bot.checks import ORDER_VARIABLES
    from bot.replies.variables import TURN_VARIABLES

    told: dict[str, Any] = {
        name: {each: f"[{name}.{each}]" for each in keys} for name, keys in TURN_VARIABLES.items()
    }
    told["entities"] |= {name: f"[entities.{name}]" for name in config.understanding.lists}
    return told | {name: f"[{name}]" for name in (*ORDER_VARIABLES, *config.action_variables)}


def _as_json(name: str, variant: int, one: "Preview") -> dict[str, Any]:
    from bot.replies import ReplyError

    told = _told(name, one.language, variant, file=str(one.file), uses=one.uses)
    if isinstance(one.said, ReplyError):
        return told | {"error": str(one.said)}
    return told | {"messages": [list(turns.shown(part)) for part in one.said.parts]}


def _told(
    name: str,
    language: str,
    variant: int = 1,
    *,
    file: str = "",
    uses: Sequence[str] = (),
    error: str | None = None,
) -> dict[str, Any]:
    return {
        "template": name,
        "language": language,
        "variant": variant,
        "file": file,
        "uses": list(uses),
        "messages": [],
        "error": error,
    }


def _lines(one: dict[str, Any]) -> Iterator[str]:
    uses = ", ".join(one["uses"]) or "nothing"
    yield f"{one['template']}  {one['language']}  variant {one['variant']}  speaks of {uses}"
    yield f"  {one['file']}"
    for message in one["messages"]:
        yield from (f"  | {line}" for each in message for line in each.splitlines())
    if one["error"]:
        yield f"  cannot be said: {one['error']}"


def _unknown(what: str, name: str, known: "list[str] | tuple[str, ...]") -> int:
    from bot.settings_source import did_you_mean

    told = f"there is no {what} {name!r}{did_you_mean(name, known)}"
    print(f"antiphon preview: {told}", file=sys.stderr)
    return failures.CANNOT
