"""`antiphon import`: a history that a platform exported, or a Rasa bot as a brand's project."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    from bot.cli import import_history, options

    parser = subparsers.add_parser(
        "import", help="move in: a history from a platform, or a bot from another framework"
    )
    kinds = parser.add_subparsers(required=True, metavar="WHAT", dest="framework")
    import_history.add_parsers(kinds)
    rasa = kinds.add_parser(
        "rasa",
        help="a Rasa bot of 2.x or 3.x",
        description="Reads training data, domain, rules, stories and actions of the Rasa bot at "
        "PATH, writes a project that runs into DIR, and tells by file and line what it took, "
        "changed and could not take.",
    )
    rasa.add_argument("path", type=Path, metavar="PATH")
    rasa.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new or empty folder"
    )
    rasa.add_argument("--name", help="the brand's name (that of PATH)")
    rasa.add_argument("--timezone", default="Asia/Taipei", metavar="ZONE", help="(Asia/Taipei)")
    rasa.add_argument(
        "--language", choices=["zh-Hant", "en"], help="what the bot speaks (what its config says)"
    )
    options.add_json(rasa)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Move in what was named; 2 if that cannot be done."""
    if args.framework != "rasa":
        from bot.cli import import_history

        return import_history.run(args)
    return _run_rasa(args)


def _run_rasa(args: argparse.Namespace) -> int:
    """Write the project and print the report; 2 if PATH or DIR cannot be used."""
    from bot.cli.failures import of_system
    from bot.cli.init import refusal

    name = (args.name or args.path.resolve().name).strip()
    why = refusal(args.out, name, args.timezone)
    if why is None and not args.path.exists():
        why = f"there is no {args.path}"
    if why is not None:
        print(f"antiphon import: {why}", file=sys.stderr)
        return 2
    try:
        report = _imported(args, name)
    except OSError as exc:
        print(f"antiphon import: {of_system(exc)}", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        return 0
    _print(report)
    config = args.out / "config.yml"
    print(f"\nNext: antiphon validate --config {config}")
    print(f"      antiphon test --config {config}")
    print(f"      antiphon run --config {config} --try-chat")
    return 0


def _imported(args: argparse.Namespace, name: str) -> Any:
    from bot.rasa.plan import planned
    from bot.rasa.project import ProjectWriter
    from bot.rasa.reading import read_bot

    bot = read_bot(args.path)
    writer = ProjectWriter(bot, planned(bot), path=args.path, out=args.out)
    writer.write(name=name, zone=args.timezone, language=args.language)
    return bot.report


def _print(report: Any) -> None:
    findings = list(report)
    places = [f"{each.file}:{each.line}" for each in findings]
    widest = max(map(len, places), default=0)
    for place, each in zip(places, findings, strict=True):
        reason = f": {each.why}" if each.why else ""
        print(f"{place:<{widest}}  {each.outcome:<9}  {each.what}{reason}")
    told = ", ".join(f"{count} {outcome}" for outcome, count in report.counts().items())
    print(f"\n{told}")
