"""`antiphon import history`: what a platform exported, in the brand's own log."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.cli import failures, options

if TYPE_CHECKING:
    from bot.config import Config
    from bot.exports.export import Export
    from bot.exports.formats import Format
    from bot.history import Outcome
    from bot.store.database import Database

T = TypeVar("T")
_BETWEEN_TWO_SIGNS = 0.2


class CannotImport(Exception):
    """This cannot be brought in."""


def add_parsers(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `history` and `list`."""
    purpose = "conversations that a platform exported, for reports and desk"
    history = kinds.add_parser(
        "history",
        help=purpose,
        description="Brings the export at PATH (a file, a folder or a zip; docs/exports.md tells "
        "which) into the brand's log, closed and never answered. What is there already is left "
        "alone, so it may be given twice, and go on where it was cut off. It may run beside the "
        "service.",
    )
    history.add_argument("path", nargs="?", type=Path, metavar="PATH", help="an export")
    history.add_argument(
        "--account", metavar="NAME", help="whose it is: ACCOUNT or CHANNEL/ACCOUNT of config.yml"
    )
    history.add_argument("--dry-run", action="store_true", help="only tell what would come in")
    history.add_argument("--undo", type=int, metavar="ID", help="take an import out again")
    history.add_argument("--tz", metavar="ZONE", help="of times without one (the brand's)")
    _add_reading(history)
    _add_shared(history)
    listed = kinds.add_parser("list", help="the histories that were brought in")
    _add_shared(listed)


def run(args: argparse.Namespace) -> int:
    """0 done, 2 not done."""
    from bot.exports.errors import ExportError
    from bot.store.history import ImportUndone

    with failures.told("import"):
        config = options.chosen_config(args)
        try:
            if args.framework == "list":
                return _list(args, config)
            return _undo(args, config) if args.undo is not None else _bring(args, config)
        except (CannotImport, ExportError, ImportUndone) as exc:
            print(f"antiphon import: {failures.sentence(exc)}", file=sys.stderr)
            return failures.CANNOT


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--brand", metavar="NAME", help="who the brand is (who is in most chats)")
    parser.add_argument(
        "--ack",
        action="append",
        default=[],
        metavar="TEXT",
        help="a message of the brand with TEXT is an automatic reply, no answer (repeatable)",
    )
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="TEXT",
        help="a message of the brand with TEXT is an answer, however fast it came (repeatable)",
    )
    parser.add_argument(
        "--date-order",
        choices=["dmy", "mdy", "ymd"],
        help="of dates such as 3/4/26 (from the dates)",
    )
    parser.add_argument("--format", metavar="NAME", help="if exports of several kinds lie together")


def _add_shared(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)


def _bring(args: argparse.Namespace, config: "Config") -> int:
    from bot.exports.export import Export, Told
    from bot.exports.formats import Reading
    from bot.history import bring, check_times, source_of

    if args.path is None:
        raise CannotImport("say which export, or what to --undo")
    told = Told(
        brand=args.brand,
        automatic=tuple(args.ack),
        answers=tuple(args.answer),
        format=args.format,
    )
    with Export(
        args.path, Reading(zone=_zone(args, config), date_order=args.date_order), told
    ) as export:
        channel, account = _account(args.account, export.format, config)
        check_times(export, datetime.now(UTC))
        source = source_of(export, channel=channel, account=account)
        with _Progress(export.counts.messages) as progress:

            def work(database: "Database") -> "Awaitable[Outcome]":
                return bring(
                    database, export, source, clock=_now, progress=progress.see, dry=args.dry_run
                )

            outcome = asyncio.run(_on_database(args, config, work))
        _tell(args, export, f"{channel}/{account}", outcome)
    return 0


