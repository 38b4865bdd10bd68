"""`antiphon test`: plays a brand's test stories and tells where it answers otherwise."""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import failures, options

if TYPE_CHECKING:
    from bot.playing import Miss


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "test",
        help="play test stories against a brand",
        description="Plays the test stories in tests/*.yml beside the configuration: what "
        "customers say, what it means and what is done then. Exits 1 if anything goes otherwise. "
        "Uses no network of its own; the brand's actions run.",
    )
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.add_argument("--stories", type=Path, metavar="FILE", help="play this file alone")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play every story; 1 if one goes otherwise, 2 if there is none or the brand is wrong."""
    with failures.told("test"):
        return _played(args)


def _played(args: argparse.Namespace) -> int:
    from bot.clock import utc_now
    from bot.playing import Player, stories

    config = options.chosen_config(args)
    files = [args.stories] if args.stories else sorted((config.folder / "tests").glob("*.yml"))
    read = [stories(file) for file in files]
    problems = [problem for _, wrong in read for problem in wrong]
    found = [story for some, _ in read for story in some]
    if problems or not found:
        why = "\n".join(map(str, problems)) or _none_in(config.folder / "tests")
        print(f"antiphon test: {why}", file=sys.stderr)
        return 2
    player = Player(config, options.chosen_data(args, config) / "models", now=utc_now())

    async def play() -> "list[list[Miss]]":
        return [await player.play(story) for story in found]

    misses = asyncio.run(play())
    _print(misses, as_json=args.json)
    return 1 if any(misses) else 0


def _none_in(folder: Path) -> str:
    return (
        f"there are no stories in {folder}; write some into a file there, or give --stories FILE:\n"
        "stories:\n  - story: greeting\n    steps:\n      - user: hello\n        intent: greet\n"
        "      - action: utter_greet"
    )


def _print(misses: "list[list[Miss]]", *, as_json: bool) -> None:
    kept = sum(not each for each in misses)
    all_of = [miss for each in misses for miss in each]
    if as_json:
        told = {"stories": len(misses), "kept": kept, "misses": [asdict(each) for each in all_of]}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for miss in all_of:
        print(miss)
    print(f"{kept} of {len(misses)} stories go as told")
