"""The command line: one module per command, of which only the chosen one is imported."""

import argparse
import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

# Name and help of every command; its module is bot.cli.NAME with add_parser and run.
COMMANDS: Mapping[str, str] = {
    "init": "write a brand's own project into a new folder",
    "import": "move in: a history that a platform exported, or a Rasa bot",
    "run": "answer customers: web server, worker and sender in one process",
    "demo": "run the demo brand with simulated customers, with fresh log-ins",
    "validate": "check config, intents, templates and actions, without any network",
    "test": "play test stories against a brand and tell where it answers otherwise",
    "doctor": "check this machine: data folder, database, Redis, clock, closures",
    "user": "add, list and disable the people who use the desk",
    "token": "make, list and revoke what programs read the reports with",
    "channels": "connect platforms, and look into what they send",
    "simulate": "play customers and platforms against a running service",
    "report": "tell how fast a brand answered its customers, and who still waits",
    "recompute": "work the asks out anew from the log, and tell whether they were kept right",
    "erase": "forget a customer who asks for it",
    "parked": "list, replay or drop events that could not be handled",
    "explain": "tell why a message is answered as it is",
    "shell": "talk to the brand at the keyboard, on any channel's rules",
    "preview": "show templates as customers would read them",
    "variants": "tell what customers did after each variant of a template",
    "replay": "tell what a changed brand would have answered before",
    "taught": "list what agents taught at the desk, or write it for the brand's own folder",
    "train": "train the intent model ahead of the first start",
    "evaluate": "measure how well messages are understood",
}


# Nothing that a start makes is garbage; looking for some took a tenth of its time.
COLLECT_AFTER = (100_000, 20, 100)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 something found wrong, 2 not done."""
    prepare_memory()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _main(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain while it exits.
        sys.stdout = None
        return 0


def prepare_memory() -> None:
    """Look for garbage as seldom as a command does."""
    gc.set_threshold(*COLLECT_AFTER)


def _main(words: list[str]) -> int:
    chosen = next((word for word in words if not word.startswith("-")), None)
    if chosen is not None and chosen not in COMMANDS:
        print(f"antiphon: there is no command {chosen!r}{_hint(chosen)}", file=sys.stderr)
        return 2
    args = _parser(chosen).parse_args(words)
    code: int = args.run(args)
    return code


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="antiphon",
        description="Answers the messages and comments that customers send a brand.",
        epilog="antiphon COMMAND --help explains one command.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, told in COMMANDS.items():
        if name == chosen:
            module = importlib.import_module(f"bot.cli.{name}")
            module.add_parser(commands)
        else:
            commands.add_parser(name, help=told)
    return parser


def _hint(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=1)
    return f"; did you mean {near[0]!r}?" if near else "; antiphon --help lists them"


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"antiphon {_version()}")
        parser.exit()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("antiphon")
    except PackageNotFoundError:
        return "(not installed)"
