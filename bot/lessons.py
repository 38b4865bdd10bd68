"""A lesson: what agents taught is learnt, and must not cost what was understood before."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.config import Config
from bot.store.teaching import Lesson
from bot.understanding import brand_catalog, understanding
from intents.catalog import Catalog

# By how much accuracy may fall, 0 to 1.
MOST_LOST = 0.005

# An example by its intent and tokens.
_Key = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """Accuracies, 0 to 1, over the same *examples* by the same cross-validation.

    *before* is that of what counts already, *after* with the examples of ids *new*.
    """

    new: tuple[int, ...]
    examples: int
    before: float
    after: float

    @property
    def accepted(self) -> bool:
        """Whether no more was lost than half a point, or one example where that is more."""
        lost = round((self.before - self.after) * self.examples)
        return lost <= max(MOST_LOST * self.examples, 1)

    def as_json(self) -> str:
        """For the process that asked."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, said: str) -> "Learnt":
        """What `as_json` said. Raises ValueError."""
        told = json.loads(said)
        return cls(**told | {"new": tuple(told["new"])})


def learn(config: Config, lesson: Lesson, *, models: Path) -> Learnt:
    """Train the model with all of *lesson* and weigh it against the one without what is new.

    Takes as long as two trainings. Raises IntentsError when nothing can be learnt from it.
    """
    understanding(config, models=models, taught=lesson.all_)
    before, after = brand_catalog(config, lesson.used), brand_catalog(config, lesson.all_)
    # What was just taught is hard, or nobody had taught it: it is not weighed.
    shared = set(_keys(before)) & set(_keys(after))
    return Learnt(
        new=lesson.new,
        examples=len(shared),
        before=_accuracy(before, shared),
        after=_accuracy(after, shared),
    )


def _accuracy(catalog: Catalog, shared: set[_Key]) -> float:
    from intents.training import guesses

    found = guesses(catalog)
    right = (found.scores.argmax(axis=1) == found.truth).tolist()
    counted = [hit for key, hit in zip(_keys(catalog), right, strict=True) if key in shared]
    return sum(counted) / len(counted) if counted else 0.0


def _keys(catalog: Catalog) -> Iterator[_Key]:
    for intent in catalog.intents:
        for example in intent.examples:
            yield intent.name, example.tokens
