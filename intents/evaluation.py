"""How good an understanding is: what labelled messages were taken for, and figures over that."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from intents.catalog import Catalog, Example, Intent
from intents.labelled import UNDETERMINED, Labelled
from intents.match import OUT_OF_SCOPE, IntentMatch, Utterance

BINS = 15
FOLDS = 5
# False rejects of 2.5 % are what published figures of rejection allow.
BUDGET = 0.025
# Training needs two examples of each intent.
_LEAST_KEPT = 2
_BATCH = 256

Understand = Callable[[Sequence[Utterance]], list[IntentMatch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one message is (*truth*), and what it was taken for.

    *favourite* is the likeliest intent before any rejection, *confidence* (0 to 1) how sure we
    were of it. *answer* is the intent that counts in the end, ``oos`` if it was rejected.
    """

    text: str
    truth: str
    language: str
    favourite: str
    confidence: float
    answer: str

    @property
    def right(self) -> bool:
        """Whether the favourite is what the message is."""
        return self.favourite == self.truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares, 0 to 1; None where no message could tell.

    *accuracy*: all messages that got what they should, rejection included. *in_scope_accuracy*:
    messages with an intent whose favourite is right, rejected or not. *reject_recall*: ``oos``
    messages that were rejected; *false_reject_rate*: messages with an intent that were.
    *wrong_rate*: all messages answered with an intent that they have not. *ece*: the expected
    calibration error of the favourite's confidence (Guo et al. 2017, arXiv 1706.04599) in 15 bins
    of equal width. *any_threshold_accuracy*: accuracy at the threshold that is best for these very
    messages, as HINT3 counts (arXiv 2009.13833). *reject_recall_at_budget*: ``oos`` messages
    rejected at the threshold that rejects at most 2.5 % of the others. *reject_auroc*: how often
    a message with an intent is surer than an ``oos`` one.
    """

    messages: int
    accuracy: float | None
    in_scope_accuracy: float | None
    reject_recall: float | None
    false_reject_rate: float | None
    wrong_rate: float | None
    ece: float | None
    any_threshold_accuracy: float | None
    reject_recall_at_budget: float | None
    reject_auroc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Favourites with a confidence from *low* to below *high*: how sure we were, and how right."""

    low: float
    high: float
    messages: int
    confidence: float
    accuracy: float


def judged(messages: Sequence[Labelled], understand: Understand) -> Iterator[Judged]:
    """Let *understand* judge *messages*, each as a comment: there every intent can be meant."""
    for start in range(0, len(messages), _BATCH):
        batch = messages[start : start + _BATCH]
        matches = understand([Utterance(text=each.text, public=True) for each in batch])
        yield from map(_judged, batch, matches)


def held_out(catalog: Catalog) -> Iterator[tuple[Catalog, list[Labelled]]]:
    """Deal the examples of each intent over five folds; yield what to learn from, and the rest.

    An intent with fewer than three examples is learnt from in every fold, and never judged.
    """
    for fold in range(FOLDS):
        dealt = [_dealt(intent, fold) for intent in catalog.intents]
        held = [_labelled(intent.name, each) for intent, out in dealt for each in out]
        yield Catalog(intents=tuple(intent for intent, _ in dealt)), held


def figures(found: Sequence[Judged]) -> Figures:
    """Count over *found*."""
    known = [each for each in found if each.truth != OUT_OF_SCOPE]
    foreign = [each for each in found if each.truth == OUT_OF_SCOPE]
    return Figures(
        messages=len(found),
        accuracy=_share(each.answer == each.truth for each in found),
        in_scope_accuracy=_share(each.right for each in known),
        reject_recall=_share(each.answer == OUT_OF_SCOPE for each in foreign),
        false_reject_rate=_share(each.answer == OUT_OF_SCOPE for each in known),
        wrong_rate=_share(each.answer not in (each.truth, OUT_OF_SCOPE) for each in found),
        ece=_calibration_error(found),
        any_threshold_accuracy=_any_threshold_accuracy(found),
        reject_recall_at_budget=_recall_at_budget(known, foreign),
        reject_auroc=_auroc(known, foreign),
    )


