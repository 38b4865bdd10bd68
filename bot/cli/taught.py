"""`antiphon taught`: what agents taught, to look at or to keep in the brand's own folder."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import failures, options

if TYPE_CHECKING:
    from bot.config import Config
    from bot.store.teaching import Example
    from bot.taught import Taught


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "taught",
        help="list what agents taught at the desk, or write it for the brand's own folder",
        description="Lists the examples that agents taught, withdrawn ones, too. With --yaml, "
        "writes those in use into a new folder: whole intents, as the brand's own folder needs "
        "them, and texts of new intents. What goes into config.yml is printed.",
    )
    options.add_config(parser)
    options.add_data(parser)
    form = parser.add_mutually_exclusive_group()
    options.add_json(form)
    form.add_argument("--yaml", type=Path, metavar="DIR", help="write what is in use into DIR")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List or write; 2 if there is no database, or DIR holds such files."""
    from bot.store import teaching

    with failures.told("taught"):
        config = options.chosen_config(args)
        with options.reading(args, config) as connection:
            examples, used = teaching.everything(connection), teaching.standing(connection)
        if args.yaml:
            return _written(config, used, args.yaml)
    if args.json:
        told = [asdict(one) | {"at": one.at.isoformat()} for one in examples]
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _list(examples)
    return 0


def _list(examples: "list[Example]") -> None:
    for one in examples:
        print(f"{one.id:>5}  {one.state:<9}  {one.intent:<24}  {one.at:%Y-%m-%d %H:%MZ}  {one.by}")
        print(f"       {one.text}")
    if not examples:
        print("nothing has been taught", file=sys.stderr)


def _written(config: "Config", used: "Taught", folder: Path) -> int:
    from bot.keeping import NotEmpty, keep, rules

    try:
        files = keep(config, used, folder)
    except NotEmpty as exc:
        print(f"antiphon taught: {exc}", file=sys.stderr)
        return failures.CANNOT
    print(*files, sep="\n", file=sys.stderr)
    if more := rules(used):
        print(f"# for config.yml\n{more}", end="")
    return 0