def _undo(args: argparse.Namespace, config: "Config") -> int:
    from bot.history import undo

    if args.dry_run:
        raise CannotImport("--dry-run tells what would come in, not what --undo would take out")
    with _Progress(None) as progress:
        gone = asyncio.run(
            _on_database(
                args,
                config,
                lambda database: undo(database, args.undo, clock=_now, progress=progress.see),
            )
        )
    if gone is None:
        raise CannotImport(f"there is no import {args.undo}; antiphon import list tells them")
    if args.json:
        print(json.dumps({"import": args.undo, "rows": gone}))
    else:
        print(f"import {args.undo} is undone: {gone} rows are gone")
    return 0


def _list(args: argparse.Namespace, config: "Config") -> int:
    from bot.store.undoing import listed

    with options.reading(args, config) as connection:
        rows = [dict(row._mapping) for row in listed(connection)]
    if args.json:
        print(json.dumps(rows, default=str, indent=1))
        return 0
    for row in rows:
        print(
            f"{row['id']:>4}  {row['began_at']:%Y-%m-%d %H:%M}Z  "
            f"{row['channel']}/{row['account']}  {row['format']}  "
            f"{row['conversations']} conversations, {row['messages']} messages{_standing(row)}"
        )
    if not rows:
        print("nothing was brought in yet")
    return 0


def _standing(row: dict[str, Any]) -> str:
    if row["undone_at"] is not None:
        return "  (undone)"
    return "" if row["ended_at"] is not None else "  (cut off; import it again to go on)"


async def _on_database(
    args: argparse.Namespace, config: "Config", work: "Callable[[Database], Awaitable[T]]"
) -> T:
    from bot.store import schema
    from bot.store.database import Database

    database = Database(config.store.address(options.chosen_data(args, config)))
    schema.prepare(database.engine)
    database.start()
    try:
        return await work(database)
    finally:
        await database.close()


def _account(wanted: str | None, format: "Format", config: "Config") -> tuple[str, str]:
    """The account of the brand that an export belongs to."""
    every = [(channel, each.account) for channel, each in config.accounts()]
    # What is no channel of ours, such as a help desk, may hold any channel's messages.
    ours = [one for one in every if one[0] == format.channel] or every
    if wanted is not None:
        ours = [one for one in ours if wanted in (one[1], "/".join(one))]
    names = ", ".join("/".join(one) for one in every)
    match ours:
        case [one]:
            return one
        case []:
            raise CannotImport(
                f"config.yml has no account {wanted or ''} for {format.title}; it has {names}"
            )
        case _:
            raise CannotImport(f"say with --account whose it is: {names}")


def _zone(args: argparse.Namespace, config: "Config") -> ZoneInfo:
    if args.tz is None:
        return config.brand.timezone
    try:
        return ZoneInfo(args.tz)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise CannotImport(f"{args.tz!r} is no time zone such as Asia/Taipei") from exc


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(args: argparse.Namespace, export: "Export", place: str, outcome: "Outcome") -> None:
    if args.json:
        facts = {"format": export.format.name, "account": place, "brand": export.brand.name}
        print(json.dumps({**facts, **asdict(outcome)}, ensure_ascii=False))
        return
    print(f"{export.format.title}, of {export.brand.name}, for {place}")
    came = "would come in" if args.dry_run else "came in"
    known = outcome.seen - outcome.messages
    print(f"{outcome.messages} messages {came}, {outcome.conversations} new conversations")
    print(f"{known} of its messages were there already")
    if outcome.erased_messages:
        stay = "would stay out" if args.dry_run else "stayed out"
        print(
            f"{outcome.erased_messages} messages of {outcome.erased_customers} customers {stay}: "
            "these customers were erased after they wrote them"
        )
    if outcome.id is not None and not args.dry_run:
        print(f"to take it out again: antiphon import history --undo {outcome.id}")


class _Progress:
    """Says on a terminal how far it is."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._tty = sys.stderr.isatty()
        self._said_at = 0.0

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._said_at:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def see(self, done: int) -> None:
        """Tell how many are done."""
        now = time.monotonic()
        if self._tty and now - self._said_at > _BETWEEN_TWO_SIGNS:
            self._said_at = now
            of = "" if self._total is None else f" of {self._total:,} messages"
            print(f"\r\x1b[K{done:,}{of}", end="", file=sys.stderr, flush=True)
