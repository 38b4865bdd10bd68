"""`antiphon train`: the intent model, made before anybody waits for it."""

import argparse
import time

from bot.cli import failures, options


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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train or find the model; 2 if the intents are wrong."""
    from bot.catalogs import catalog
    from intents.training import trained

    with failures.told("train"):
        config = options.chosen_config(args)
        models = options.chosen_data(args, config) / "models"
        began = time.monotonic()
        intents = catalog(config.catalog_folders, config.understanding.built_in)
        trained(intents, models, encoder=config.understanding.encoder)
        examples = sum(len(intent.examples) for intent in intents.intents)
        print(
            f"{len(intents.names)} intents with {examples} examples are ready in {models}"
            f" ({time.monotonic() - began:.1f} s)"
        )
    return 0
