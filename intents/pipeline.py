"""Run utterances through the stages: the first stage that knows an answer gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from intents.catalog import Catalog
from intents.classifier import Classifier, Guarded, Stage, Thresholds
from intents.errors import StaleModel
from intents.exact import Exact, Payload
from intents.keywords import Keywords
from intents.match import OUT_OF_SCOPE, IntentMatch, Utterance
from intents.model import Model
from intents.prepared import Prepared, prepared

__all__ = ["Pipeline", "PipelineSettings", "Prepared", "Stage", "pipeline"]

_PUBLIC_ONLY = ("tag_friend_or_giveaway", "competitor")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """What a brand may choose. Thresholds (0 to 1) left out are those that training found.

    *public_only* None is what our catalogue has for comments alone.
    """

    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answer_at: float | None = None
    screen_at: float | None = None
    public_only: Sequence[str] | None = None


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
    public_only = settings.public_only
    if public_only is None:
        public_only = _PUBLIC_ONLY
    else:
        catalog.check_names(public_only, where="public_only")
    thresholds = Thresholds.of(
        model.calibration, answer_at=settings.answer_at, screen_at=settings.screen_at
    )
    classifier = Classifier(model, thresholds=thresholds, public_only=frozenset(public_only))
    last = Guarded(Keywords(settings.keywords), classifier) if settings.keywords else classifier
    return Pipeline([Payload(catalog), Exact(catalog), last])


def _nothing(prepared: Prepared) -> IntentMatch:
    return prepared.found(OUT_OF_SCOPE, source="none", evidence="", confidence=0.0)
