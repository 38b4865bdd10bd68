"""Learn from cross-validated guesses how sure to be, and when that is sure enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from intents.match import OUT_OF_SCOPE, SCREENED
from intents.model import Calibration
from intents.senses import LEAST_SHARE, familiar

# Being misled is worse than being asked again.
_COST_OF_WRONG = 2
# Gains change little over a wide range of thresholds, and where they peak is chance: of those
# nearly as good we take the one that answers most while few answers are wrong, if there is one.
_NEARLY = 0.98
_MOST_WRONG = 0.06
_MORE_LIKELY_RIGHT = 0.5
# Abuse and spam must be right this often among those we call so: a comment may get hidden.
_SCREEN_PRECISION = 0.95
# With no right guess to learn from, only near-certainty counts.
_NEVER_SEEN_RIGHT = 0.9
# Where few foreign messages were learnt, being unlike all examples stands in for them. The weight
# was found on CLINC150's training examples; where many were learnt, it would only blur.
_BY_LIKENESS = 10.0
_MANY_FOREIGN = 0.05
# Nothing tells then what a foreign message costs, so some of our own are given up to reject it.
_GIVEN_UP = 0.025
_TEMPERATURES = np.geomspace(0.02, 2.0, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """Cross-validated scores: one row for each example, made by a model that never saw it.

    *likeness* is a sentence encoder's, None without one.
    """

    labels: tuple[str, ...]
    scores: NDArray[np.float64]
    truth: NDArray[np.intp]
    languages: tuple[str, ...]
    likeness: NDArray[np.float32] | None = None


def calibration(guesses: Guesses) -> Calibration:
    """Choose the scaling by likelihood, and thresholds by what a wrong answer costs.

    A wrong answer costs twice what a right one gains, a rejection nothing; the ``oos`` examples
    have no right answer. Where gains are flat, up to 6 of 100 messages may get a wrong answer, as
    long as each was likelier right. Where likeness stands in for foreign examples, one of forty
    right guesses is rejected at least. *screen_at* keeps 95 of 100 accusations of abuse or spam
    true.
    """
    temperature = _temperature(guesses)
    shares = softmax(guesses.scores / temperature)
    best = shares.argmax(axis=1)
    by_likeness = _by_likeness(guesses)
    if guesses.likeness is not None and by_likeness:
        shares = familiar(shares, guesses.likeness, weight=by_likeness)
    right = best == guesses.truth
    screened = np.isin(best, _columns(guesses, SCREENED))
    answered = ~screened & ~np.isin(best, _columns(guesses, (OUT_OF_SCOPE,)))
    scaled = _scaled(temperature, shares.max(axis=1), right)
    sure = np.array([scaled.confidence(share) for share in shares.max(axis=1).tolist()])
    answer_at = _answer_at(sure[answered], right[answered], messages=len(sure))
    if by_likeness and (known := sure[answered & right]).size:
        answer_at = max(answer_at, float(np.quantile(known, _GIVEN_UP)))
    return replace(
        scaled,
        by_likeness=by_likeness,
        answer_at=answer_at,
        screen_at=_screen_at(sure[screened], right[screened]),
    )


def _scaled(
    temperature: float, shares: NDArray[np.float64], right: NDArray[np.bool_]
) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    plain = Calibration(
        temperature=temperature, slope=1.0, offset=0.0, answer_at=1.0, screen_at=1.0
    )
    if right.all() or not right.any():
        return plain
    odds = np.log(shares / np.maximum(1 - shares, LEAST_SHARE))[:, np.newaxis]
    line = LogisticRegression().fit(odds, right)
    slope, offset = float(line.coef_[0, 0]), float(line.intercept_[0])
    return replace(plain, slope=slope, offset=offset) if slope > 0 else plain


def _by_likeness(guesses: Guesses) -> float:
    foreign = np.isin(guesses.truth, _columns(guesses, (OUT_OF_SCOPE,))).mean()
    return 0.0 if guesses.likeness is None or foreign >= _MANY_FOREIGN else _BY_LIKENESS


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row of *scores* into shares of 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _answer_at(sure: NDArray[np.float64], right: NDArray[np.bool_], *, messages: int) -> float:
    """Find the confidence above which gains are greatest, or nearly so and more is answered."""
    order, complete = _order(sure)
    sure, right = sure[order], right[order]
    gains = np.where(complete, np.cumsum(np.where(right, 1, -_COST_OF_WRONG)), -1)
    if not len(sure) or gains.max() <= 0:
        return _NEVER_SEEN_RIGHT
    few_wrong = np.cumsum(~right) <= _MOST_WRONG * messages
    best = few_wrong & (gains >= _NEARLY * gains.max()) & (sure >= _MORE_LIKELY_RIGHT)
    if not best.any():
        best = gains == gains.max()
    return float(sure[np.flatnonzero(best)[-1]])


def _screen_at(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Find the lowest confidence above which accusations are precise enough."""
    order, complete = _order(sure)
    sure, right = sure[order], right[order]
    precise = np.cumsum(right) >= _SCREEN_PRECISION * np.arange(1, len(sure) + 1)
    kept = np.flatnonzero(precise & complete)
    return float(sure[kept[-1]]) if len(kept) else _NEVER_SEEN_RIGHT


def _order(sure: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Sort from the surest, and tell where no equal follows: equals are answered together."""
    order = np.argsort(-sure, kind="stable")
    sorted_ = sure[order]
    return order, np.append(sorted_[1:] < sorted_[:-1], True)[: len(sure)]


def _temperature(guesses: Guesses) -> float:
    """The likeliest of our temperatures: likelihood has one peak only, so halving finds it."""
    low, high = 0, len(_TEMPERATURES) - 1
    while low < high:
        middle = (low + high) // 2
        if _loss(guesses, middle) <= _loss(guesses, middle + 1):
            high = middle
        else:
            low = middle + 1
    return float(_TEMPERATURES[low])


def _loss(guesses: Guesses, place: int) -> float:
    scores = guesses.scores / _TEMPERATURES[place]
    scores -= scores.max(axis=1, keepdims=True)
    own = scores[np.arange(len(scores)), guesses.truth]
    return float((np.log(np.exp(scores).sum(axis=1)) - own).mean())


def _columns(guesses: Guesses, names: Sequence[str]) -> list[int]:
    return [at for at, label in enumerate(guesses.labels) if label in names]
