"""`antiphon token`: what programs read the reports with."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.cli import failures, options
from bot.store import tokens
from bot.store.tokens import LONGEST_NAME, Scope, Token

MOST_DAYS = 3660


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `token add|list|revoke` to the command line."""
    parser = subparsers.add_parser("token", help="what programs read the reports with")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    add = _verb(verbs, "add", _add, "make a token and show it once")
    add.add_argument("name", type=_name, help="what it is for, such as a spreadsheet")
    add.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help="what it may read; give it again for more",
    )
    add.add_argument("--days", type=_days, metavar="N", help="it ends after N days (never)")
    options.add_json(_verb(verbs, "list", _list, "list all tokens, without their secrets"))
    revoke = _verb(verbs, "revoke", _revoke, "end a token at once")
    revoke.add_argument("id", type=int, help="its number in the list")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says; 1 if there is no such token, 2 if it cannot be done."""
    with failures.told("token"), options.writing(args) as connection:
        code: int = args.verb(connection, args)
    return code


def _add(connection: Connection, args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    secret = tokens.add(
        connection,
        name=args.name,
        scopes=[Scope(scope) for scope in args.scope],
        at=now,
        expires_at=None if args.days is None else now + timedelta(days=args.days),
        actor="system",
    )
    print(f"token, shown only now: {secret}")
    return 0


def _list(connection: Connection, args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    everything = tokens.everything(connection)
    if args.json:
        print(json.dumps({"tokens": [_row(each) for each in everything]}, ensure_ascii=False))
        return 0
    for each in everything:
        ended = [] if each.lives(now) else ["(ended)"]
        used = f"used {_instant(each.used_at) or 'never'}"
        print(each.id, each.name, " ".join(each.scopes), used, *ended, sep="\t")
    if not everything:
        print("none yet; make one with: antiphon token add NAME --scope reports:read")
    return 0


def _revoke(connection: Connection, args: argparse.Namespace) -> int:
    if tokens.revoke(connection, args.id, at=datetime.now(UTC), actor="system"):
        print(f"token {args.id} opens nothing any more")
        return 0
    print(f"antiphon token: there is no living token {args.id}; see the list", file=sys.stderr)
    return 1


def _row(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created_at": _instant(token.created_at),
        "expires_at": _instant(token.expires_at),
        "used_at": _instant(token.used_at),
        "revoked_at": _instant(token.revoked_at),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    word: str,
    verb: Callable[[Connection, argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(word, help=told, description=f"{told[0].upper()}{told[1:]}.")
    options.add_config(parser)
    options.add_data(parser)
    parser.set_defaults(verb=verb)
    return parser


def _name(text: str) -> str:
    if not re.fullmatch(r"\S(.*\S)?", text) or len(text) > LONGEST_NAME:
        raise argparse.ArgumentTypeError(f"a name has 1 to {LONGEST_NAME} characters")
    return text


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"days are a whole number from 1 to {MOST_DAYS}")
    return int(text)
