"""The stages that ask the trained model, and the way to train, save and load one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intents.features import written
from intents.grams import is_symbol
from intents.lexicon import lexicon
from intents.match import OUT_OF_SCOPE, SCREENED, IntentMatch
from intents.model import Calibration, Model
from intents.prepared import Prepared
from intents.training import train, trained

__all__ = ["Classifier", "Guarded", "Model", "Stage", "Thresholds", "train", "trained"]

_RANKED = 3


class Stage(Protocol):
    """One way to tell what messages mean."""

    name: str

    def match(self, prepared: Sequence[Prepared]) -> Sequence[IntentMatch | None]:
        """Answer each of *prepared* in its place; None passes it to the next stage.

        The answer to a message may not depend on the others it travels with.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """How sure (0 to 1) to be before answering, and before speaking of abuse or spam."""

    answer_at: float
    screen_at: float

    @classmethod
    def of(
        cls, learned: Calibration, *, answer_at: float | None, screen_at: float | None
    ) -> "Thresholds":
        """Take what cross-validation *learned* wherever nothing is given."""
        return cls(
            answer_at=learned.answer_at if answer_at is None else answer_at,
            screen_at=learned.screen_at if screen_at is None else screen_at,
        )


class Classifier:
    """Match the likeliest intent, or ``oos`` when none is likely enough. Passes nothing on.

    *public_only* intents can only be meant in comments.
    """

    name = "classifier"

    def __init__(
        self, model: Model, *, thresholds: Thresholds, public_only: frozenset[str] = frozenset()
    ) -> None:
        self._model = model
        self._thresholds = thresholds
        self._public_only = _columns(model, public_only)
        self._screened = _columns(model, frozenset(SCREENED))

    def match(self, prepared: Sequence[Prepared]) -> list[IntentMatch | None]:
        return [self._one(each) if each.text else None for each in prepared]

    def _one(self, prepared: Prepared) -> IntentMatch:
        model = self._model
        rows = model.rows(prepared.tokens)
        shares = model.shares(rows, unknown=model.unknown(prepared.tokens))
        ranking = self._ranking(shares, public=prepared.utterance.public)
        (best, confidence), *_ = ranking
        intent = model.labels[best]
        rejected = intent != OUT_OF_SCOPE and confidence < self._thresholds.answer_at
        return IntentMatch(
            intent=OUT_OF_SCOPE if rejected else intent,
            confidence=1.0 - confidence if rejected else confidence,
            source="classifier",
            evidence=_as_typed(model.evidence(rows, best), prepared),
            ranking=tuple((model.labels[at], sure) for at, sure in ranking),
            language=prepared.language,
            entities=prepared.entities,
            rejected=rejected,
        )

    def _ranking(self, shares: list[float], *, public: bool) -> list[tuple[int, float]]:
        """Rank the labels that may be said here, up to three, with our confidence in each."""
        confidence, screen_at = self._model.calibration.confidence, self._thresholds.screen_at
        barred = self._public_only if not public else frozenset()
        unsure = [at for at in self._screened if confidence(shares[at]) < screen_at]
        ranked = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)
        allowed = [at for at in ranked if at not in barred and at not in unsure]
        return [(at, confidence(shares[at])) for at in allowed[:_RANKED]]


class Guarded:
    """Let *first* speak before the classifier, except where that hears abuse or spam.

    Every message is weighed once, whoever speaks in the end.
    """

    name = "guarded"

    def __init__(self, first: Stage, classifier: Classifier) -> None:
        self._first = first
        self._classifier = classifier

    def match(self, prepared: Sequence[Prepared]) -> list[IntentMatch | None]:
        weighed = self._classifier.match(prepared)
        said = self._first.match(prepared)
        return [
            ours if ours is not None and ours.intent in SCREENED else theirs or ours
            for ours, theirs in zip(weighed, said, strict=True)
        ]


def _as_typed(grams: Sequence[str], prepared: Prepared) -> tuple[str, ...]:
    """Show each of *grams* once, in the customer's own script where its place is known."""
    symbols = any(map(is_symbol, grams))
    spotted = lexicon().spotted(prepared.tokens) if symbols else {}
    shown = [spotted.get(gram) or written(gram) for gram in grams]
    original = prepared.utterance.text
    if len(original) == len(prepared.text):
        places = [(word, prepared.text.find(word)) for word in shown]
        shown = [original[at : at + len(word)] if at >= 0 else word for word, at in places]
    return tuple(dict.fromkeys(shown))


def _columns(model: Model, names: frozenset[str]) -> frozenset[int]:
    return frozenset(at for at, label in enumerate(model.labels) if label in names)
