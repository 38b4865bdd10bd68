"""`antiphon erase`: forget a customer who asks for it, in the log, search and exports."""

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.cli import failures, options
from bot.config import Config


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    purpose = "forget a customer: words, name and platform ids go, counts and instants stay"
    parser = subparsers.add_parser("erase", help=purpose, description=purpose)
    parser.add_argument("account", metavar="CHANNEL/ACCOUNT", help="as in config.yml")
    parser.add_argument(
        "contact", metavar="CONTACT", help="the platform's id, as the desk shows it"
    )
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 forgotten, 1 if nobody of that id ever wrote, 2 if the database cannot be used."""
    with failures.told("erase"):
        config = options.chosen_config(args)
        channel, _, account = args.account.partition("/")
        if (channel, account) not in {(name, each.account) for name, each in config.accounts()}:
            print(f"erase: config.yml has no account {args.account}", file=sys.stderr)
            return 2
        data = options.chosen_data(args, config)
        count, scrubbed = asyncio.run(_forget(config, data, channel, account, args.contact))
    if args.json:
        print(json.dumps({"messages": count, "scrubbed": scrubbed}))
    elif not count:
        print(f"nobody of that id ever wrote to {args.account}")
    else:
        print(f"{count} messages are forgotten")
        if not scrubbed:
            print("SQLite's log is held by somebody; it is emptied within the next minutes")
    return 0 if count else 1


async def _forget(
    config: Config, data: Path, channel: str, account: str, contact: str
) -> tuple[int, bool]:
    from bot.store import contacts, schema
    from bot.store.database import Database

    database = Database(config.store.address(data))
    schema.prepare(database.engine)
    database.start()
    try:
        count = await database.write(
            lambda connection: contacts.forget(
                connection,
                channel=channel,
                account=account,
                contact_id=contact,
                at=datetime.now(UTC),
            )
        )
        return count, await database.scrub()
    finally:
        await database.close()
