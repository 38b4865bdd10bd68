"""`antiphon recompute`: whether the asks that are kept are those that the log tells of."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.cli import failures, options

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.config import Config
    from bot.store.upkeep import Proof

_SHOWN = 20


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "recompute",
        help="work the asks out anew from the log, and tell whether they were kept right",
        description=(
            "Reports are made from asks that are kept beside the log of messages. This works them "
            "out anew from the whole log and compares. It may run beside the service."
        ),
    )
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.add_argument(
        "--repair", action="store_true", help="drop what is kept first, and keep it anew"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare; 0 the same, 1 something differs, 2 could not."""
    with failures.told("recompute"):
        config = options.chosen_config(args)
        engine = options.chosen_engine(config, options.chosen_data(args, config))
        try:
            proof = _proof(args, config, engine)
        finally:
            engine.dispose()
        if args.json:
            print(json.dumps(asdict(proof), ensure_ascii=False, indent=1))
        else:
            _tell(proof)
        return 1 if proof.differences else 0


def _proof(args: argparse.Namespace, config: "Config", engine: "Engine") -> "Proof":
    from bot.store import upkeep

    zone, now = config.brand.timezone, datetime.now(UTC)
    if args.repair:
        with engine.begin() as connection:
            upkeep.forget(connection)
    steps = 0
    while True:
        with engine.connect() as connection:
            step = upkeep.plan(connection, zone=zone, now=now)
        if step is None:
            break
        with engine.connect().execution_options(writes=True) as connection:
            upkeep.carry_out(connection, step)
            connection.commit()
        steps += 1
        if sys.stderr.isatty():
            print(
                f"\rstep {steps}: up to message {step.after.messages.number}",
                end="",
                file=sys.stderr,
            )
    if steps and sys.stderr.isatty():
        print(file=sys.stderr)
    with engine.connect() as connection:
        return upkeep.prove(connection, zone=zone, now=now)


def _tell(proof: "Proof") -> None:
    print(f"{proof.asks} asks and {proof.tallies} tallies follow from the log")
    for difference in proof.differences[:_SHOWN]:
        print(f"  {difference}")
    more = len(proof.differences) - _SHOWN
    if more > 0:
        print(f"  and {more} more")
    if proof.differences:
        print("they are kept otherwise; antiphon recompute --repair keeps them anew")
    else:
        print("they are kept just so")
