"""`antiphon train`: the intent model, made before anybody waits for it."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import failures, options

if TYPE_CHECKING:
    from bot.config import Config


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "train",
        help="train the intent model",
        description="Trains the intent model and keeps it in the data folder, unless the one of "
        "these very intents is there already. antiphon run does the same at its start.",
    )
    options.add_config(parser)
    options.add_data(parser)
    parser.add_argument(
        "--lesson",
        action="store_true",
        help="learn what agents taught and waits, too, and print as JSON what it costs",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train or find the model; 2 if the intents are wrong."""
    from bot.understanding import brand_catalog
    from intents.training import trained

    with failures.told("train"):
        config = options.chosen_config(args)
        models = options.chosen_data(args, config) / "models"
        if args.lesson:
            print(_learnt(args, config, models))
            return 0
        began = time.monotonic()
        intents = brand_catalog(config, options.taught(args, config))
        trained(intents, models, encoder=config.understanding.encoder)
        examples = sum(len(intent.examples) for intent in intents.intents)
        print(
            f"{len(intents.names)} intents with {examples} examples are ready in {models}"
            f" ({time.monotonic() - began:.1f} s)"
        )
    return 0


def _learnt(args: argparse.Namespace, config: "Config", models: Path) -> str:
    from bot.lessons import learn
    from bot.store import teaching

    with options.reading(args, config) as connection:
        lesson = teaching.lesson(connection)
    return learn(config, lesson, models=models).as_json()
