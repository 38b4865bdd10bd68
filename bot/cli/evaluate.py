"""`antiphon evaluate`: how well messages are understood, measured on labelled ones."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import failures, options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.config import Config
    from intents.catalog import Catalog
    from intents.evaluation import Judged
    from intents.labelled import Labelled
    from intents.match import EncoderName
    from intents.model import Model
    from intents.pipeline import PipelineSettings

# A line on standard error after so many messages.
_STEP = 5000


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure how well messages are understood",
        description=(
            "Judges what the brand understands of labelled messages, each taken as a comment, "
            "where every intent can be meant. A FILE has one "
            '{"text": "...", "intent": "...", "lang": "..."} a line, lang optional, and may be '
            "gzipped; the intent oos stands for what should be rejected. Without --test, what is "
            "learnt from is cross-validated in five folds: the intents of the brand, or --train."
        ),
    )
    options.add_config(parser)
    options.add_data(parser)
    parser.add_argument(
        "--test", type=Path, nargs="+", metavar="FILE", help="the messages to judge"
    )
    parser.add_argument(
        "--train",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="learn from these messages, not from the intents and keywords of the brand",
    )
    parser.add_argument(
        "--encoder",
        choices=("use", "none"),
        help="learn with this sentence encoder, or without one, whatever the brand has chosen",
    )
    options.add_json(parser)
    parser.add_argument(
        "--decisions",
        action="store_true",
        help="with --test: what the brand would do with each message, questions back included",
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="draw confusions and calibration, without scripts"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge and tell; 2 if a file or the configuration is wrong."""
    from bot.cli.evaluate_page import page
    from bot.cli.evaluate_table import as_json, table

    if args.decisions and (not args.test or args.train):
        print("antiphon evaluate: --decisions wants --test and no --train", file=sys.stderr)
        return failures.CANNOT
    with failures.told("evaluate"):
        if args.decisions:
            print("\n".join(_decisions(args)))
            return 0
        found = _judged(args)
        if args.html:
            args.html.write_text(page(found), encoding="utf-8")
        shown = json.dumps(as_json(found), indent=1) if args.json else table(found)
    print(shown)
    return 0


def _decisions(args: argparse.Namespace) -> "Iterable[str]":
    from bot.judging import lines, verdicts
    from bot.understanding import rules, understanding
    from intents.labelled import read

    config = options.chosen_config(args)
    understand = understanding(config, models=options.chosen_data(args, config) / "models")
    return lines(verdicts(read(args.test), understand, rules(config)))


def _judged(args: argparse.Namespace) -> "list[Judged]":
    from intents import labelled

    config = options.chosen_config(args)
    catalog, settings = _lesson(args, config)
    encoder = _encoder(args, config)
    if not args.test:
        return _cross_validated(catalog, settings, encoder)
    messages = labelled.read(args.test)
    labelled.check_names(messages, catalog.names)
    keep_in = None if args.train else options.chosen_data(args, config)
    model = _model(catalog, encoder, keep_in=keep_in)
    return _told(messages, settings, catalog, model)


def _lesson(args: argparse.Namespace, config: "Config") -> "tuple[Catalog, PipelineSettings]":
    """What is learnt from, and what the brand chose; its keywords belong to its own intents."""
    from bot.catalogs import catalog
    from bot.understanding import settings
    from intents.labelled import catalog_of, read

    chosen = settings(config)
    if args.train:
        return catalog_of(read(args.train)), replace(chosen, keywords={})
    return catalog(config.catalog_folders, config.understanding.built_in), chosen


def _encoder(args: argparse.Namespace, config: "Config") -> "EncoderName | None":
    match args.encoder:
        case None:
            return config.understanding.encoder
        case "none":
            return None
        case chosen:
            named: EncoderName = chosen
            return named


def _cross_validated(
    catalog: "Catalog", settings: "PipelineSettings", encoder: "EncoderName | None"
) -> "list[Judged]":
    from intents.evaluation import FOLDS, held_out

    found: list[Judged] = []
    for fold, (lesson, messages) in enumerate(held_out(catalog), start=1):
        _say(f"fold {fold} of {FOLDS}")
        if messages:
            found += _told(messages, settings, lesson, _model(lesson, encoder, keep_in=None))
    return found


def _model(catalog: "Catalog", encoder: "EncoderName | None", *, keep_in: Path | None) -> "Model":
    from intents.training import train, trained

    _say(f"learning {len(catalog.names)} intents")
    if keep_in is None:
        return train(catalog, encoder=encoder)
    return trained(catalog, keep_in / "models", encoder=encoder)


def _told(
    messages: "list[Labelled]", settings: "PipelineSettings", catalog: "Catalog", model: "Model"
) -> "list[Judged]":
    from intents.evaluation import judged
    from intents.pipeline import pipeline

    found: list[Judged] = []
    for each in judged(messages, pipeline(settings, catalog=catalog, model=model).match):
        found.append(each)
        if len(found) % _STEP == 0 or len(found) == len(messages):
            _say(f"judged {len(found)} of {len(messages)} messages")
    return found


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)
