"""`antiphon user`: the people who use the desk."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection

from bot.cli import failures, options
from bot.store import agents
from bot.store.agents import Agent, Role
from bot.web.passwords import LONGEST, SHORTEST, fresh, hashed


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `user add|list|password|disable|enable` to the command line."""
    parser = subparsers.add_parser("user", help="the people who use the desk")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    add = _verb(verbs, "add", _add, "let somebody in")
    add.add_argument("email", type=_email)
    add.add_argument("--name", required=True, help="how colleagues see them")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.AGENT.value)
    _with_password(add)
    everyone = _verb(verbs, "list", _list, "list everybody")
    options.add_json(everyone)
    password = _verb(verbs, "password", _password, "set a new password; ends their sessions")
    password.add_argument("email", type=_email)
    _with_password(password)
    for word, told in (("disable", "lock somebody out"), ("enable", "let them in again")):
        _verb(verbs, word, _switch, told).add_argument("email", type=_email)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says; 1 if there is no such user, 2 if it cannot be done."""
    with failures.told("user"), options.writing(args) as connection:
        code: int = args.verb(connection, args)
    return code


def _add(connection: Connection, args: argparse.Namespace) -> int:
    password = _chosen_password(args)
    agents.add(
        connection,
        email=args.email,
        name=args.name,
        role=Role(args.role),
        password_hash=hashed(password),
        at=datetime.now(UTC),
    )
    _tell(args, password, f"{args.email} may log in as {args.role}")
    return 0


def _list(connection: Connection, args: argparse.Namespace) -> int:
    everyone = agents.everyone(connection)
    if args.json:
        rows = [
            {"email": each.email, "name": each.name, "role": each.role, "active": each.active}
            for each in everyone
        ]
        print(json.dumps({"users": rows}, ensure_ascii=False, indent=2))
        return 0
    for each in everyone:
        print(each.email, each.role, each.name, *([] if each.active else ["(disabled)"]), sep="\t")
    if not everyone:
        print("nobody yet; add somebody with: antiphon user add EMAIL --name NAME --role admin")
    return 0


def _password(connection: Connection, args: argparse.Namespace) -> int:
    agent = _agent(connection, args.email)
    if agent is None:
        return 1
    password = _chosen_password(args)
    agents.set_password(connection, agent.id, hashed(password))
    _tell(args, password, f"{agent.email} has a new password")
    return 0


def _switch(connection: Connection, args: argparse.Namespace) -> int:
    agent = _agent(connection, args.email)
    if agent is None:
        return 1
    active = args.word == "enable"
    agents.set_active(connection, agent.id, active=active)
    print(f"{agent.email} may {'log in again' if active else 'no longer log in'}")
    return 0


def _agent(connection: Connection, email: str) -> Agent | None:
    wanted = agents.folded(email)
    found = next((each for each in agents.everyone(connection) if each.email == wanted), None)
    if found is None:
        print(f"antiphon user: there is no user {email}", file=sys.stderr)
    return found


def _chosen_password(args: argparse.Namespace) -> str:
    if not args.password_stdin:
        return fresh()
    password = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST <= len(password) <= LONGEST:
        print(f"antiphon user: a password has {SHORTEST} to {LONGEST} characters", file=sys.stderr)
        raise SystemExit(failures.CANNOT)
    return password


def _tell(args: argparse.Namespace, password: str, sentence: str) -> None:
    print(sentence)
    if not args.password_stdin:
        print(f"password, shown only now: {password}")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    word: str,
    verb: Callable[[Connection, argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(word, help=told, description=f"{told[0].upper()}{told[1:]}.")
    options.add_config(parser)
    options.add_data(parser)
    parser.set_defaults(verb=verb, word=word)
    return parser


def _with_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input; otherwise one is made and shown once",
    )


def _email(text: str) -> str:
    if not re.fullmatch(r"[^\s@]+@[^\s@]+", text) or len(text) > 254:
        raise argparse.ArgumentTypeError(f"{text!r} is no e-mail address")
    return text
