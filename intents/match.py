"""What goes into the intent pipeline and what comes out: the words every stage shares."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

LANGUAGES = ("zh-Hant", "en")
OUT_OF_SCOPE = "oos"
# Intents that accuse the writer: said only when nearly certain.
SCREENED = ("abuse", "spam")

Language = Literal["zh-Hant", "en"]
# Those whose value is a customer's own, and those that any message may hold.
NamingEntity = Literal["order_number", "phone", "email"]
EntityName = (
    NamingEntity
    | Literal["amount", "quantity"]
    | Literal["date", "time", "datetime", "part_of_day", "week", "month"]
)
ENTITIES = frozenset(name for kind in get_args(EntityName) for name in get_args(kind))
# Which comes first in 3/4.
DateOrder = Literal["month_day", "day_month"]
# Which end of a range a value is.
Role = Literal["from", "to"]
# Sentence encoders that a brand may choose.
EncoderName = Literal["use"]
Source = Literal["payload", "exact", "keyword", "classifier", "opinion", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One message of a customer, as typed.

    *language* is the conversation's so far, None when nothing is known yet. *public* marks a
    comment. *payload* is what a button or quick reply carries; typed text never goes there.
    """

    text: str
    language: str | None = None
    public: bool = False
    payload: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value found in the text; ``text[start:end]`` is how the customer wrote it.

    *name* is an EntityName or that of a list of the brand's. *value* is half-width: an order
    number upper-case and without ``#``, a phone as digits with an optional leading ``+``, an
    e-mail address in lower case, an amount or quantity as a decimal number, times by ISO 8601, and
    of a list the entry's own name. *unit* is an amount's currency (ISO 4217), None where nobody
    says it, or a quantity's measure word. *assumed* names what the words leave open and we chose:
    ``year``, ``month``, ``week``, ``day``, ``order`` (of day and month), ``half_of_day``. *role* is
    ``from`` or ``to`` for the two ends of a range, else None.
    """

    name: str
    value: str
    start: int
    end: int
    unit: str | None = None
    assumed: tuple[str, ...] = ()
    role: Role | None = None

    def told(self) -> dict[str, Any]:
        """All that is known of it, for the log and for programs."""
        known = {"name": self.name, "value": self.value, "start": self.start, "end": self.end}
        unit = {} if self.unit is None else {"unit": self.unit}
        role = {} if self.role is None else {"role": self.role}
        assumed = {"assumed": list(self.assumed)} if self.assumed else {}
        return {**known, **unit, **role, **assumed}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentMatch:
    """What a message means and why.

    *intent* is a name of the catalogue, or ``oos``. *confidence* (0 to 1) is that of *intent*, so
    for a rejected message it says how sure we are that no intent fits. *evidence* holds the
    payload, the example, the keyword or the heaviest n-grams. *ranking* is the classifier's best
    three (before any rejection), else the one match. *rejected* means that the classifier had a
    favourite and was not sure enough of it. *language* is None when nobody knows it.
    """

    intent: str
    confidence: float
    source: Source
    evidence: tuple[str, ...]
    ranking: tuple[tuple[str, float], ...]
    language: str | None
    entities: tuple[Entity, ...]
    rejected: bool
