"""Run utterances through the stages: the first stage that knows an answer gives it."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from intents.catalog import Catalog
from intents.classifier import Classifier, Guarded, Model, Stage, Thresholds
from intents.errors import StaleModel
from intents.exact import Exact, Payload
from intents.keywords import Keywords
from intents.match import OUT_OF_SCOPE, IntentMatch, Utterance
from intents.prepared import Prepared, prepared

__all__ = ["Pipeline", "PipelineSettings", "Prepared", "Stage", "pipeline"]


class PipelineSettings(BaseModel):
    """What a brand may choose. Thresholds left out are those that training found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keywords: dict[str, tuple[str, ...]] = {}
    answer_at: float | None = Field(default=None, ge=0, le=1)
    screen_at: float | None = Field(default=None, ge=0, le=1)
    public_only: tuple[str, ...] = ("tag_friend_or_giveaway", "competitor")


class Pipeline:
    """Tells what messages mean. Pure: the same message gets the same answer in any batch."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = tuple(stages)

    def match(self, utterances: Sequence[Utterance]) -> list[IntentMatch]:
        """Match each of *utterances* in its place; never raises, whatever the text.

        What no stage knows (a sticker, empty text) is ``oos`` with source ``none``.
        """
        ready = [prepared(utterance) for utterance in utterances]
        found: list[IntentMatch | None] = [None] * len(ready)
        for stage in self._stages:
            waiting = [at for at, match in enumerate(found) if match is None]
            if not waiting:
                break
            matches = stage.match([ready[at] for at in waiting])
            for at, match in zip(waiting, matches, strict=True):
                found[at] = match
        return [match or _nothing(each) for each, match in zip(ready, found, strict=True)]


def pipeline(settings: PipelineSettings, *, catalog: Catalog, model: Model) -> Pipeline:
    """Compose the stages: payload, exact, keywords (abuse and spam seen first), classifier.

    Raises StaleModel if *model* was trained on another catalogue, CatalogError if *settings* name
    an intent that *catalog* has not.
    """
    if model.data_hash != catalog.data_hash:
        raise StaleModel
    catalog.check_names(tuple(settings.keywords), where="keywords")
    if "public_only" in settings.model_fields_set:
        catalog.check_names(settings.public_only, where="public_only")
    thresholds = Thresholds.of(
        model.calibration, answer_at=settings.answer_at, screen_at=settings.screen_at
    )
    classifier = Classifier(
        model, thresholds=thresholds, public_only=frozenset(settings.public_only)
    )
    last = Guarded(Keywords(settings.keywords), classifier) if settings.keywords else classifier
    return Pipeline([Payload(catalog), Exact(catalog), last])


def _nothing(prepared: Prepared) -> IntentMatch:
    return prepared.found(OUT_OF_SCOPE, source="none", evidence="", confidence=0.0)
