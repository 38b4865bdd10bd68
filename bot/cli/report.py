"""`antiphon report`: how many were answered, and how fast, from the log or from an export."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.cli import failures, options, report_export

if TYPE_CHECKING:
    from bot.config import Config
    from bot.reports.choice import Choice
    from bot.reports.events import Event

_DAY = timedelta(days=1)


class CannotReport(Exception):
    """The report cannot be made from this."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "report",
        help="tell how many were answered and how fast",
        description=(
            "Reports the asks opened from --start until before --end, unanswered ones included, "
            "as everything stood at --as-of. Only reads, also while the service runs. With PATH it "
            "reports on a history that a platform exported (LINE, WhatsApp, Facebook, Instagram, "
            "Messenger, X, Telegram, Chatwoot, Zendesk, Intercom): a file, a folder or a zip. That "
            "needs no project and no network."
        ),
    )
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="an export")
    options.add_config(parser)
    options.add_data(parser)
    when = "YYYY-MM-DD, its midnight, or an instant such as 2026-11-23T09:00+08:00"
    parser.add_argument(
        "--start", metavar="WHEN", help=f"{when} (27 days before today; all of PATH)"
    )
    parser.add_argument("--end", metavar="WHEN", help="the first instant left out (--as-of)")
    parser.add_argument(
        "--as-of", metavar="WHEN", help="what came later is unknown (now; when PATH was made)"
    )
    parser.add_argument("--tz", type=_zone, metavar="ZONE", help="for days (the brand's zone)")
    parser.add_argument("--channel", metavar="NAME", help="one channel only")
    options.add_json(parser)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the asks, one per row")
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="FILE",
        help="check the arithmetic against cases, nothing else",
    )
    report_export.add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Report; 0 done, 1 a case differs, 2 could not."""
    with failures.told("report"):
        try:
            if args.cases:
                return _check(args.cases)
            if args.path:
                return _report_export(args)
            return _report(args, datetime.now(UTC))
        except (CannotReport, options.NoDatabase) as exc:
            print(f"antiphon report: {exc}", file=sys.stderr)
            return failures.CANNOT


def _report_export(args: argparse.Namespace) -> int:
    from bot.exports.errors import ExportError

    if args.channel is not None:
        raise CannotReport("--channel is for the log; an export has one channel")
    try:
        return report_export.report(args, _instant)
    except ExportError as exc:
        raise CannotReport(str(exc)) from exc


def _check(file: Path) -> int:
    from bot.reports.cases import check

    try:
        results = check(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as exc:
        raise CannotReport(f"{file} holds no cases that can be read: {exc!r}") from exc
    for result in results:
        print(" ".join([result.outcome, result.id, *result.differences[:1]]))
        for difference in result.differences[1:]:
            print(f"  {difference}")
    return 1 if any(result.outcome == "failed" for result in results) else 0


def _report(args: argparse.Namespace, now: datetime) -> int:
    from bot.cli.report_table import table
    from bot.reports.choice import answer, answers_json, asks_known
    from bot.reports.csv import to_csv
    from bot.reports.report import columns_of_asks, rows_of

    config = options.chosen_config(args)
    choices = _choices(args, config, now)
    paired = asks_known(_events(args, config, choices[0]), choices[0].window.as_of)
    answers = [answer(paired, choice) for choice in choices]
    if args.csv:
        # The byte order mark and the line ends are the format's own.
        rows = to_csv(rows_of(answers[0].cohort), columns=columns_of_asks())
        args.csv.write_text(rows, encoding="utf-8", newline="")
    if args.json:
        print(json.dumps(answers_json(answers, args.channel), ensure_ascii=False, indent=1))
    else:
        print(table(answers, brand=config.brand.name_in("en"), channel=args.channel))
    return 0


def _choices(args: argparse.Namespace, config: "Config", now: datetime) -> "list[Choice]":
    """One choice for each clock: the calendar's, then the opening hours' if there are any."""
    from bot.reports.choice import Choice, usual_start
    from bot.reports.hours import Calendar, Clock
    from bot.reports.only import Only
    from bot.reports.report import Window

    zone: ZoneInfo = args.tz or config.brand.timezone
    as_of = _instant(args.as_of, zone) or now
    end_at = _instant(args.end, zone) or as_of
    start_at = _instant(args.start, zone) or usual_start(end_at, zone)
    if start_at >= end_at:
        raise CannotReport(f"--start {start_at.isoformat()} is not before --end")
    window = Window(start_at=start_at, end_at=end_at, as_of=as_of)
    hours = config.brand.opening_hours(range(start_at.year - 1, as_of.year + 2))
    clocks: list[Clock] = [Calendar(), *([hours] if hours else [])]
    only = Only(channel=args.channel)
    return [Choice(window=window, zone=zone, only=only, clock=clock) for clock in clocks]


def _events(args: argparse.Namespace, config: "Config", choice: "Choice") -> "list[Event]":
    from bot.store.log import report_events

    window = choice.window
    with options.reading(args, config) as connection:
        return report_events(connection, since=window.start_at, until=window.as_of)


def _instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as exc:
        raise CannotReport(f"{text!r} is neither a day nor an instant") from exc
    return given if given.tzinfo is not None else given.replace(tzinfo=zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise argparse.ArgumentTypeError(f"{name!r} is no time zone such as Asia/Taipei") from exc
