"""The stages that ask the trained model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from intents.features import written
from intents.grams import is_symbol
from intents.match import OUT_OF_SCOPE, SCREENED, IntentMatch
from intents.model import Calibration, Model
from intents.prepared import Prepared
from intents.vocabulary import Wording
from intents.weights import heaviest

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
        told = [each for each in prepared if _says_something(each)]
        matches = iter(self._matches(told) if told else ())
        return [next(matches) if _says_something(each) else None for each in prepared]

    def _matches(self, prepared: Sequence[Prepared]) -> Iterator[IntentMatch]:
        """Match each of *prepared*, all in one step after the other: that keeps caches warm."""
        model = self._model
        wordings = [model.wording(each.tokens) for each in prepared]
        weighed = [*map(model.weigh, wordings)]
        texts = [each.text for each in prepared]
        rankings = [*map(self._ranking, prepared, model.shares(weighed, texts))]
        reasons = [
            model.evidence(wording, held, ranking[0][0])
            for wording, held, ranking in zip(wordings, weighed, rankings, strict=True)
        ]
        return map(self._one, prepared, rankings, [*map(_as_typed, reasons, prepared, wordings)])

    def _one(
        self, prepared: Prepared, ranking: list[tuple[int, float]], evidence: tuple[str, ...]
    ) -> IntentMatch:
        labels = self._model.labels
        best, confidence = ranking[0]
        intent = labels[best]
        rejected = intent != OUT_OF_SCOPE and confidence < self._thresholds.answer_at
        return IntentMatch(
            intent=OUT_OF_SCOPE if rejected else intent,
            confidence=1.0 - confidence if rejected else confidence,
            source="classifier",
            evidence=evidence,
            ranking=tuple([(labels[at], sure) for at, sure in ranking]),
            language=prepared.language,
            entities=prepared.entities,
            rejected=rejected,
        )

    def _ranking(self, prepared: Prepared, shares: list[float]) -> list[tuple[int, float]]:
        """Rank the labels that may be said here, up to three, with our confidence in each."""
        public = prepared.utterance.public
        ranking: list[tuple[int, float]] = []
        for label in heaviest(shares):
            if label in self._public_only and not public:
                continue
            sure = self._model.calibration.confidence(shares[label])
            if label in self._screened and sure < self._thresholds.screen_at:
                continue
            ranking.append((label, sure))
            if len(ranking) == _RANKED:
                break
        return ranking


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


def _says_something(prepared: Prepared) -> bool:
    """Tell whether there is more than punctuation: a bare "?" asks nothing that can be known."""
    return any(token != "?" for token in prepared.tokens)


def _as_typed(grams: Sequence[str], prepared: Prepared, wording: Wording) -> tuple[str, ...]:
    """Show each of *grams* once, in the customer's own script where its place is known.

    The symbol of a group is shown as its first phrase among *spans*.
    """
    text, typed = prepared.text, prepared.utterance.text
    words = [written(_phrase(gram, wording) if is_symbol(gram) else gram) for gram in grams]
    if len(typed) == len(text):
        places = [text.find(word) for word in words]
        words = [
            typed[at : at + len(word)] if at >= 0 else word
            for at, word in zip(places, words, strict=True)
        ]
    return tuple(dict.fromkeys(words))


def _phrase(symbol: str, wording: Wording) -> str:
    """The first phrase of the group of *symbol*."""
    span = next(span for span in wording.spans if span.symbol == symbol)
    return " ".join(wording.tokens[span.start : span.end])


def _columns(model: Model, names: frozenset[str]) -> frozenset[int]:
    return frozenset(at for at, label in enumerate(model.labels) if label in names)
