"""Put together what a brand understands and says: catalogue, model, rules, templates, actions."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.actions import ActionRunner
from bot.answers import Answers
from bot.catalogs import catalog as read_catalog
from bot.catalogs import with_taught
from bot.config import Config
from bot.irony import vocabulary
from bot.lists import lists
from bot.opinion import Opinions
from bot.replies import Replies
from bot.router import Rules
from bot.taught import NOTHING, Taught
from bot.voice import Voice
from channels.base import Capabilities
from intents.catalog import Catalog
from intents.match import EncoderName, IntentMatch, Utterance
from intents.model import Model
from intents.pipeline import PipelineSettings, pipeline
from intents.training import kept_at, trained
from intents.values import Values

if TYPE_CHECKING:
    from aiohttp import ClientSession

PACKAGES = Path(__file__).parents[1]
_TRAINING_NICENESS = 10
# Whoever means well also greets and thanks.
_KIND = frozenset({"praise_comment", "thanks", "greet", "affirm"})
MODELS_KEPT = 20

# Every file of the catalogue and when it was changed.
_Stamp = tuple[tuple[str, int], ...]

Understand = Callable[[Sequence[Utterance]], list[IntentMatch]]


def understanding(config: Config, *, models: Path, taught: Taught = NOTHING) -> Understand:
    """How messages of this brand are understood; trains when the catalogue is new (seconds).

    Trained models are kept in *models* under the hash of their catalogue. *taught* is what agents
    added to it.
    """
    chosen = config.understanding
    learnt = (config.catalog_folders, chosen.built_in, _stamp(config), models, taught)
    catalog, model = _learnt(*learnt, chosen.encoder)
    return pipeline(settings(config), catalog=catalog, model=model).match


def settings(config: Config) -> PipelineSettings:
    """What this brand chose for the pipeline."""
    chosen = config.understanding
    return PipelineSettings(
        keywords={
            intent: tuple(phrase for phrases in by_language.values() for phrase in phrases)
            for intent, by_language in chosen.keywords.items()
        },
        answer_at=chosen.threshold,
    )


def answers(
    config: Config,
    *,
    capabilities: Mapping[str, Capabilities],
    usual_wait: Callable[[], timedelta | None],
    now: datetime,
    http: "ClientSession | None" = None,
    taught: Taught = NOTHING,
) -> Answers:
    """How this brand answers. *usual_wait* is asked where the brand chose "auto".

    *http* calls its action server; without it every call opens a client of its own.
    """
    brand = config.brand
    fixed = config.handoff.usual_wait
    by = rules(config, taught)
    voice = Voice(
        replies=Replies(
            config.response_folders, brand.languages, _variables(config), taught=taught.texts()
        ),
        capabilities=capabilities,
        default_language=brand.languages[0],
        labels=by.labels,
        hours=brand.opening_hours(range(now.year, now.year + 2)),
        usual_wait=usual_wait if fixed == "auto" else lambda: fixed,
    )
    return Answers(
        rules=by,
        voice=voice,
        actions=_actions(config, http),
        values=_values(config),
        answer_within=config.freshness.answer_within,
        silence=config.freshness.silence,
        return_after=config.handoff.return_after,
        opinions=_opinions(config, taught),
    )


def rules(config: Config, taught: Taught = NOTHING) -> Rules:
    """How this brand decides: its rules, what agents taught, and what its intents teach them."""
    built_in = config.understanding.built_in
    catalog = _read_catalog(config.catalog_folders, built_in, _stamp(config))
    spoken = set(config.brand.languages)
    labels = {each.name: dict(each.label) for each in taught.intents}
    labels |= {each.name: dict(each.label) for each in catalog.intents}
    return replace(
        Rules.of(config, taught.rules()),
        # A question back must be in the customer's language, whichever of ours it is.
        labels={name: label for name, label in labels.items() if spoken <= label.keys()},
        praise=vocabulary(
            example.text
            for each in catalog.intents
            if each.name in _KIND
            for example in each.examples
        ),
    )


def untrained(config: Config, models: Path, taught: Taught = NOTHING) -> bool:
    """Whether *models* lacks the model of this brand's catalogue with what was *taught*."""
    catalog, encoder = brand_catalog(config, taught), config.understanding.encoder
    return not kept_at(catalog, models, encoder=encoder).exists()


