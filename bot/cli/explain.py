"""`antiphon explain`: why the brand would answer a message as it would."""

import argparse
import asyncio
import json
from typing import TYPE_CHECKING

from bot.cli import failures, turns

if TYPE_CHECKING:
    from bot.talk import Turn


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "explain",
        help="tell why a message is answered as it is",
        description="Shows what a message means to the brand, what decided that, what would be "
        "answered on a channel, and how long it took. Several messages are one conversation. "
        "Nothing is stored or sent; the brand's actions run.",
    )
    turns.add_options(parser)
    parser.add_argument("text", nargs="+", help="what the customer says, each message in quotes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain each message; 2 if the brand's configuration is wrong."""
    with failures.told("explain"):
        talk = turns.talk(args)

        async def play() -> "list[Turn]":
            return [await talk.says(text) for text in args.text]

        played = asyncio.run(play())
    if args.json:
        print(json.dumps(list(map(turns.as_json, played)), ensure_ascii=False, indent=2))
        return 0
    for turn in played:
        for name, value in turns.explained(turn):
            print(f"{name:<12} {value}")
        for line in turns.said(turn):
            print(*(f"  | {each}" for each in line.splitlines()), sep="\n")
        print()
    return 0