def per_language(found: Sequence[Judged]) -> dict[str, Figures]:
    """Figures for each language, in order of name."""
    languages = sorted({each.language for each in found})
    return {
        language: figures([each for each in found if each.language == language])
        for language in languages
    }


def confusions(found: Sequence[Judged]) -> list[tuple[str, str, int]]:
    """What was taken for what, how often, the most frequent first; rejections count, too."""
    counts = Counter((each.truth, each.answer) for each in found if each.truth != each.answer)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(truth, answer, count) for (truth, answer), count in ordered]


def reliability(found: Sequence[Judged]) -> list[Bin]:
    """Sort favourites by confidence into 15 bins of equal width; empty ones are left out."""
    bins: dict[int, list[Judged]] = {}
    for each in found:
        bins.setdefault(min(int(each.confidence * BINS), BINS - 1), []).append(each)
    return [
        Bin(
            low=at / BINS,
            high=(at + 1) / BINS,
            messages=len(held),
            confidence=sum(each.confidence for each in held) / len(held),
            accuracy=sum(each.right for each in held) / len(held),
        )
        for at, held in sorted(bins.items())
    ]


def _judged(message: Labelled, match: IntentMatch) -> Judged:
    favourite, confidence = match.ranking[0] if match.ranking else (OUT_OF_SCOPE, match.confidence)
    return Judged(
        text=message.text,
        truth=message.intent,
        language=message.language or match.language or UNDETERMINED,
        favourite=favourite,
        confidence=confidence,
        answer=match.intent,
    )


def _dealt(intent: Intent, fold: int) -> tuple[Intent, Sequence[Example]]:
    """Part *intent* into what is learnt from in *fold*, and the examples that are held out."""
    if len(intent.examples) <= _LEAST_KEPT:
        return intent, ()
    kept = [each for at, each in enumerate(intent.examples) if at % FOLDS != fold]
    return replace(intent, examples=tuple(kept)), intent.examples[fold::FOLDS]


def _labelled(intent: str, example: Example) -> Labelled:
    return Labelled(
        text=example.text, intent=intent, language=example.language, place=example.place
    )


def _share(true: Iterable[bool]) -> float | None:
    told = list(true)
    return sum(told) / len(told) if told else None


def _calibration_error(found: Sequence[Judged]) -> float | None:
    if not found:
        return None
    gaps = (each.messages * abs(each.confidence - each.accuracy) for each in reliability(found))
    return sum(gaps) / len(found)


def _any_threshold_accuracy(found: Sequence[Judged]) -> float | None:
    """The best share of right answers and right rejections that some threshold gives."""
    if not found:
        return None
    foreign = sum(each.truth == OUT_OF_SCOPE for each in found)
    answered = sorted(
        (each for each in found if each.favourite != OUT_OF_SCOPE),
        key=lambda each: -each.confidence,
    )
    best = gained = foreign
    for each, following in zip_longest(answered, answered[1:]):
        gained += each.right - (each.truth == OUT_OF_SCOPE)
        # Equals are answered together.
        if following is None or following.confidence < each.confidence:
            best = max(best, gained)
    return best / len(found)


def _recall_at_budget(known: Sequence[Judged], foreign: Sequence[Judged]) -> float | None:
    if not known or not foreign:
        return None
    # As many of the least sure may be rejected; the next one must stay answered.
    ordered = sorted(map(_surety, known))
    threshold = ordered[int(BUDGET * len(known))]
    return _share(_surety(each) < threshold for each in foreign)


def _auroc(known: Sequence[Judged], foreign: Sequence[Judged]) -> float | None:
    if not known or not foreign:
        return None
    ordered = sorted(map(_surety, foreign))
    above = sum(
        bisect_left(ordered, _surety(each)) + bisect_right(ordered, _surety(each)) for each in known
    )
    return above / (2 * len(known) * len(foreign))


def _surety(each: Judged) -> float:
    """How sure we were of an intent: not at all where ``oos`` itself is the favourite."""
    return -each.confidence if each.favourite == OUT_OF_SCOPE else each.confidence