def brand_catalog(config: Config, taught: Taught = NOTHING) -> Catalog:
    """The catalogue of this brand, with what was *taught*. Raises CatalogError."""
    built_in = config.understanding.built_in
    return with_taught(_read_catalog(config.catalog_folders, built_in, _stamp(config)), taught)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training in another process said in the end; *code* is 0 where all went well."""

    code: int
    said: str
    complained: str


async def train_apart(file: Path, models: Path, *, lesson: bool = False) -> Trained:
    """Train in another process: what training imports would fill our memory for good.

    Both paths are absolute. What fails there is told when we train ourselves. With *lesson*, what
    was taught and waits is learnt, too, and its figures are said as JSON (`bot.lessons`).
    """
    more = ("--lesson",) if lesson else ()
    command = (sys.executable, "-m", "bot", "train", "--config", str(file), *more, "--data")
    process = await asyncio.create_subprocess_exec(
        *command,
        str(models.parent),
        cwd=PACKAGES,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    with suppress(ProcessLookupError):
        # Webhooks are stored meanwhile, and go first.
        os.setpriority(os.PRIO_PROCESS, process.pid, _TRAINING_NICENESS)
    try:
        said, complained = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return Trained(
        code=process.returncode or 0,
        said=said.decode(errors="replace"),
        complained=complained.decode(errors="replace"),
    )


def forget_models(models: Path) -> None:
    """Drop the oldest of many trained models: each lesson leaves one behind."""
    files = sorted(models.glob("intents-*.npz"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-MODELS_KEPT]:
        file.unlink(missing_ok=True)


def _stamp(config: Config) -> _Stamp:
    return tuple(
        (str(file), file.stat().st_mtime_ns)
        for folder in config.catalog_folders
        for file in sorted(folder.glob("*.yml"))
    )


@lru_cache(maxsize=2)
def _learnt(
    folders: tuple[Path, ...],
    built_in: tuple[str, ...] | None,
    stamp: _Stamp,
    models: Path,
    taught: Taught,
    encoder: EncoderName | None,
) -> tuple[Catalog, Model]:
    """Catalogue and model of *folders* as they were at *stamp*: a reload of other files is free."""
    catalog = with_taught(_read_catalog(folders, built_in, stamp), taught)
    return catalog, trained(catalog, models, encoder=encoder)


@lru_cache(maxsize=2)
def _read_catalog(
    folders: tuple[Path, ...], built_in: tuple[str, ...] | None, _: _Stamp
) -> Catalog:
    return read_catalog(folders, built_in)


def _opinions(config: Config, taught: Taught) -> Opinions | None:
    """The brand's own model; its folder is where its module is found first."""
    chosen = config.understanding.second_opinion
    if chosen is None:
        return None
    _look_into(config.folder)
    return Opinions(chosen, intents=brand_catalog(config, taught).names)


def _look_into(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _actions(config: Config, http: "ClientSession | None") -> ActionRunner | None:
    """The brand's actions; its own folder is where their modules are found first."""
    if not config.actions and config.action_server is None:
        return None
    _look_into(config.folder)
    server = None
    if config.action_server is not None:
        # A brand without one need not pay for the client.
        from bot.actions.server import RemoteActions

        server = RemoteActions(config.action_server, http=http)
    fallback = config.action_server.fallback if config.action_server else None
    return ActionRunner(config.actions, server=server, fallback=fallback)


def _values(config: Config) -> Values:
    """What this brand looks for in messages beside intents."""
    return Values(
        zone=config.brand.timezone,
        lists=lists(config),
        orders=config.understanding.date_order,
    )


def _variables(config: Config) -> dict[str, Any]:
    return {**config.variables, "brand": {"name": dict(config.brand.name)}}
