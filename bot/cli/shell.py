"""`antiphon shell`: talk to the brand at the keyboard, on any channel's rules."""

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

from bot.cli import failures, turns

if TYPE_CHECKING:
    from bot.talk import Talk, Turn

HELP = """Write what a customer would.
  /tap NUMBER   tap what was offered last, counted from 1
  /why          everything that led to the last answer
  /new          begin a new conversation
  /help         this; Ctrl+D ends"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "shell",
        help="talk to the brand at the keyboard",
        description="Answers what you write as the brand would on a channel, and says why. Reads "
        "lines, from a file or pipe too. Nothing is stored or sent; the brand's actions run.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    turns.add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Talk until the input ends; 2 if the brand's configuration is wrong."""
    with failures.told("shell"):
        talk = turns.talk(args)
    shell = _Shell(talk, as_json=args.json)
    if sys.stdin.isatty():
        import readline  # noqa: F401 - arrow keys and history

        print(f"{args.channel}: write what a customer would; /help says more, Ctrl+D ends")
    asyncio.run(shell.talk())
    return 0


class _Shell:
    def __init__(self, talk: "Talk", *, as_json: bool) -> None:
        self._talk = talk
        self._as_json = as_json
        self._last: Turn | None = None

    async def talk(self) -> None:
        """Answer line by line."""
        while (line := await asyncio.to_thread(_line)) is not None:
            if line.startswith("/"):
                await self._command(*line.split(maxsplit=1))
            elif line:
                self._show(await self._talk.says(line))

    async def _command(self, name: str, given: str = "") -> None:
        match name:
            case "/tap":
                await self._tap(given)
            case "/why" if self._last is not None:
                for key, value in turns.explained(self._last):
                    print(f"  {key:<12} {value}")
            case "/why":
                print("nothing was said yet")
            case "/new":
                self._talk.conversation = self._last = None
                print("a new conversation")
            case "/help":
                print(HELP)
            case _:
                print(f"there is no {name}; /help lists what there is")

    async def _tap(self, number: str) -> None:
        conversation = self._talk.conversation
        offered = conversation.choices if conversation else ()
        if not number.isdecimal() or not 0 < int(number) <= len(offered):
            told = ", ".join(f"{at} {title}" for at, (title, _) in enumerate(offered, 1))
            print(f"offered: {told}" if told else "nothing is offered")
            return
        title, payload = offered[int(number) - 1]
        self._show(await self._talk.says(title, payload=payload))

    def _show(self, turn: "Turn") -> None:
        self._last = turn
        if self._as_json:
            print(json.dumps(turns.as_json(turn), ensure_ascii=False), flush=True)
            return
        for line in turns.said(turn):
            print(*(f"  | {each}" for each in line.splitlines()), sep="\n")
        print(f"  {turns.short(turn)}", flush=True)


def _line() -> str | None:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return None
