"""`antiphon parked`: what could not be handled, to look at, replay or give up."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from bot.cli import failures, options
from bot.store import inbox

if TYPE_CHECKING:
    from sqlalchemy import Engine

SHOWN_BYTES = 200


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "parked",
        help="list, replay or drop events that could not be handled",
        description="An event is parked after three failed tries, or when its body cannot be read.",
    )
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    for name, told in (
        ("list", "show parked events with their reason and raw bytes"),
        ("replay", "let events be handled again, under their old keys"),
        ("drop", "give an event up, with a reason that stays"),
    ):
        command = commands.add_parser(name, help=told)
        options.add_config(command)
        options.add_data(command)
        options.add_json(command)
        command.set_defaults(run=run, what=name)
        if name == "replay":
            command.add_argument("ids", nargs="*", type=int, metavar="ID")
            command.add_argument("--all", action="store_true", help="every parked event")
        if name == "drop":
            command.add_argument("id", type=int, metavar="ID")
            command.add_argument("--reason", required=True, help="why it is given up")


def run(args: argparse.Namespace) -> int:
    """0 fine, 1 if an event was not parked, 2 if the database cannot be used."""
    with failures.told("parked"):
        config = options.chosen_config(args)
        engine = options.chosen_engine(config, options.chosen_data(args, config))
        try:
            return _DO[args.what](args, engine)
        finally:
            engine.dispose()


def _list(args: argparse.Namespace, engine: "Engine") -> int:
    with engine.connect() as connection:
        rows = inbox.parked(connection)
    if args.json:
        print(json.dumps([_plain(row) for row in rows], ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        body = (row["body"] or b"")[:SHOWN_BYTES]
        print(f"{row['id']}  {row['received_at']:%Y-%m-%d %H:%M:%S}Z  {row['channel']}", end="  ")
        print(f"{row['account']}  {row['kind']}  tries {row['tries']}\n    {row['reason']}")
        print(f"    {body!r}")
    if not rows:
        print("nothing is parked", file=sys.stderr)
    return 0


def _replay(args: argparse.Namespace, engine: "Engine") -> int:
    with engine.connect().execution_options(writes=True) as connection:
        ids = [row["id"] for row in inbox.parked(connection)] if args.all else args.ids
        count = inbox.replay(connection, ids)
        connection.commit()
    print(f"{count} of {len(ids)} will be handled again", file=sys.stderr)
    return 0 if count == len(ids) else 1


def _drop(args: argparse.Namespace, engine: "Engine") -> int:
    with engine.connect().execution_options(writes=True) as connection:
        dropped = inbox.drop(connection, id=args.id, reason=args.reason)
        connection.commit()
    print("dropped" if dropped else f"{args.id} is not parked", file=sys.stderr)
    return 0 if dropped else 1


_DO = {"list": _list, "replay": _replay, "drop": _drop}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    body = (row["body"] or b"").decode("utf-8", "backslashreplace")
    return row | {"body": body, "received_at": row["received_at"].isoformat()}
