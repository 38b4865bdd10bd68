"""`antiphon report PATH`: the response times in an export, without a project or a network."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from bot.exports.export import Export
    from bot.exports.outcome import Outcome
    from bot.exports.source import Member

Instant = Callable[[str | None, ZoneInfo], datetime | None]
# Only to count by these; nothing depends on it.
_BETWEEN_TWO_SIGNS = 0.2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what only a report on an export takes."""
    group = parser.add_argument_group("of an export (PATH)")
    group.add_argument("--brand", metavar="NAME", help="who the brand is (who is in most chats)")
    group.add_argument(
        "--ack",
        action="append",
        default=[],
        metavar="TEXT",
        help="a message of the brand with TEXT is an automatic reply, no answer (repeatable)",
    )
    group.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="TEXT",
        help="a message of the brand with TEXT is an answer, however fast it came (repeatable)",
    )
    group.add_argument(
        "--date-order",
        choices=["dmy", "mdy", "ymd"],
        help="of dates such as 3/4/26 (from the dates)",
    )
    group.add_argument("--format", metavar="NAME", help="if exports of several kinds lie together")
    group.add_argument("--html", type=Path, metavar="FILE", help="write a page to forward")
    group.add_argument(
        "--language", choices=["zh-Hant", "en"], default="en", help="of the page (en)"
    )
    group.add_argument(
        "--names", action="store_true", help="write customers' names into the page (initials)"
    )


def report(args: argparse.Namespace, instant: Instant) -> int:
    """Report on args.path. Raises ExportError."""
    from bot.exports.export import Export, Told
    from bot.exports.formats import Reading
    from bot.exports.outcome import outcome, window_of

    zone = args.tz or local_zone()
    told = Told(
        brand=args.brand,
        automatic=tuple(args.ack),
        answers=tuple(args.answer),
        format=args.format,
    )
    with _Progress(sys.stderr) as progress:
        reading = Reading(zone=zone, date_order=args.date_order, progress=progress.see)
        with Export(args.path, reading, told) as export:
            window = window_of(
                export,
                zone,
                start_at=instant(args.start, zone),
                end_at=instant(args.end, zone),
                as_of=instant(args.as_of, zone),
            )
            found = outcome(export, window, zone)
            progress.end()
            _write(args, export, found)
    return 0


def local_zone() -> ZoneInfo:
    """This machine's zone; UTC if it does not tell."""
    link = Path("/etc/localtime")
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named and link.is_symlink():
        named = str(link.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(named or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _write(args: argparse.Namespace, export: "Export", found: "Outcome") -> None:
    if args.csv:
        from bot.reports.csv import to_csv
        from bot.reports.report import columns_of_asks, rows_of

        rows = to_csv(rows_of(found.cohort), columns=columns_of_asks())
        args.csv.write_text(rows, encoding="utf-8", newline="")
    if args.html:
        from bot.cli.report_page import page

        text = page(export, found, language=args.language, names=args.names)
        args.html.write_text(text, encoding="utf-8")
    if args.json:
        _write_json(export, found, sys.stdout)
    else:
        from bot.cli.report_export_text import told

        print(told(export, found))
        if args.html:
            print(f"\nwritten: {args.html}")


def _write_json(export: "Export", found: "Outcome", out: TextIO) -> None:
    """Messages one by one: an export may hold millions."""
    from bot.exports.words import Numbers, events_json, outcome_json
    from bot.reports.asks import Rules

    numbers = Numbers(export)
    out.write('{\n "events": [')
    for place, event in enumerate(events_json(export, numbers)):
        out.write(",\n  " if place else "\n  ")
        out.write(json.dumps(event, ensure_ascii=False))
    rest = json.dumps(outcome_json(export, found, numbers, Rules()), ensure_ascii=False, indent=1)
    out.write(f"\n ],\n{rest.removeprefix('{').lstrip(chr(10))}\n")


class _Progress:
    """Says on a terminal how many files were read."""

    def __init__(self, out: TextIO) -> None:
        self._out = out if out.isatty() else None
        self._files = 0
        self._said_at = 0.0

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def see(self, member: "Member") -> None:
        self._files += 1
        now = time.monotonic()
        if self._out and now - self._said_at > _BETWEEN_TWO_SIGNS:
            self._said_at = now
            self._out.write(f"\r\x1b[Kreading: {self._files:,} files")
            self._out.flush()

    def end(self) -> None:
        if self._out and self._said_at:
            self._out.write("\r\x1b[K")
            self._out.flush()
            self._said_at = 0.0
