"""`antiphon replay`: what a changed brand would have answered to messages of the past."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.cli import failures, options

if TYPE_CHECKING:
    from bot.config import Config
    from bot.replay import Replayed

EXAMPLES = 3
_SHOWN = 60
_TOLD_EVERY = 1000


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "replay",
        help="tell what a changed brand would have answered before",
        description="Decides anew on the messages of the past days by the intents, rules and "
        "templates of --config, and shows where the answer would be another. Only reads, also "
        "while the service runs; sends nothing and runs no action. Exits 1 if anything differs.",
    )
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.add_argument("--days", type=int, default=30, metavar="N", help="of the past (30)")
    parser.add_argument("--channel", metavar="NAME", help="one channel only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Replay; 0 all as before, 1 something differs, 2 could not."""
    with failures.told("replay"):
        config = options.chosen_config(args)
        replayed = list(_progress(_replayed(args, config)))
    changed = [one for one in replayed if one.verdict == "changed"]
    if args.json:
        print(json.dumps(_as_json(replayed, changed), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(replayed, changed)))
    return 1 if changed else 0


def _replayed(args: argparse.Namespace, config: "Config") -> "Iterator[Replayed]":
    from bot.adapters import ADAPTERS, adapter
    from bot.replay import replay
    from bot.store.decided import decided
    from bot.understanding import answers, understanding

    now = datetime.now(UTC)
    since = now - timedelta(days=args.days)
    known = {name: adapter(name).capabilities for name in ADAPTERS}
    with options.reading(args, config) as connection:
        models = options.chosen_data(args, config) / "models"
        understand = understanding(config, models=models)
        told = answers(config, capabilities=known, usual_wait=lambda: None, now=now)
        past = decided(connection, since=since, until=now, channel=args.channel)
        yield from replay(past, understand, told)


def _progress(replayed: "Iterable[Replayed]") -> "Iterator[Replayed]":
    shown = sys.stderr.isatty()
    for number, one in enumerate(replayed, 1):
        if shown and number % _TOLD_EVERY == 0:
            print(f"\r{number} messages", end="", file=sys.stderr, flush=True)
        yield one
    if shown:
        print("\r", end="", file=sys.stderr)


def _lines(replayed: "list[Replayed]", changed: "list[Replayed]") -> Iterator[str]:
    skipped = sum(one.verdict == "skipped" for one in replayed)
    same = len(replayed) - skipped - len(changed)
    counts = f"{same} as before, {len(changed)} otherwise, {skipped} not compared"
    yield f"{len(replayed)} messages: {counts}"
    if skipped:
        yield "(not compared: what depends on an action, and what came while a person talked)"
    groups: defaultdict[tuple[str, str], list[Replayed]] = defaultdict(list)
    for one in changed:
        groups[one.was, one.now].append(one)
    for (was, now), found in sorted(groups.items(), key=lambda group: -len(group[1])):
        yield ""
        yield f"{len(found):6}  {was} -> {now}"
        for one in found[:EXAMPLES]:
            words = " ".join(_words(one).split())
            words = f"{words[:_SHOWN]}…" if len(words) > _SHOWN else words
            yield f"        {words!r}: {one.why}"


def _as_json(replayed: "list[Replayed]", changed: "list[Replayed]") -> dict[str, object]:
    return {
        "messages": len(replayed),
        "skipped": sum(one.verdict == "skipped" for one in replayed),
        "changed": [
            {
                "conversation": one.message.conversation,
                "at": one.message.sent_at.isoformat(),
                "text": _words(one),
                "was": one.was,
                "now": one.now,
                "why": one.why,
            }
            for one in changed
        ],
    }


def _words(one: "Replayed") -> str:
    """What the customer wrote, without what is nobody's business beyond the conversation."""
    from intents.personal import masked_personal

    return masked_personal(one.message.text or "")
