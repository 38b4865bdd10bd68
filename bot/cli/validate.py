"""`antiphon validate`: everything wrong with what a brand has written, each with its place."""

import argparse
import json

from bot.checks import check, notes
from bot.cli import options
from bot.config import ConfigError, Problem


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "validate",
        help="check config, intents, templates and actions",
        description="Checks config, intents, templates, translations and actions. Exits 1 if "
        "anything is wrong. Uses no network.",
    )
    options.add_config(parser)
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every problem; 1 if there are any."""
    problems, notes = _found(args)
    if args.json:
        told = {"problems": list(map(_as_json, problems)), "notes": list(map(_as_json, notes))}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 1 if problems else 0
    for note in notes:
        print(f"{note} (no mistake)")
    if problems:
        print("\n".join(map(str, problems)))
        print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}")
    else:
        print(f"{args.config}: all is well")
    return 1 if problems else 0


def _found(args: argparse.Namespace) -> tuple[list[Problem], list[Problem]]:
    try:
        config = options.chosen_config(args)
    except ConfigError as exc:
        return exc.problems, []
    return check(config), notes(config)


def _as_json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "place": problem.place,
        "message": problem.message,
    }
